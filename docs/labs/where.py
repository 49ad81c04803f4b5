# %% [markdown]
# # Where am I?
#
# Zero padding writes the place of a pixel into the feature maps, from the border inwards, and a network
# learns to read it. Circular padding writes nothing. The page on [tips](../../tips/) has the scores of
# trained networks; here two of them learn before your eyes, and then the place is read off networks
# that have learnt nothing.
#
# Take it with you as a [notebook](where.ipynb) or as [Python](../where.py).

# %%
import matplotlib.pyplot as plt
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits
from tqdm import tqdm

from snippets.where_am_i import images, net

torch.set_num_threads(1)  # small networks are slower with more
PADDINGS = ("zeros", "reflect", "replicate", "circular")

# %% [markdown]
# ## One learns to tell left from right, the other cannot
#
# One motif, at all places of a black image: is it in the left half? The network ends in global average
# pooling. It sees the even rows of places and is asked about the odd ones, every ten steps.


# %%
def accuracy(model: nn.Module) -> float:
    """The share of the places in odd rows that is told right."""
    pictures, right = images(range(1, 14, 2))
    with torch.no_grad():
        return ((model(pictures) > 0) == (right > 0)).double().mean().item()


def lesson(padding: str, steps: int = 200) -> tuple[nn.Module, list[float]]:
    """A network of depth 4 after its training, and its accuracy every ten steps."""
    torch.manual_seed(0)
    model, (pictures, right) = net(padding, 4), images(range(0, 14, 2))
    adam, course = torch.optim.Adam(model.parameters(), 0.01), []
    for step in tqdm(range(steps), padding, leave=False):
        if step % 10 == 0:
            course.append(accuracy(model))
        adam.zero_grad()
        binary_cross_entropy_with_logits(model(pictures), right).backward()
        adam.step()
    return model, [*course, accuracy(model)]


lessons = {padding: lesson(padding) for padding in ("zeros", "circular")}

# %% alt="Accuracy against steps of training, from 0 to 200. The line of zero padding leaves one half and climbs nearly to all. The line of circular padding stays at one half throughout."
fig, ax = plt.subplots()
for (padding, (_, course)), colour in zip(lessons.items(), ("C2", "C3"), strict=True):
    ax.plot(range(0, 201, 10), course, colour)
    ax.text(204, course[-1], padding, color=colour, va="center")
ax.set(xlabel="steps", ylabel="told right", xlim=(0, 250), ylim=(0.4, 1.05))
ax.set_xticks([0, 100, 200])
ax.set_yticks([0.5, 1], ["half", "all"])
plt.show()

# %% [markdown]
# Zeros: over 80% in the end. Circular: half of the places at every step, for all places have one
# score and half of them are on the left.
#
# ## Take the zeros away, and much of what was learnt is gone
#
# The weights stay, the padding alone is changed. With circular padding, the network that learnt with zeros
# answers the same everywhere, and exactly half is right. With the two others a part of it is left:


# %%
def padded(model: nn.Module, padding: str) -> nn.Module:
    """The same network with another padding."""
    for layer in model:
        if isinstance(layer, nn.Conv2d):
            layer.padding_mode = padding
    return model


learnt = lessons["zeros"][0]
shares = {padding: accuracy(padded(learnt, padding)) for padding in PADDINGS}
print("\n".join(f"{padding:10}{share:6.1%}" for padding, share in shares.items()))

# %%
assert lessons["zeros"][1][-1] > 0.8
assert set(lessons["circular"][1]) == {0.5}
assert accuracy(padded(learnt, "circular")) == 0.5
assert min(shares["reflect"], shares["replicate"]) > 0.5
assert max(shares["reflect"], shares["replicate"]) < (0.5 + shares["zeros"]) / 2
assert accuracy(padded(learnt, "zeros")) == lessons["zeros"][1][-1]

# %% [markdown]
# Reflection and replication also have a border, but not the one that was learnt from: their answers
# depend on the place.
#
# ## The border walks inwards, one kernel radius a layer
#
# Now nothing is trained. The image is constant, so whatever differs in a map comes from the border. A
# 3 × 3 kernel carries it one pixel further in, a 7 × 7 kernel three, and dilation multiplies that.


# %%
def stack(kernels, padding="zeros", dilation=1, maps=8) -> nn.Sequential:
    """Random layers with ReLU that keep the size, one for each kernel size, in double precision."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for before, kernel in zip([1] + [maps] * len(kernels), kernels, strict=False):
        room = dilation * (kernel // 2)
        layer = nn.Conv2d(before, maps, kernel, 1, room, dilation, padding_mode=padding)
        nn.init.kaiming_normal_(layer.weight)
        nn.init.normal_(layer.bias, std=0.1)
        layers += [layer, nn.ReLU()]
    return nn.Sequential(*layers).double().requires_grad_(False)


def constant(side: int = 33) -> Tensor:
    return torch.ones(1, 1, side, side, dtype=torch.float64)


def kinds(model: nn.Module, side: int = 33) -> int:
    """How many kinds of pixel the middle row of a constant image has, by their features."""
    features = model(constant(side))[0, :, side // 2].T
    features = features / features.abs().max()
    return len(torch.unique((features * 1e9).round(), dim=0))


# %% alt="Four squares, one for each layer of a stack of 5 by 5 kernels on a constant image. A frame along the border differs from the middle; it is 2 pixels wide after the first layer and 2 wider after each further one, until half of the side of the square is left in the middle."
model = stack((5, 5, 5, 5))
fig, axes = plt.subplots(1, 4, figsize=(4.8, 1.7))
for depth, ax in enumerate(axes, 1):
    maps = model[: 2 * depth](constant())[0]
    gap = (maps - maps[:, 16:17, 16:17]).norm(dim=0)
    ax.imshow(
        (gap / gap.max()).sqrt().where(gap > 1e-12, torch.nan).numpy(),
        vmin=-0.5,
        vmax=1,
    )
    ax.set(title=f"layer {depth}", xticks=[], yticks=[])
    ax.spines[:].set(visible=True, color="0.5")
plt.show()

# %% [markdown]
# Drawn is how far the features of a pixel are from those of the middle; where nothing is drawn, they are
# equal. So a row has one kind of pixel for each step of the border's reach, on either side, and one kind
# for all that lies between.

# %%
lines = ["kernels              dilation  reach  kinds of pixel in a row of 33"]
for kernels, dilation in [
    ((3,), 1),
    ((3, 3), 1),
    ((3,) * 8, 1),
    ((7, 7), 1),
    ((3, 5, 7), 1),
    ((3, 3), 4),
]:
    reach = sum(dilation * (kernel // 2) for kernel in kernels)
    found = kinds(stack(kernels, dilation=dilation))
    lines.append(f"{kernels!s:24}{dilation:5}{reach:7}{found:7}")
    assert found <= 2 * reach + 1
    assert dilation > 1 or found == 2 * reach + 1
print("\n".join(lines))
for padding in PADDINGS[1:]:
    assert kinds(stack((3,) * 8, padding)) == 1

# %% [markdown]
# Without dilation the count is twice the reach and one, exactly. With dilation it may be less: two layers
# of rate 4 reach 8 pixels, in steps of 4, and leave 5 kinds. With any other padding, all pixels of a constant
# image are of one kind: no function of the features can tell where one is.
#
# ## Through faint noise, a line still finds the border
#
# Add noise, and each pixel has features of its own. Fit the best linear readout of a pixel's row on 16
# images, and ask it about 16 others. Nothing else is trained: the layers of 3 × 3 stay random.


# %%
def noisy(seed: int, count: int = 16, side: int = 33) -> Tensor:
    """Grey images with faint noise, (count, 1, side, side)."""
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(count, 1, side, side, generator=generator, dtype=torch.float64)
    return 1 + 0.1 * noise


def layered(padding: str, depth: int, pictures: Tensor) -> list[Tensor]:
    """The features after each layer, and a one for each pixel, (images, maps + 1, side, side)."""
    model, found = stack((3,) * depth, padding, maps=24), []
    for layer in range(depth):
        pictures = model[2 * layer : 2 * layer + 2](pictures)
        found.append(torch.cat([pictures, torch.ones_like(pictures[:, :1])], 1))
    return found


def readout(features: Tensor, rows: Tensor) -> Tensor:
    """The weights of the least squares fit from the features of each pixel to its row."""
    flat = features.transpose(1, 3).flatten(0, 2)
    ridge = 1e-6 * len(flat) * torch.eye(flat.shape[1], dtype=flat.dtype)
    return torch.linalg.solve(flat.T @ flat + ridge, flat.T @ rows.flatten())


def answers(features: Tensor, weights: Tensor) -> Tensor:
    """The row that the readout names for each pixel, (images, columns, rows)."""
    return features.transpose(1, 3) @ weights


DEPTH = 12
rows = torch.arange(33, dtype=torch.float64).expand(16, 33, 33)
named = {}
for padding in tqdm(PADDINGS, leave=False):
    known, new = (layered(padding, DEPTH, noisy(seed)) for seed in (1, 2))
    named[padding] = [
        answers(b, readout(a, rows)) for a, b in zip(known, new, strict=True)
    ]
errors = {
    padding: [float((at - rows).square().mean().sqrt()) for at in found]
    for padding, found in named.items()
}
ignorant = float(rows.std(correction=0))
depths = (1, 2, 4, 8, 12)
lines = ["layers    " + "".join(f"{depth:6}" for depth in depths)] + [
    padding.ljust(10) + "".join(f"{course[depth - 1]:6.1f}" for depth in depths)
    for padding, course in errors.items()
]
print("\n".join([*lines, f"always naming the middle row: {ignorant:.1f}"]))

# %% alt="Two panels. Left, the error of the readout in pixels against the number of layers: zeros falls below 9.5, the other three stay there. Right, the row named against the true row, for zeros after 2, 6 and 12 layers: flat in the middle, and bent towards the true row at both ends, further in with more layers."
fig, (left, right) = plt.subplots(1, 2, figsize=(4.8, 2.8))
for course, style in zip(errors.values(), ("C2-", "C3:", "C3--", "C3-"), strict=True):
    left.plot(range(1, DEPTH + 1), course, style, linewidth=1.5)
left.text(1, ignorant + 0.25, "the other three", color="C3", va="bottom")
left.text(1, errors["zeros"][-1] - 0.5, "zeros", color="C2", va="top")
left.set(xlabel="layers", title="error, pixels", ylim=(0, 11.5))
left.set_xticks([1, 6, 12])
left.set_yticks([0, 5, ignorant], ["0", "5", f"{ignorant:.1f}"])
for depth, style in ((2, ":"), (6, "--"), (12, "-")):
    right.plot(named["zeros"][depth - 1].mean((0, 1)), f"C2{style}", linewidth=1.5)
right.plot([0, 32], [0, 32], "0.5", linewidth=1)
right.set(
    xlabel="true row", title="row named, zeros", xticks=[0, 16, 32], yticks=[0, 16, 32]
)
plt.show()

# %% [markdown]
# Left: with zeros, 12 layers bring the error below 8 pixels. Reflect, replicate and circular stay at 9.5,
# where a readout stands that always names the middle row. Right, dotted for 2 layers, dashed for 6, solid
# for 12: near the border the named row comes near the true one, the grey line. After two layers, the rows
# from 3 to 29 get nearly the same answer. After twelve, fewer rows do, but those from 8 to 24 still: without
# noise the border reaches 12 pixels, and under it what arrives there is too faint.

# %%
assert errors["zeros"][11] < 8
for padding in PADDINGS[1:]:
    assert all(abs(error - ignorant) < 0.2 for error in errors[padding])
course = {depth: named["zeros"][depth - 1].mean((0, 1)) for depth in (2, 12)}
assert float(course[2][3:30].max() - course[2][3:30].min()) < 2
assert float(course[12][0]) < 8
assert float(course[12][32]) > 24
assert float(course[12][8:25].max() - course[12][8:25].min()) < 4
assert kinds(stack((3,) * 12)) == 2 * 12 + 1

# %% [markdown]
# ## Exercise: no two pixels alike
#
# Four zero-padded layers, all of one kernel size and without dilation, shall make all 33 pixels of a row of
# a constant image different. Which is the smallest size? Change `kernels` until `solved` is true.


# %%
def solved(kernels: tuple[int, ...]) -> bool:
    """Whether four layers of one size tell all pixels of a row apart, and the next smaller size does not."""
    if len(kernels) != 4 or len(set(kernels)) != 1:
        return False
    smaller = tuple(kernel - 2 for kernel in kernels)
    return kinds(stack(kernels)) == 33 > kinds(stack(smaller))


kernels = (3, 3, 3, 3)
print(
    f"{kernels} tells {kinds(stack(kernels))} kinds of pixel, solved: {solved(kernels)}"
)

# %% [markdown]
# The border has to reach 16 pixels from either side, so each of the four layers must bring it 4
# further: kernels of 9 × 9. With 7 × 7 there are 25 kinds.

# %%
assert solved((9, 9, 9, 9))
assert kinds(stack((7, 7, 7, 7))) == 25

# %% [markdown]
# ## Where it stops being true
#
# - **Content may tell what the border does not**, such as a sky that is always above. The images here tell
#   nothing by themselves.
# - **A linear readout is a lower bound.** Reflect and replicate repeat pixels, so their maps have other
#   statistics at the border than inside. A readout that is not linear may find that.
# - **Kinds are counted in double precision.** What the border adds fades with each layer; under noise the
#   inner kinds are not told apart.
# - **Two networks learnt once, from one seed.** With zeros, other seeds may learn less, as the page shows;
#   circular padding stays at one half, whatever the seed.
