# %% [markdown]
# # Turn the cat
#
# Two networks learn upright digits and are asked about turned ones. One has quarter turns built in:
# at the right angles its scores do not change at all. In between it has nothing built in, and falls
# even faster than the other: four turns are all that it has.
# The page on [equivariance](../../equivariance/) has the law for single layers; here it becomes a
# network, is paid for, and is broken.
#
# Take it with you as a [notebook](turn.ipynb) or as [Python](../turn.py).

# %%
import math
import warnings

import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.nn.functional import affine_grid, cross_entropy, grid_sample, max_pool2d, pad
from tqdm import tqdm

from snippets.equivariance import cat, difference
from snippets.lecun1989 import digits
from snippets.p4 import deeper, fits, lifted, turned

torch.set_num_threads(1)  # small networks are slower with more

# %% [markdown]
# ## Two networks of one size
#
# `lifted` turns each kernel four times, `deeper` does so for maps that turn, and a maximum over turns
# and places forgets which turn and which place it was. Between the two layers stands a max-pool of 2,
# which keeps the law where its windows fit: on 20 pixels they do.


# %%
class Turning(nn.Module):
    """Lift, pool, one p4 layer, and the maximum over turns and places: ten scores."""

    def __init__(self, maps: int = 6) -> None:
        super().__init__()
        self.one = nn.Parameter(torch.randn(maps, 1, 5, 5) / 5)
        self.two = nn.Parameter(
            torch.randn(2 * maps, maps, 4, 5, 5) / math.sqrt(50 * maps)
        )
        self.first = nn.Parameter(torch.zeros(maps, 1, 1, 1))  # a bias for all turns
        self.second = nn.Parameter(torch.zeros(2 * maps, 1, 1, 1))
        self.last = nn.Linear(2 * maps, 10)

    def maps(self, images: Tensor) -> Tensor:
        """The maps before all is forgotten, (batch, maps, 4, height, width)."""
        low = (lifted(images, self.one) + self.first).relu()
        low = max_pool2d(low.flatten(1, 2), 2).unflatten(1, (-1, 4))
        return (deeper(low, self.two) + self.second).relu()

    def forward(self, images: Tensor) -> Tensor:
        return self.last(self.maps(images).amax((2, 3, 4)))


def plain(maps: int = 12) -> nn.Sequential:
    """The same without turns, and with twice as many kernels."""
    one = nn.Conv2d(1, maps, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2)
    two = nn.Conv2d(maps, 2 * maps, 5, padding=2), nn.ReLU(), nn.AdaptiveMaxPool2d(1)
    return nn.Sequential(*one, *two, nn.Flatten(), nn.Linear(2 * maps, 10))


def size(network: nn.Module) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


assert fits(20, kernel=2, stride=2, padding=0)
print(f"turning {size(Turning()):,} parameters, plain {size(plain()):,}")

# %% [markdown]
# A second layer of the first kind has 12 × 6 × 4 kernels of 25 weights, one of the second
# kind 24 × 12 of them: 7,200 both. The turns are paid for with half of the features, 12 in
# place of 24 at the end.
#
# ## Upright to learn from, turned to be asked
#
# The digits of scikit-learn, as in the network of 1989: 1,297 to
# learn from, 500 to ask, on 20 × 20 pixels. Quarter turns move pixels; what is left of an angle, up
# to 45° either way, is interpolated between the four nearest pixels.
# <!-- constants: 1989 -->


# %%
def tilted(images: Tensor, degrees: float) -> Tensor:
    """The images turned anticlockwise about their middle; what comes in is black."""
    quarters = round(degrees / 90)
    rest, images = degrees - 90 * quarters, images.rot90(quarters, (-2, -1))
    if rest == 0:
        return images
    cos, sin = math.cos(math.radians(rest)), math.sin(math.radians(rest))
    turn = torch.tensor([[[cos, -sin, 0], [sin, cos, 0]]], dtype=images.dtype)
    grid = affine_grid(
        turn.expand(len(images), 2, 3), list(images.shape), align_corners=False
    )
    return grid_sample(images, grid, align_corners=False)


def halves() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Images from 0 to 1 and labels to learn from, then those that are asked."""
    images, labels = digits()
    images = pad((images + 1) / 2, (2, 2, 2, 2))
    return images[:1297], labels[:1297], images[1297:], labels[1297:]


def trained(
    network: nn.Module, images: Tensor, labels: Tensor, passes: int = 8
) -> nn.Module:
    """The network after some passes over upright digits, 64 at a time."""
    steps = passes * math.ceil(len(images) / 64)
    adam = torch.optim.Adam(network.parameters())
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.01, steps)
    for _ in tqdm(range(passes), type(network).__name__, leave=False):
        for batch in torch.randperm(len(images)).split(64):
            adam.zero_grad()
            cross_entropy(network(images[batch]), labels[batch]).backward()
            adam.step()
            rate.step()
    return network.eval().requires_grad_(False)


images, labels, asked, answers = halves()
torch.manual_seed(0)
networks = {"plain": trained(plain(), images, labels)}
networks["turning"] = trained(Turning(), images, labels)

# %% [markdown]
# ## At the right angles nothing changes, in between both fall

# %% alt="Share of digits recognised against the angle, from 0 to 345 degrees in steps of 15. The plain network starts near all, is below one half at 45 degrees, rises again to less than one half round 180, and comes back only towards 360. The turning network starts lower, falls faster, is below one half at 45 degrees too, and is back at exactly its first height at 90, 180 and 270."
ANGLES = range(0, 360, 15)


def hits(network: nn.Module, degrees: float) -> float:
    """The share of the asked digits that is recognised when all are turned."""
    found = network(tilted(asked, degrees)).argmax(1) == answers
    return found.double().mean().item()


curves = {name: [hits(net, a) for a in ANGLES] for name, net in networks.items()}
fig, ax = plt.subplots()
for (name, curve), style, left in zip(
    curves.items(), ("oC0", "sC2"), (5, 88), strict=True
):
    ax.plot(ANGLES, curve, f"{style}-", markersize=4, linewidth=1)
    ax.text(left, 1.03, name, color=style[1:])
ax.axhline(0.1, color="0.5", linewidth=1)
ax.text(90, 0.015, "chance", color="0.5", ha="center")
ax.set(xlabel="all digits turned by", ylabel="recognised", ylim=(0, 1.12))
ax.set_xticks([0, 45, 90, 180, 270, 345], ["0°", "45°", "90°", "180°", "270°", "345°"])
ax.set_yticks([0, 0.5, 1], ["0", "half", "all"])
plt.show()

# %%
at = {name: dict(zip(ANGLES, curve, strict=True)) for name, curve in curves.items()}
lines = [
    f"{angle:4}°" + "".join(f" {name} {at[name][angle]:6.1%}  " for name in networks)
    for angle in (0, 15, 45, 90, 180, 270)
]
print("\n".join(lines))

# %% [markdown]
# Upright, the plain network recognises over 90% and the turning one over 75%. A quarter turn to
# either side leaves the plain one fewer than 30%, and the turning one all of what it had: in double
# precision its ten scores agree to 12 digits. Nobody has shown it a turned digit. Its curve repeats
# every 90°, so it is no better at 105° than at 15°. And at 15° it has lost more than the plain one, which
# has no turns at all. At 45° both are below one half.

# %%
assert at["plain"][0] > 0.9
assert at["turning"][0] > 0.75
assert max(at["plain"][90], at["plain"][270]) < 0.3
assert {at["turning"][angle] for angle in (90, 180, 270)} == {at["turning"][0]}
assert at["turning"][105] == at["turning"][15]
lost = {name: at[name][0] - at[name][15] for name in networks}
assert lost["turning"] > lost["plain"]
assert max(at[name][45] for name in networks) < 0.5

exact, some = networks["turning"].double(), asked[:50].double()
for angle in (90, 180, 270):
    assert difference(exact(tilted(some, angle)), exact(some)) < 1e-12
exact = exact.float()

# %% [markdown]
# Interpolation blurs a little. It is not what the networks stumble over: digits turned by 45° and
# back again are blurred twice, and the plain network still recognises over 85%.

# %%
there, back = tilted(asked, 45), tilted(tilted(asked, 45), 45).rot90(-1, (-2, -1))
blurred = (networks["plain"](back).argmax(1) == answers).double().mean().item()
print(f"45° and back: {blurred:.1%}")
assert blurred > 0.85

# %% [markdown]
# ## A turned 6 is a 9, and costs less than expected
#
# Half a turn makes a 6 of a 9. Invariance should pay for that: who gives the same scores to
# a digit and its turn cannot tell the two by the way they stand.

# %%
said = {
    (name, angle): net(tilted(asked, angle)).argmax(1)
    for name, net in networks.items()
    for angle in (0, 180)
}
pair = {6: 9, 9: 6}


def swapped(name: str, angle: int) -> int:
    """How many sixes are read as nines and nines as sixes."""
    return sum(
        int(((answers == one) & (said[name, angle] == other)).sum())
        for one, other in pair.items()
    )


both = int(((answers == 6) | (answers == 9)).sum())
lines = [
    f"{name:8} {angle:3}°: {int((found != answers).sum()):3} of {len(answers)} wrong, "
    f"{swapped(name, angle):2} of {both} swapped 6 and 9"
    for (name, angle), found in said.items()
]
print("\n".join(lines))

# %% [markdown]
# Turned by 180°, over half of the sixes and nines become the other one for the plain network. The
# turning one swaps a few, upright as turned: handwritten sixes and nines differ in more
# than how they stand. Most of what it gets wrong has nothing to do with the pair. It has half as many
# features to tell the other digits apart, and each is a maximum over four turns.

# %%
assert swapped("plain", 180) > both / 2
assert swapped("turning", 180) == swapped("turning", 0) < both / 5
assert swapped("turning", 0) < int((said["turning", 0] != answers).sum()) / 2

# %% [markdown]
# ## The cat obeys at 90° and not at 15°
#
# The first layer of the trained network, on the cat: the strongest of four turns at each pixel.
# Turn the cat and take the map, or take the map and turn it. The corners leave the picture, so only a
# disc counts.

# %% alt="Two rows of four pictures: a turned cat in a disc, its map of edges, the turned map, and four times their difference. In the first row, turned by 90 degrees, the last picture is black. In the second, turned by 15 degrees, it shows outlines of the eyes."
grey = cat() - cat().mean()
across = torch.arange(100) - 49.5
disc = across.square()[:, None] + across.square() < 40**2
kernels = {
    "trained": networks["turning"].one.double(),
    "random": torch.randn(20, 1, 5, 5, dtype=torch.float64),
}


def strongest(image: Tensor, kernel: Tensor) -> Tensor:
    """The largest of the four turned responses, (batch, maps, height, width)."""
    return lifted(image, kernel).relu().amax(2)


def shown(image: Tensor):
    """The disc of a picture, empty around it."""
    return image[0, 0].where(disc, torch.nan)[8:92, 8:92].numpy()


fig, axes = plt.subplots(2, 4, figsize=(4.8, 2.7))
for row, angle in zip(axes, (90, 15), strict=True):
    first = strongest(tilted(grey, angle), kernels["trained"][:1])
    second = tilted(strongest(grey, kernels["trained"][:1]), angle)
    row[0].imshow(shown(tilted(grey, angle)))
    top = float(second.max())
    for ax, picture in zip(
        row[1:], (first, second, 4 * (first - second).abs()), strict=True
    ):
        ax.imshow(shown(picture), vmin=0, vmax=top)
    row[0].text(-6, 42, f"{angle}°", ha="right", va="center")
for ax, title in zip(
    axes[0], ("turned cat", "its map", "map, turned", "gap × 4"), strict=True
):
    ax.set_title(title)
for ax in axes.flat:
    ax.set_axis_off()
plt.show()


# %%
def gap(layer, degrees: float) -> float:
    """How far a layer is from the law on the cat, as a share of its map, within the disc."""
    first, second = layer(tilted(grey, degrees)), tilted(layer(grey), degrees)
    return difference(first * disc, second * disc)


layers = {
    f"{name}, strongest turn": lambda x, k=k: strongest(x, k)
    for name, k in kernels.items()
}
layers |= {
    f"{name}, one turn": lambda x, k=k: lifted(x, k).relu()[:, :, 0]
    for name, k in kernels.items()
}
across = torch.arange(-2, 3, dtype=torch.float64).square()
layers["round kernel"] = lambda x: lifted(
    x, torch.exp(-(across[:, None] + across) / 2)[None, None]
)[:, :, 0]
shown_at = (5, 15, 30, 45, 90)
lines = ["degrees".ljust(24) + "".join(f"{angle:8}" for angle in shown_at)] + [
    name.ljust(24) + "".join(f"{gap(layer, angle):8.1%}" for angle in shown_at)
    for name, layer in layers.items()
]
print("\n".join(lines))

# %% [markdown]
# At 90° the strongest turn obeys up to rounding, whatever the kernels. At 15° it is off by more than
# a tenth of its map, for random and for trained kernels alike: upright digits do not teach the angle.
# Not all of that is the missing turn: pixels are samples. A smooth round kernel, which has no direction and
# sees little fine detail, is off by less than 2%; what sampling leaves of other kernels, the table below shows.
# The four turns do help in between: one turn alone is worse at 30°.

# %%
for name in kernels:
    four, one = layers[f"{name}, strongest turn"], layers[f"{name}, one turn"]
    assert gap(four, 90) < 1e-12
    assert gap(four, 15) > 0.1
    assert gap(one, 30) > gap(four, 30)
assert gap(layers["round kernel"], 15) < 0.02

# %% [markdown]
# ## More turns than the grid has
#
# The library e2cnn builds such layers for any number of turns. Its kernels are sums of smooth
# waves round the middle, which can be turned by 15° before they are put on the grid. With four
# turns it computes what `lifted` and `deeper` do:

# %%
from e2cnn import gspaces
from e2cnn import nn as steerable

# torch warns about a mask that the library indexes with.
warnings.filterwarnings("ignore", message="indexing with dtype torch.uint8")


def layer_of(turns: int, maps: int, lifting: bool = True) -> steerable.R2Conv:
    """A layer of 7 x 7 kernels: to maps with so many turns each, from grey or from such maps."""
    torch.manual_seed(0)
    space = gspaces.Rot2dOnR2(turns)
    start = [space.trivial_repr] if lifting else [space.regular_repr] * maps
    fields = (
        steerable.FieldType(space, start),
        steerable.FieldType(space, [space.regular_repr] * maps),
    )
    return steerable.R2Conv(*fields, 7, padding=3, bias=False).double()


def kernel_of(layer: steerable.R2Conv) -> Tensor:
    """The kernels that a layer makes of its weights, as conv2d takes them."""
    return layer.expand_parameters()[0].detach()


one, two = layer_of(4, 8), layer_of(4, 8, lifting=False)
first = one(steerable.GeometricTensor(grey, one.in_type))
second = two(first).tensor.unflatten(1, (8, 4))
first = first.tensor.unflatten(1, (8, 4))
ours = (
    kernel_of(one).unflatten(0, (8, 4))[:, 0],
    kernel_of(two).unflatten(0, (8, 4))[:, 0].unflatten(1, (8, 4)),
)
assert torch.allclose(lifted(grey, ours[0]), first)
assert torch.allclose(deeper(lifted(grey, ours[0]), ours[1]), second)

# %% [markdown]
# With more turns the gap between the right angles shrinks, but does not close.


# %%
def turns_of(turns: int):
    """The strongest of so many turns of eight random kernels."""
    layer = layer_of(turns, 8)
    kernel = kernel_of(layer)
    return lambda x: (
        nn.functional.conv2d(x, kernel, padding=3)
        .relu()
        .unflatten(1, (8, turns))
        .amax(2)
    )


lines = ["turns  at 5°   at 15°  at 30°  at 45°  at 90°"] + [
    f"{turns:5} "
    + " ".join(f"{gap(turns_of(turns), angle):7.1%}" for angle in shown_at)
    for turns in (4, 8, 24)
]
print("\n".join(lines))

# %% [markdown]
# Four turns are off by more than 20% at 45°, eight and 24 by less than half of that. With 24 turns, 15°
# is one of them, and the law still holds only nearly: pixels are samples, and a turned cat is sampled at
# other points. The library's law is exact in the plane; on the grid, it is exact at 90° alone. More
# turns also cost: 24 maps for a kernel, not four.

# %%
gaps = {
    turns: [gap(turns_of(turns), angle) for angle in (15, 45, 90)]
    for turns in (4, 8, 24)
}
assert gaps[4][1] > 0.2
assert max(gaps[8][1], gaps[24][1]) < gaps[4][1] / 2
assert 0.01 < gaps[24][0] < gaps[4][0]
assert max(last for *_, last in gaps.values()) < 1e-12

# %% [markdown]
# ## Exercise: which way is up?
#
# The network forgets how a digit stands, because its last maximum goes over turns and places. Change
# `head` so that it forgets the places alone: a quarter turn of the image must then roll the four numbers
# of each kernel by one place, and `rolls` must be true.


# %%
def head(maps: Tensor) -> Tensor:
    return maps.amax((2, 3, 4))  # change this


def rolls(head) -> bool:
    """Whether a quarter turn of an image rolls the four numbers of each kernel, and them alone."""
    before, after = (
        head(lifted(image, kernels["trained"]))
        for image in (grey, grey.rot90(1, (2, 3)))
    )
    if before.shape != (1, 6, 4) or torch.allclose(before, after):
        return False
    return torch.allclose(after, before.roll(1, 2))


print("solved:", rolls(head))

# %% [markdown]
# The answer names the two dimensions of the places. `turned` does the same to maps: they turn, and
# change places; the maximum forgets the first and keeps the second.

# %%
assert rolls(lambda maps: maps.amax((3, 4)))
assert torch.allclose(
    lifted(grey.rot90(1, (2, 3)), kernels["trained"]),
    turned(lifted(grey, kernels["trained"])),
)

# %% [markdown]
# ## Where it stops being true
#
# - **The right angles are exact only while the windows fit.** On 21 pixels <!-- constants: 21 --> the max-pool
#   stops short of one edge, and the scores change.
# - **Each network was trained once, for a short time.** Another seed gives other shares. That the scores
#   agree at the right angles holds for every seed, and before training. Why the turning network falls faster
#   is not tested here.
# - **No turned digit was learnt from.** A network that sees them may learn to know them, but nothing
#   makes its scores equal.
# - **Gaps are those of this cat and of these kernels.** That they vanish at right angles is arithmetic.
# - **e2cnn is the predecessor of escnn**, which is left out here because a package that it needs is
#   built by a Fortran compiler.
