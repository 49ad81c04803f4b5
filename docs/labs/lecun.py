# %% [markdown]
# # LeCun's first network, opened
#
# The page on [history](../../history/) rebuilds the network that read zip codes in 1989 and counts its
# parameters. <!-- constants: 1989 --> Here it learns digits before your eyes, and is then taken apart:
# kernels, maps, biases, mistakes. Some of its parts turn out to do next to nothing.
#
# Take it with you as a [notebook](lecun.ipynb) or as [Python](../lecun.py).

# %%
from copy import deepcopy
from itertools import islice

import matplotlib.pyplot as plt
import torch
from torch.nn.functional import mse_loss, one_hot, unfold
from tqdm import tqdm

from snippets.lecun1989 import digits, error, passes

images, labels = digits()
learnt, known = images[:1297], labels[:1297]
asked, truth = images[1297:], labels[1297:]

# %% [markdown]
# ## First it learns to say nothing
#
# The network sees 1,297 digits in each pass, and 500 others are asked. Its ten outputs should be +1
# for the digit that is there and −1 for the nine others. <!-- constants: 1 -->


# %%
def loss(network, images, labels):
    """The mean squared error of the ten outputs."""
    return mse_loss(network(images), one_hot(labels, 10) * 2.0 - 1).item()


@torch.no_grad()
def measured(network):
    """The loss on the digits learnt from, and the errors on these and on the others."""
    errors = error(network, learnt, known), error(network, asked, truth)
    return loss(network, learnt, known), *errors


start, curve = next(passes(learnt, known)), []
for network in tqdm(passes(learnt, known), total=24, leave=False):
    curve.append(measured(network))

print("pass   loss  error  on others")
for at in (0, 1, 2, 3, 5, 7, 9, 11, 23):
    print("{:4}  {:.3f}  {:5.1%}  {:9.1%}".format(at, *curve[at]))

# %% [markdown]
# The loss soon falls to 0.36 and stays there for a while, with errors as high as those of a guess. That
# number needs no digits: answer −0.8 to everything, the mean of the ten wanted outputs, and the
# loss is 1 − 0.8² = 0.36. The network learns first how often a digit is there, and only then which.

# %% alt="Two curves over the passes. Left, the loss: a fall, a flat piece along a dotted line at 0.36, then a steep fall. Right, the errors in per cent: they stay near 90, then drop steeply; the one on unseen digits ends above the other."
loss_curve, learnt_curve, asked_curve = zip(*curve, strict=True)
fig, (left, right) = plt.subplots(1, 2)
left.plot(loss_curve, "C2")
left.axhline(0.36, color="0.5", linestyle=":", linewidth=1)
left.text(23, 0.4, "says −0.8", ha="right")
left.set(title="loss", xlabel="pass", xticks=(0, 10, 20), yticks=(0, 0.36, 1))
right.plot([100 * share for share in learnt_curve], "0.5", linestyle="--")
right.plot([100 * share for share in asked_curve], "C2")
right.text(10, 30, "solid: unseen\ndashed: learnt")
right.set(title="error, %", xlabel="pass", xticks=(0, 10, 20), yticks=(0, 50, 90))
plt.show()

assert abs(loss_curve[2] - 0.36) < 0.02
assert learnt_curve[2] > 0.8
assert learnt_curve[-1] < 0.02
assert asked_curve[-1] < 0.05

# %% [markdown]
# At the end it errs on less than 2% of the digits that it has seen and on less than 5% of the others.
#
# ## Its first weights let nothing through
#
# A unit with `n` inputs starts with weights between −2.4/n and 2.4/n. <!-- constants: 2.4 --> Their spread is 1.39/n, so from `n`
# independent inputs of spread 1 comes a sum of spread 1.39/√n. For 25, 200, 192 and 30 inputs, layer
# upon layer, that makes 0.0007. Measure how much each layer varies from digit to digit:


# %%
@torch.no_grad()
def spreads(network):
    """How much a unit varies from digit to digit, in the input and after each layer."""
    x, found = learnt, [learnt.std(0).mean().item()]
    for layer in network:
        x = layer(x)
        found.append(x.std(0).mean().item())
    return [found[i] for i in (0, 1, 2, 5, 7)]


table = [spreads(stage) for stage in (start, network)]
print("         input      H1      H2      H3  output")
for name, row in zip(("before", "after"), table, strict=True):
    print(f"{name:6}", *(f"{spread:7.4f}" for spread in row))
assert spreads(start)[-1] < spreads(start)[0] / 1000

# %% [markdown]
# Before it learns, less than a thousandth of what tells digits apart reaches the outputs. So begin with
# weights of spread 1/√n instead. <!-- constants: 1 --> The stages come one by one, and what is changed in the first is learnt on from:


# %%
def widened(stages):
    """The same stages, from weights whose spread is one over the root of their inputs."""
    network = next(stages)
    with torch.no_grad():
        for layer in (network[0], network[1], network[3], network[5]):
            layer.weight *= layer.weight[0].numel() ** 0.5 / (2.4 / 3**0.5)
    yield network
    yield from stages


print("pass   loss  error  on others")
stages = tqdm(islice(widened(passes(learnt, known)), 4), total=4, leave=False)
wide = [measured(stage) for stage in stages]
for at, row in enumerate(wide):
    print("{:4}  {:.3f}  {:5.1%}  {:9.1%}".format(at, *row))
assert wide[3][2] < 0.15
assert curve[3][2] > 0.8

# %% [markdown]
# The flat piece is gone: after 3 passes the error on unseen digits is below 15%, where it was above 80%.
#
# ## A kernel moves only where images lead it
#
# Filled squares are positive weights, discs are negative ones; the area is the size.


# %% alt="Twelve kernels of 5 by 5 weights in two rows, and the same twelve again below. Above, before learning, small squares and discs lie at random. Below, after learning, they are larger and form groups: edges and bars in several directions."
def drawn(ax, kernels):
    """Two rows of six kernels, (12, 5, 5)."""
    row, column = torch.meshgrid(torch.arange(5), torch.arange(5), indexing="ij")
    for at, kernel in enumerate(kernels):
        for chosen, marker, colour in [
            (kernel > 0, "s", "C1"),
            (kernel < 0, "o", "0.5"),
        ]:
            x, y = column[chosen] + at % 6 * 7, row[chosen] + at // 6 * 7
            ax.scatter(x, y, 160 * kernel[chosen].abs(), colour, marker=marker)
    ax.set(aspect="equal", ylim=(13, -2))
    ax.set_axis_off()


before, after = (stage[0].weight.detach()[:, 0] for stage in (start, network))
fig, axes = plt.subplots(2, 1, figsize=(4.8, 3.9))
for ax, name, kernels in zip(axes, ("before", "after"), (before, after), strict=True):
    drawn(ax, kernels)
    ax.set_title(name)
plt.show()

# %% [markdown]
# The pattern is partly noise, and the noise is that of the start. The gradient of a kernel is a sum of
# the patches under it, each times a number, so a kernel moves only along its patches. These do not fill the
# 25 dimensions of a kernel: the digits were doubled from 8 × 8 pixels, and 5 neighbours in a row are
# mixtures of 4. Away from the border, the patches span 4 × 4 = 16 dimensions.

# %%
patches = unfold(learnt, 5, stride=2).transpose(1, 2).reshape(-1, 25).double()
sizes, directions = torch.linalg.svd(patches, full_matrices=False)[1:]
seen = int((sizes > 1e-6 * sizes[0]).sum())
print(f"patches of the images span {seen} of {len(directions)} dimensions")


def share(kernels, directions):
    """The part of the squared weights that lies along some directions."""
    flat = kernels.reshape(-1, 25).double()
    return ((flat @ directions.T) ** 2).sum().item() / (flat**2).sum().item()


for name, kernels in [("before", before), ("after", after), ("change", after - before)]:
    print(f"{name:6}  {share(kernels, directions[:seen]):6.1%} along the patches")

rest = [(k.reshape(-1, 25).double() @ directions[seen:].T) for k in (before, after)]
kept = torch.corrcoef(torch.stack([part.flatten() for part in rest]))[0, 1].item()
print(f"across the patches, before and after correlate by {kept:.3f}")
assert seen == 16
assert share(after - before, directions[:seen]) > 0.99
assert kept > 0.95

# %% [markdown]
# More than 99% of the change lies in these 16 dimensions. What the start put into the other 9 is still
# there after 23 passes. The border, where padding meets the digit, has hardly touched it.
#
# ## The maps of one digit
#
# An image goes in at 16 × 16 pixels; H1 answers with 12 maps of 8 × 8 units, and H2 with 12 maps of 4 × 4.


# %% alt="Grey pictures of a digit. Left, 16 by 16 pixels. Middle, twelve small maps of H1, in which the digit can be recognised, with its edges light or dark. Right, twelve coarse maps of H2 without a recognisable digit."
def tiled(maps):
    """Twelve maps as one picture, three in a row, with gaps that stay empty."""
    framed = torch.nn.functional.pad(maps, [1] * 4, value=torch.nan)
    rows = [torch.cat(list(row), 1) for row in framed.split(3)]
    return torch.cat(rows)


with torch.no_grad():
    one = asked[:1]
    h1 = network[0](one)
    pictures = {"digit": one[0, 0], "H1": tiled(h1[0]), "H2": tiled(network[1](h1)[0])}
fig, axes = plt.subplots(1, 3, figsize=(4.8, 2.4))
for ax, (name, picture) in zip(axes, pictures.items(), strict=True):
    ax.imshow(picture.numpy(), vmin=-1, vmax=1, interpolation="none")
    ax.set_title(name)
    ax.set_axis_off()
plt.show()

# %% [markdown]
# The maps of H1 look alike, and learning made them so. Correlate each two of the twelve, over all units and all
# digits:


# %%
@torch.no_grad()
def likeness(layer):
    """The mean size of the correlation between two maps of a layer."""
    maps = layer(learnt)
    varying = (maps - maps.mean(0)).transpose(0, 1).flatten(1)
    return (torch.corrcoef(varying).abs().sum().item() - 12) / (12 * 11)


for name, stage in [("before", start), ("after", network)]:
    print(f"{name:6}  mean correlation of two maps: {likeness(stage[0]):.2f}")
assert likeness(network[0]) > 1.5 * likeness(start[0])

# %% [markdown]
# ## The biases of its own learn next to nothing
#
# Each of the 768 units of H1 and of the 192 units of H2 has a bias of its own. These 960 parameters
# set the network apart from those that came after it. Take them away:

# %%
unbiased = deepcopy(network)
with torch.no_grad():
    for layer in (unbiased[0], unbiased[1]):
        print(
            f"{layer.bias.numel()} biases, the mean of their sizes is {layer.bias.abs().mean():.3f}"
        )
        layer.bias.zero_()
    changed = int((unbiased(asked).argmax(1) != network(asked).argmax(1)).sum())
print(f"with all of them at zero, {changed} of {len(asked)} answers change")
assert changed <= 5

# %% [markdown]
# At most 5 of 500 answers change. A bias could learn what is special about its place. But the
# maps are fed by kernels that see ink, and paper is −1, not 0: with an empty image the weights
# already shift every unit, as a bias would. <!-- constants: 0, 1 -->
#
# ## It errs where it hesitates
#
# The wrong answers; above each image, the right digit and what it was taken for:

# %% alt="Small grey images of digits, each with the right digit, an arrow and the wrong answer above it. Many are hard to read."
with torch.no_grad():
    outputs = network(asked)
answers = outputs.argmax(1)
wrong = (answers != truth).nonzero()[:14, 0]
fig, axes = plt.subplots(2, 7, figsize=(4.8, 1.9))
for ax in axes.flat:
    ax.set_axis_off()
for ax, at in zip(axes.flat, wrong, strict=False):
    ax.imshow(asked[at, 0].numpy(), interpolation="none")
    ax.set_title(f"{truth[at]} → {answers[at]}")
plt.show()

# %% [markdown]
# The network knows more than its answer: how far the largest output lies above the second. Refuse the digits
# where this is least.

# %%
first, second = outputs.topk(2).values.T
surest = (first - second).argsort(descending=True)
for refused in (0, 25, 50, 100):
    read = surest[: len(asked) - refused]
    print(
        f"{refused:3} refused: error {(answers[read] != truth[read]).double().mean():.1%} on the rest"
    )

told = [(answers[read] != truth[read]).sum().item() for read in (surest, surest[:450])]
assert told[1] < told[0] / 2

# %% [markdown]
# With a tenth refused, fewer than half of the mistakes are left.
#
# ## No map is needed alone
#
# Zero one map of H1, for each of the twelve:


# %%
@torch.no_grad()
def without(maps, instead):
    """The error on the unseen digits when some maps of H1 are replaced."""
    h1 = network[0](asked)
    h1[:, maps] = instead[maps]
    return error(network[1:], h1, truth)


nothing = torch.zeros(12, 8, 8)
alone = [without([i], nothing) for i in range(12)]
print("error without map", *(f"{i:5}" for i in range(12)))
print("                 ", *(f"{share:5.1%}" for share in alone))
assert max(alone) < 0.07

# %% [markdown]
# Whichever is missing, the error stays below 7%: eleven maps that look alike make up for the twelfth. Now zero
# several, one next to the other, from each of the twelve on. And do what seems kinder: put in
# the mean of the map over all digits, unit by unit.

# %% alt="Error on unseen digits against the number of maps of H1 that are replaced, from 0 to 12. With zeros, the curve stays flat for about half of the maps and then climbs to 90 per cent. With means, it climbs much earlier."
with torch.no_grad():
    usual = network[0](learnt).mean(0)


def several(count, instead):
    """The mean error without so many neighbouring maps, over the twelve places to begin."""
    begins = [[(i + j) % 12 for j in range(count)] for i in range(12)]
    return sum(without(maps, instead) for maps in begins) / 12


zeroed, averaged = ([several(n, put) for n in range(13)] for put in (nothing, usual))
print("maps ", *(f"{n:4}" for n in range(13)))
print("zeros", *(f"{share:4.0%}" for share in zeroed))
print("means", *(f"{share:4.0%}" for share in averaged))

fig, ax = plt.subplots()
ax.plot([100 * share for share in zeroed], "o-C2")
ax.plot([100 * share for share in averaged], "s--", color="0.5")
ax.text(9.2, 14, "zeros")
ax.text(5.3, 40, "means", ha="right")
ax.set(
    xlabel="maps of H1 replaced",
    ylabel="error, %",
    xticks=(0, 6, 12),
    yticks=(0, 50, 90),
)
plt.show()
assert zeroed[6] < 0.15
assert averaged[6] > 2 * zeroed[6]

# %% [markdown]
# With half of the maps at zero, the error stays below 15%; with their means it is more than twice as high. Zeros shrink
# all that H2 reads, the image and the paper alike, and this network answers a paler image nearly as before, as the next
# cell shows. Means keep the paper and take the image.

# %%
with torch.no_grad():
    paler = error(network[1:], network[0](asked) / 2, truth)
print(f"all twelve maps at half strength: error {paler:.1%}")
assert paler < 0.1

# %% [markdown]
# ## Classes that look alike share their answer
#
# Let 3 and 8 be one kind of digit with two names, and toss a coin for each image. The squared error is
# least at the mean of the targets: half of them are +1 and half −1, so both outputs should come to
# lie around 0, and no answer is sure. <!-- constants: 0, 1, 3, 8 -->

# %%
coin = torch.rand(len(known), generator=torch.Generator().manual_seed(1)) < 0.5
twins = torch.where((known == 3) | (known == 8), torch.where(coin, 3, 8), known)
stages = islice(widened(passes(learnt, twins)), 9)
*_, tossed = tqdm(stages, total=9, leave=False)
alike = (truth == 3) | (truth == 8)
with torch.no_grad():
    mixed = tossed(asked)
means = mixed[alike].mean(0)
print(
    f"error on the eight other digits: {error(tossed, asked[~alike], truth[~alike]):.1%}"
)

others = [digit for digit in range(10) if digit not in (3, 8)]
print(
    f"mean outputs: {means[3]:.2f}, {means[8]:.2f}; the largest of the others {means[others].max():.2f}"
)
assert means[[3, 8]].mean().abs() < 0.4
assert means[others].max() < -0.6
assert error(tossed, asked[~alike], truth[~alike]) < 0.05

# %% alt="Two squares of points: the output for one digit against the output for the other. Left, taught apart: discs in one corner and crosses in the opposite one. Right, taught by a coin: discs and crosses mixed, around the middle."
fig, axes = plt.subplots(1, 2, sharey=True)
for ax, answer, name in zip(
    axes, (outputs, mixed), ("taught apart", "by a coin"), strict=True
):
    for digit, marker, colour in [(3, "o", "C2"), (8, "x", "C3")]:
        ax.scatter(*answer[truth == digit][:, [3, 8]].T, 24, colour, marker=marker)
    ax.set(
        title=name,
        xlabel="output for 3",
        xticks=(-1, 0, 1),
        yticks=(-1, 0, 1),
        aspect="equal",
    )
axes[0].set(ylabel="output for 8")
plt.show()

# %% [markdown]
# Discs are images of 3, crosses are images of 8. <!-- constants: 3, 8 --> The network does not say
# "one of the two": it says that each is half there. The eight other digits are read as before, with
# less than 5% of errors.
#
# ## Exercises
#
# **Learn without the biases.** Zeroing them at the end is harmless. Are they of use on the way? Take the
# first of the stages of `widened(passes(learnt, known))`, set `requires_grad` of the biases of H1 and H2 to false, and
# go on for 8 passes. How many parameters learn? Your network passes if
# `error(network, asked, truth) < 0.1 and not network[0].bias.any()`.
#
# **Double the digits otherwise.** `avg_pool2d(learnt, 2)` makes them 8 × 8; repeat each pixel twice in both
# directions. Say how many dimensions the patches span now, before `seen` tells you.
#
# ## Where it stops being true
#
# - **These are not zip codes.** The digits were made from 8 × 8 pixels; sharper images fill all 25 dimensions of a patch.
# - **One seed, one order.** Lengths of the flat piece, and which digits go wrong, change with both.
# - **Gradient descent with momentum, 32 digits at a time.** The paper used a second-order method, which may leave the
#   flat piece sooner; nothing here says how its biases fared.
# - **A small test.** Of 500 digits, one is 0.2%: maps that differ by less than a few of them are not told apart.
# - **Which maps of H1 a map of H2 reads is our choice.** Neighbours on the circle share readers, so another scheme may change
#   the curve of zeros.
