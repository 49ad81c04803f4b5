# %% [markdown]
# # What a famous network sees
#
# One output of ResNet-34 can read twice as far as one of ResNet-50, and most of what it can read weighs next
# to nothing. Here the famous networks, and some that are changed, are built as PyTorch modules. What they
# see and what they cost is computed by arithmetic and measured on the modules.
#
# The page on [ImageNet](../../imagenet/#later-winners-see-more-than-the-image) has the formula of the
# receptive field; the page on [pooling](../../pooling/) shows how a field is measured.
#
# Take it with you as a [notebook](famous.ipynb) or as [Python](../famous.py).

# %%
from copy import deepcopy
from functools import cache
from math import prod
from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from matplotlib.patches import Circle, Rectangle
from torch import nn
from tqdm import tqdm

from snippets.budget import alexnet, budget, vgg16
from snippets.context import reach
from snippets.effective import deviation
from snippets.receptive import reads
from snippets.resnet_tweaks import Block, cost, resnet50, unit

SIDE = 224  # pixels of the image

# %% [markdown]
# ## Two kinds of block make every ResNet
#
# ResNet-50 and ResNet-101 have blocks of three convolutions, which the page on [tricks](../../tricks/)
# takes apart. ResNet-18 and ResNet-34 have blocks of two convolutions, both of 3 × 3 pixels. Entrance,
# stages and end are alike.


# %%
class Basic(Block):
    """A residual block with two convolutions of 3 x 3."""

    def __init__(self, inside, width, stride):
        nn.Module.__init__(self)
        first, second = unit(inside, width, 3, stride), unit(width, width, 3)
        self.path = nn.Sequential(first, nn.ReLU(), second)
        same = stride == 1 and inside == width
        bridge = [] if same else [unit(inside, width, 1, stride)]
        self.shortcut = nn.Sequential(*bridge)


def stages(depths, block, grow):
    """The blocks of a ResNet; each gives ``grow`` times its width in channels."""
    blocks, inside = [], 64
    for stage, depth in enumerate(depths):
        for number in range(depth):
            stride = 2 if stage > 0 and number == 0 else 1
            blocks.append(block(inside, 64 * 2**stage, stride))
            inside = grow * 64 * 2**stage
    return blocks


def resnet(depths, block=Basic, grow=1):
    """A ResNet of four stages, for a thousand classes."""
    entrance = [unit(3, 64, 7, 2), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(grow * 512, 1000)]
    return nn.Sequential(*entrance, *stages(depths, block, grow), *head)


def bottleneck(tweaks):
    """A maker of blocks with three convolutions; tweak B puts strides on the 3 x 3."""
    return lambda inside, width, stride: Block(inside, width, stride, tweaks)


# %% [markdown]
# AlexNet and VGG-16 come from the page on ImageNet. They get their ReLUs here, and AlexNet a border of
# 2 pixels in its first layer, with which it takes 224 pixels as the others do. <!-- constants: 2, 224 -->


# %%
def rectified(net):
    """The chain with a ReLU after each convolution."""
    ends = [[x, nn.ReLU()] if isinstance(x, nn.Conv2d) else [x] for x in net]
    return nn.Sequential(*(layer for end in ends for layer in end))


def bordered():
    """AlexNet for images of 224 pixels in place of 227."""
    net = alexnet()
    net[0].padding = (2, 2)
    return net


def networks():
    """The famous networks; the name 1x1 says which convolution has the stride."""
    return {
        "AlexNet": rectified(bordered()),
        "VGG-16": rectified(vgg16()),
        "ResNet-18": resnet((2, 2, 2, 2)),
        "ResNet-34": resnet((3, 4, 6, 3)),
        "ResNet-50": resnet((3, 4, 6, 3), bottleneck("B"), 4),
        "ResNet-50, 1x1": resnet((3, 4, 6, 3), bottleneck(""), 4),
        "ResNet-101": resnet((3, 4, 23, 3), bottleneck("B"), 4),
    }


# %% [markdown]
# ## The field is arithmetic
#
# A field needs the convolutions and pools on the way that reaches furthest, which is never a
# shortcut. The last map is where the averages or the fully connected layers begin.


# %%
def body(net):
    """The network up to its last map."""
    ends = (nn.AdaptiveAvgPool2d, nn.Flatten)
    stop = next((n for n, layer in enumerate(net) if isinstance(layer, ends)), len(net))
    return net[:stop]


def chain(net):
    """The convolutions and pools of the body, without those of shortcuts."""
    kinds = nn.Conv2d | nn.MaxPool2d
    named = body(net).named_modules()
    return [x for name, x in named if isinstance(x, kinds) and "shortcut" not in name]


def single(setting):
    """The one number of a setting: ``2`` of ``2`` and of ``(2, 2)``."""
    return setting if isinstance(setting, int) else setting[0]


def window(net, index):
    """Rows (or columns) that the output of an index reads; the image begins at 0."""
    layers = chain(net)
    field, step = reach(layers)
    steps = [reach(layers[:depth])[1] for depth in range(len(layers))]
    borders = [single(layer.padding) for layer in layers]
    first = index * step - sum(a * b for a, b in zip(borders, steps, strict=True))
    return range(first, first + field)


# %% [markdown]
# ## The cost is counted by hooks
#
# A hook sees what a layer writes, wherever in the network the layer stands. On the `meta` device
# nothing is computed but shapes, so the largest network takes no memory.


# %%
class Price(NamedTuple):
    """Parameters; for one image MACs, and numbers that the layers with weights write."""

    parameters: int
    macs: int
    writes: int


@cache
def price(net):
    """What a network on the meta device costs."""
    rows = []

    def note(layer, _, out):
        rows.append((out.numel() * layer.weight[0].numel(), out.numel()))

    counted = [x for x in net.modules() if isinstance(x, nn.Conv2d | nn.Linear)]
    hooks = [layer.register_forward_hook(note) for layer in counted]
    net(torch.empty(1, 3, SIDE, SIDE, device="meta"))
    for hook in hooks:
        hook.remove()
    held = sum(parameter.numel() for parameter in net.parameters())
    return Price(held, *map(sum, zip(*rows, strict=True)))


@cache
def places(net, side=SIDE):
    """Outputs along a side of the last map."""
    return body(net)(torch.empty(1, 3, side, side, device="meta")).shape[-1]


def inside(net, index):
    """Rows of the image that the output of an index reads."""
    rows = window(net, index)
    return min(rows.stop, SIDE) - max(rows.start, 0)


# %% [markdown]
# ## ResNet-34 sees twice as far as ResNet-50
#
# All side by side. `read` is the share of the image that the field of the output in the middle covers.

# %%
HEADINGS = "network        field step outputs  read parameters    MACs"


def row(name, net):
    """A line of the table: what a network sees and what it costs."""
    field, step = reach(chain(net))
    many, paid = places(net), price(net)
    read = (inside(net, many // 2) / SIDE) ** 2
    return (
        f"{name:14} {field:5} {step:4} {many:2} x {many:<2} {read:5.0%}"
        f" {paid.parameters / 1e6:9.1f}M {paid.macs / 1e9:6.2f}G"
    )


with torch.device("meta"):
    shapes = networks()
print(HEADINGS)
for name, net in shapes.items():
    print(row(name, net))

# %% [markdown]
# ResNet-34 sees 899 pixels a side; ResNet-50, with 16 convolutions more on its longest way, sees 427. Both have 16 blocks.
# A block of ResNet-34 has two convolutions that reach beyond a pixel, a block of ResNet-50 has one.
#
# No column follows another. VGG-16 is the most expensive in parameters and in work, and the second
# shortest in sight. ResNet-101 holds fewer parameters than AlexNet and does 11 times its work.
#
# The MACs agree with PyTorch's own counter, the rows for VGG-16 and ResNet-50 with those of two other pages:

# %%
for name, net in shapes.items():
    assert price(net).macs == cost(net), name
layers = budget(shapes["VGG-16"], SIDE)
assert price(shapes["VGG-16"]).parameters == sum(layer.parameters for layer in layers)
assert price(shapes["VGG-16"]).macs == sum(layer.work for layer in layers)
assert price(shapes["ResNet-50, 1x1"]) == price(resnet50())

# %% [markdown]
# ## Gradients find the same fields, row by row
#
# A module sees as far with one channel a layer as with all of them. So each network is thinned, and its
# gradient says which rows the output in the middle reads. They are those of the formula: not
# only as many, but the same first and the same last.


# %%
def thin(net, most=1):
    """The body, for grey images, with no more channels in a layer than that."""
    net = deepcopy(body(net))
    for name, layer in list(net.named_modules()):
        if isinstance(layer, nn.Conv2d):
            coming = 1 if layer.in_channels == 3 else min(layer.in_channels, most)
            setting = layer.kernel_size, layer.stride, layer.padding, layer.dilation
            few = nn.Conv2d(coming, min(layer.out_channels, most), *setting, bias=False)
            net.set_submodule(name, few)
        elif isinstance(layer, nn.BatchNorm2d):
            net.set_submodule(name, nn.BatchNorm2d(min(layer.num_features, most)))
    return net


def roomy(net):
    """Side of an image that holds the whole field of its middle output."""
    field, step = reach(chain(net))
    return (field // step + 3) * step


def agrees(net):
    """Whether gradients reach exactly the rows of the formula."""
    middle = places(net, roomy(net)) // 2
    return reads(thin(net), roomy(net)) == window(net, middle)


for name, net in tqdm(shapes.items(), leave=False):
    assert agrees(net), name
print(f"{len(shapes)} networks: gradient and formula agree")

# %% [markdown]
# ## Coarse layers make the field
#
# A layer adds its kernel less one pixel, times its step: the distance of the pixels that it reads. Layers are here the
# convolutions and pools on the longest way, without shortcuts and classifier: the max-pool of a ResNet stands in for
# the last layer of its name, and VGG-16 has 18.


# %%
def growth(net):
    """The field after each layer of the chain."""
    layers = chain(net)
    return [reach(layers[:depth])[0] for depth in range(1, len(layers) + 1)]


def outgrown(net):
    """The layer with which the field becomes wider than the image; 0 if none does."""
    return next((n for n, side in enumerate(growth(net), 1) if side > SIDE), 0)


# %% alt="The field in pixels against the layer. The lines of AlexNet and VGG-16 end below a dashed line at 224 pixels, the image. ResNet-18 ends at 435 after 18 layers, ResNet-34 at 899 after 34, ResNet-50 at 427 after 50, ResNet-101 at 971 after 101. Each line bends upwards."
LABELS = {
    "AlexNet": ("C0", (-8, 8)),
    "VGG-16": ("C0", (31, 7)),
    "ResNet-18": ("C2", (-6, 8)),
    "ResNet-34": ("C2", (0, 8)),
    "ResNet-50": ("C1", (0, 8)),
    "ResNet-101": ("C1", (-16, 8)),
}
fig, ax = plt.subplots(figsize=(4.8, 3.2))
for name, (colour, away) in LABELS.items():
    fields = growth(shapes[name])
    ax.plot(range(1, len(fields) + 1), fields, colour)
    end = (len(fields), fields[-1])
    ax.plot(*end, f"{colour}o")
    ax.annotate(name, end, away, textcoords="offset points", ha="center")
ax.axhline(SIDE, color="C3", linestyle="dashed")
ax.set(xlabel="layer", ylabel="receptive field, pixels", ylim=(0, 1080))
ax.set_xticks([1, 18, 34, 50, 101])
ax.set_yticks([0, 224, 435, 899])
plt.show()

# %% [markdown]
# The fields of ResNet-50 and ResNet-101 outgrow the image with layer 37, that of ResNet-34 with layer 18,
# that of ResNet-18 with layer 15. Where do the pixels come from?


# %%
def gains(net):
    """Pixels that the layers add to the field, by the step at which they read."""
    layers = chain(net)
    found = {2**power: 0 for power in range(6)}
    for depth in range(len(layers)):
        before, after = reach(layers[:depth]), reach(layers[: depth + 1])
        found[before[1]] += after[0] - before[0]
    return found


print("step       ", *(f"{step:4}" for step in gains(shapes["VGG-16"])))
for name in ("VGG-16", "ResNet-18", "ResNet-34", "ResNet-50", "ResNet-101"):
    print(f"{name:11}", *(f"{pixels:4}" for pixels in gains(shapes[name]).values()))

# %% [markdown]
# Layers at step 16 give ResNet-101 736 of its 971 pixels. What makes it deeper than ResNet-50 stands there: 17 blocks,
# each of 32 pixels.
#
# ## Most of a ResNet's field is not in the image
#
# A field that is wider than the image reads the border of zeros. How much of it, for the output in the middle? And
# what does the output in the corner see of the image?


# %%
def outside(net):
    """Share of the middle output's field that lies outside of the image."""
    return 1 - (inside(net, places(net) // 2) / reach(chain(net))[0]) ** 2


def complete(net):
    """Outputs that can read every pixel of the image."""
    return sum(inside(net, index) == SIDE for index in range(places(net))) ** 2


print("network         outside  corner sees  see all")
for name, net in shapes.items():
    corner = f"{inside(net, 0)} x {inside(net, 0)}"
    told = f"{complete(net)} of {places(net) ** 2}"
    print(f"{name:14} {outside(net):8.1%} {corner:>12} {told:>8}")

# %% [markdown]
# Of the 483 pixels a side that make the best known field of ResNet-50, 78.5% of the area are outside of an
# image of 224. Every output of that network can read the whole image, so there the field says nothing of
# where an output looks.
#
# Nor are these fields centred. The seven outputs of a ResNet stand at rows 0, 32 and so on to 192, in an image
# whose middle lies between rows 111 and 112: each of the five layers of stride 2 begins with its middle on the first
# row and stops one row short of the last. That shifts the outputs by half a pixel of its input: by 0.5, 1, 2, 4 and
# 8, together 15.5 pixels of the image. VGG-16 stands in the middle.

# %%
centres = [window(shapes["ResNet-50"], index)[427 // 2] for index in range(7)]
print(centres)
first, last = window(shapes["VGG-16"], 0), window(shapes["VGG-16"], 6)
assert first.start + last.stop == SIDE

# %% [markdown]
# ## What weighs is far smaller than what is read
#
# How much does each pixel move an output? Draw random weights, take the squared gradient of the output in the middle,
# divide by its sum, and average over ten draws: the effective field of an *untrained* network. The
# networks keep up to 8 channels a layer, and see noise. BatchNorm first takes its statistics of one such image and keeps
# them; with statistics of the batch, every pixel would reach every output.

# %%
DRAWS, PARTS = 10, (0.68, 0.95)


def renewed(net, side):
    """The network with new random weights; BatchNorm has seen an image of noise."""
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight)
        elif isinstance(layer, nn.BatchNorm2d):
            layer.momentum = 1  # nothing of the images before
    with torch.no_grad():
        net.train()(torch.randn(1, 1, side, side))
    return net.eval()


def squares(net, side):
    """The squared gradient of a mix of the middle output's channels: (side, side)."""
    image = torch.randn(1, 1, side, side, requires_grad=True)
    middle = (out := net(image)).shape[-1] // 2
    mix = out[0, :, middle, middle] @ torch.randn(out.shape[1])
    return torch.autograd.grad(mix, image)[0][0, 0].double() ** 2


def weighed(net, draws=DRAWS, most=8):
    """Share of each pixel in the output in the middle, over random weights."""
    side = min(roomy(net), 480)  # wider fields weigh next to nothing beyond
    net, total = thin(net, most), torch.zeros(side, side, dtype=torch.float64)
    for seed in range(draws):
        torch.manual_seed(seed)
        drawn = squares(renewed(net, side), side)
        total += drawn / drawn.sum().clamp(min=1e-30)  # an output can be dead: zeros
    return total / total.sum()


def centre(shares):
    """Row and column of the centre of mass."""
    at = torch.arange(len(shares), dtype=torch.float64)
    return (shares.sum(1) @ at).item(), (shares.sum(0) @ at).item()


def radius(shares, part):
    """Radius, in whole pixels, of the circle around the centre that holds a part of all."""
    at = torch.arange(len(shares), dtype=torch.float64)
    row, column = centre(shares)
    far, order = torch.hypot(at[:, None] - row, at - column).flatten().sort()
    held = shares.flatten()[order].cumsum(0)
    return round(far[int((held < part).sum())].item())


famous = [name for name in shapes if "1x1" not in name]
found = {name: weighed(shapes[name]) for name in tqdm(famous, leave=False)}
radii = {name: [radius(found[name], part) for part in PARTS] for name in famous}
print("network     field  radius of 68%  of 95%")
for name, (most, nearly) in radii.items():
    field = reach(chain(shapes[name]))[0]
    print(f"{name:11} {field:5} {most:14} {nearly:7}")


# %% alt="Six panels, all to the same scale, one for each network: the image as a filled square, the field of the output in the middle as an outline, and two circles that hold 68% and 95% of the weight. For AlexNet and VGG-16 the field is a little smaller than the image and the circles fill its middle. For ResNet-34 and ResNet-101 the field is four times as wide as the image, and the circles of ResNet-101 are hardly larger than those of ResNet-18, those of ResNet-34 by about a third."
def panel(ax, name):
    """The image, the field and the two circles of a network, to scale."""
    net = shapes[name]
    rows = window(net, places(net) // 2)
    middle = (rows.start + rows.stop) / 2
    ax.add_patch(Rectangle((0, 0), SIDE, SIDE, color="C0", alpha=0.35, linewidth=0))
    box = Rectangle((rows.start, rows.start), len(rows), len(rows))
    box.set(fill=False, edgecolor="C2", linewidth=2)
    ax.add_patch(box)
    for size, style in zip(radii[name], ("solid", "dashed"), strict=True):
        ring = Circle((middle, middle), size, fill=False, edgecolor="C3")
        ring.set(linestyle=style, linewidth=1.5)
        ax.add_patch(ring)
    ax.set_title(f"{name}: {len(rows)}", fontsize="small")
    ax.set(aspect="equal", xlim=(-405, 600), ylim=(600, -405))
    ax.set_axis_off()


fig, axes = plt.subplots(2, 3, figsize=(4.8, 3.5))
for ax, name in zip(axes.flat, famous, strict=True):
    panel(ax, name)
plt.show()

# %% [markdown]
# Filled: the image. Outline: the field, whose side stands above it. Circles: 68% of the weight lie in the solid
# one, 95% in the dashed one.
#
# The circle of 95% covers more than a quarter of the field in AlexNet and VGG-16, and less than a tenth of it in
# ResNet-34 and ResNet-101. From ResNet-50 to ResNet-101 the field becomes 2.3 times as wide, the circle not even one
# and a half times. In no network is the solid circle as wide as the image.

# %%
covered = {
    name: torch.pi * radii[name][1] ** 2 / reach(chain(shapes[name]))[0] ** 2
    for name in famous
}
assert min(covered["AlexNet"], covered["VGG-16"]) > 1 / 4
assert max(covered["ResNet-34"], covered["ResNet-101"]) < 1 / 10
assert radii["ResNet-101"][1] < 1.5 * radii["ResNet-50"][1]
assert all(2 * most < SIDE for most, _ in radii.values())

# %% [markdown]
# ## Shortcuts hold the weight in the middle
#
# For a chain, the spread is arithmetic too: the variances of its layers add. Is that what the circles show? Along a side,
# the standard deviation of the shares against that of the chain:


# %%
def spread(shares):
    """Standard deviation of the shares along a side, in pixels."""
    at = torch.arange(len(shares), dtype=torch.float64) - centre(shares)[1]
    return (shares.sum(0) @ at**2).sqrt().item()


def predicted(net):
    """The same for a chain of layers that take means."""
    layers = [(single(layer.kernel_size), single(layer.stride)) for layer in chain(net)]
    return deviation(layers)


def plain(net):
    """The network without its shortcuts."""
    parts = [[x.path, nn.ReLU()] if isinstance(x, Block) else [x] for x in body(net)]
    return nn.Sequential(*(layer for part in parts for layer in part))


cut = {
    name: weighed(plain(shapes[name]))
    for name in tqdm(("ResNet-18", "ResNet-34"), leave=False)
}
print("network     chain  measured  shortcuts cut")
for name in famous:
    last = f"{spread(cut[name]):.0f}" if name in cut else "–"
    print(
        f"{name:11} {predicted(shapes[name]):5.0f} {spread(found[name]):9.0f} {last:>14}"
    )
chains = {"AlexNet": found["AlexNet"], "VGG-16": found["VGG-16"], **cut}
for name, shares in chains.items():
    assert abs(spread(shares) / predicted(shapes[name]) - 1) < 0.1
for name in famous[2:]:
    assert spread(found[name]) < 0.95 * predicted(shapes[name])
for name in cut:
    assert reach(chain(plain(shapes[name]))) == reach(chain(shapes[name]))

# %% [markdown]
# AlexNet and VGG-16 come out as computed, to within a tenth. A ResNet weighs the middle more than its chain
# would: a shortcut passes a part of the weight straight up. Cut the shortcuts of ResNet-18 and ResNet-34, and the field stays to the
# pixel, while the spread becomes that of the chain, to within a tenth.
#
# ## Dilation keeps the field, and every output, of a strided network
#
# A network that labels pixels wants more outputs than 7 × 7. Take the strides of the last two stages away, and let
# all kernels behind them step over the new outputs: a dilation for every stride. No weight changes.


# %%
def dilated(net, most):
    """The network with its weights, whose step does not exceed ``most``.

    A stride that is taken away becomes a dilation of all layers after it.
    """
    net, step, rate = deepcopy(net), 1, 1
    for layer in chain(net):
        stride = single(layer.stride)
        layer.dilation, layer.padding = rate, single(layer.padding) * rate
        if step * stride > most:
            layer.stride, rate = 1, rate * stride
        step *= single(layer.stride)
    for block in net.modules():
        if isinstance(block, Block) and len(block.shortcut):
            strides = [single(layer.stride) for layer in chain(block.path)]
            block.shortcut[0][0].stride = prod(strides)
    return net


strided = shapes["ResNet-50"]
fine = dilated(strided, 8)
assert agrees(fine)
print(f"{HEADINGS}   written")
for name, net in [("ResNet-50", strided), ("dilated", fine)]:
    print(f"{row(name, net)} {4 * price(net).writes / 1e6:5.0f} MB")

# %% [markdown]
# The field stays 427, because the convolution that gave its stride away keeps its own taps, and only those behind it
# spread. The dilated network has 16 times as many outputs, for 4.7 times the work and 2.3 times the memory for what its
# layers write.
#
# More is true: every fourth output of every fourth row is one of the strided network, from the same weights. Those
# outputs read the same pixels and weigh them alike, so their effective field has not changed either.

# %%
torch.manual_seed(0)
coarse = thin(strided, 8).double().eval()
image = torch.rand(1, 1, SIDE, SIDE, dtype=torch.float64)
with torch.no_grad():
    few, many = coarse(image), dilated(coarse, 8)(image)
assert torch.allclose(
    many[..., ::4, ::4], few, rtol=0, atol=1e-10 * few.abs().max().item()
)
print(f"{few.shape[-1] ** 2} outputs, all among the {many.shape[-1] ** 2}")

# %% [markdown]
# ## Five thin layers double a field
#
# Once the step is 8, a dilated layer behind the network reaches far for little. This context module takes 64 maps
# of the last 2,048 and lets five layers look at them with rates from 1 to 16, after an idea of Yu and Koltun that the page on
# [dilation](../../dilation/) cites. <!-- constants: 8, 64, 1, 16 -->


# %%
def context(maps, rates=(1, 2, 4, 8, 16)):
    """A 1 x 1 layer down to 64 maps, and a dilated layer for each rate."""
    looks = [nn.Conv2d(64, 64, 3, padding=rate, dilation=rate) for rate in rates]
    return [nn.Conv2d(maps, 64, 1), *looks]


with torch.device("meta"):
    wide = nn.Sequential(*body(fine), *context(2048))
assert agrees(wide)
deep = dilated(shapes["ResNet-101"], 8)
print(HEADINGS)
for name, net in [
    ("dilated", body(fine)),
    ("with context", wide),
    ("ResNet-101", body(deep)),
]:
    print(row(name, net))

# %% [markdown]
# The module adds 496 pixels to the field, for 1.3% more work. ResNet-101, dilated in the same way, sees 971 pixels, 48 more, and
# does 1.76 times as much.
#
# ## Now you
#
# **Step 16.** Only the last stage of ResNet-50 is dilated. How many times the work of the strided network is that: nearer
# to 1 or to 4.7? Say it first. <!-- constants: 16, 1 -->

# %%
half = price(dilated(strided, 16)).macs / price(strided).macs
print(f"{half:.2f} times the work, {places(dilated(strided, 16))} outputs a side")

# %% [markdown]
# It is 1.52. Only 3 of 16 blocks get four times the outputs.
#
# **See all with few.** In ResNet-18 only 36 of 49 outputs can read the whole image. Change the depths, with at least one
# block in each stage, until all of them can, with as few blocks as possible.

# %%
depths = (2, 2, 2, 2)
with torch.device("meta"):
    mine = resnet(depths)
print(f"{sum(depths)} blocks: {complete(mine)} of {places(mine) ** 2} outputs see all")

# %% [markdown]
# Six blocks do, two fewer than in ResNet-18, if the two that are free stand where a block adds most: in the last
# stage. Five blocks do not, wherever the fifth stands.

# %%
with torch.device("meta"):
    five = [resnet([1 + (stage == more) for stage in range(4)]) for more in range(4)]
    assert complete(resnet((1, 1, 1, 3))) == 49
assert all(complete(net) < 49 for net in five)
print([complete(net) for net in five])

# %% [markdown]
# ## Where it stops being true
#
# - **Untrained.** The circles are those of random weights. Training makes others; the page on
#   [pooling](../../pooling/#where-it-stops-being-true) has a source for fields that grow with it.
# - **Thinned.** The circles are those of networks with up to 8 channels a layer, on noise. What was drawn
#   beyond 480 pixels is left out. <!-- constants: 480 -->
# - **One map.** All fields are those of the last map. An average over it, or a fully connected layer, reads all
#   that its outputs read.
# - **A field is a square that bounds.** That its first and its last row are read does not say that all between are.
# - **Squared gradients.** An average of absolute values would spread wider, as the page on pooling measures.
# - **MACs are not seconds, and maps are not all memory.** BatchNorm and ReLU write maps too; a program may
#   keep them or overwrite them.
