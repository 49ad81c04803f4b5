# %% [markdown]
# # Shift a digit
#
# The page on [equivariance](../../equivariance/) asks four networks that saw digits in the middle only about digits
# elsewhere. Here three more join them, and a second question: not only how often the answer is right, but
# how often it stays the same when the digit moves by one pixel.
#
# Take it with you as a [notebook](shift.ipynb) or as [Python](../shift.py).

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn
from torch.nn.functional import cross_entropy, pad
from torch.nn.utils import vector_to_parameters
from tqdm import tqdm

from snippets.digit_net import KINDS, SHIFTS, WEIGHTS, halves, net, placed

torch.set_num_threads(1)
(learnt, known), (asked, truth) = halves()
asked, truth = asked[::4], truth[::4]

# %% [markdown]
# ## Seven networks
#
# Four are those of the page, with their stored weights. They come down from maps to scores by a flattened
# map, by max-pools and a global maximum, by blurred pools and a global maximum, and without a stride.


# %%
def stored():
    """The four networks of the page: their weights lie behind a header and 400 digits."""
    file = WEIGHTS.read_bytes()
    start = 4 + int.from_bytes(file[:4], "little") + 400 * 64
    weights = torch.frombuffer(bytearray(file[start:]), dtype=torch.bfloat16).float()
    networks = {kind: net(kind) for kind in KINDS}
    parameters = [p for network in networks.values() for p in network.parameters()]
    vector_to_parameters(weights, parameters)
    return networks


# %% [markdown]
# Three are trained here. A multilayer perceptron, which has no convolution, sees digits in the middle.
# Another of its kind is shown them at all 81 places. The strided network has
# a stride of 2 in both convolutions, and then a global maximum.


# %%
def perceptron():
    """A canvas of 24 x 24 pixels to ten scores by way of 64 units."""
    return nn.Sequential(nn.Flatten(), nn.Linear(576, 64), nn.ReLU(), nn.Linear(64, 10))


def strided():
    """Two convolutions with stride 2, a global maximum, ten scores. No bias in the maps."""
    one = nn.Conv2d(1, 8, 3, stride=2, padding=1, bias=False)
    two = nn.Conv2d(8, 16, 3, stride=2, padding=1, bias=False)
    top = nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(16, 10)
    return nn.Sequential(one, nn.ReLU(), two, nn.ReLU(), *top)


def middle(digits):
    """The digits in the middle of their canvas."""
    return placed(digits)


def anywhere(digits):
    """Each digit at a place of its own, by chance, up to 4 pixels off the middle."""
    places = torch.randint(-4, 5, (len(digits), 2)).tolist()
    moved = [placed(one[None], *at) for one, at in zip(digits, places, strict=True)]
    return torch.cat(moved)


def taught(make, show, passes):
    """A new network after so many passes over the digits, shown as `show` places them."""
    torch.manual_seed(0)
    network = make()
    adam = torch.optim.Adam(network.parameters())
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.01, passes * 22)
    for _ in tqdm(range(passes), leave=False):
        for batch in torch.randperm(len(learnt)).split(64):
            adam.zero_grad()
            cross_entropy(network(show(learnt[batch])), known[batch]).backward()
            adam.step()
            rate.step()
    return network


networks = {
    "perceptron": taught(perceptron, middle, 12),
    "shown shifts": taught(perceptron, anywhere, 40),
    "strided": taught(strided, middle, 20),
    **stored(),
}

# %% [markdown]
# ## Right is one thing, steady another
#
# Each network is asked for 100 digits at 81 places. It is steady as often as two places next to each
# other, side by side or one above the other, get the same answer.


# %%
@torch.no_grad()
def answers(network):
    """What each digit is taken for at each shift down and across, (9, 9, 100)."""
    rows = [[network(placed(asked, x, y)).argmax(1) for x in SHIFTS] for y in SHIFTS]
    return torch.stack([torch.stack(row) for row in rows])


def right(said):
    """The share of right answers at each shift, (9, 9)."""
    return (said == truth).float().mean(2)


def steady(said):
    """The share of the pairs of neighbouring shifts that get the same answer."""
    across, down = said[:, 1:] == said[:, :-1], said[1:] == said[:-1]
    return torch.cat([across.flatten(), down.flatten()]).float().mean().item()


said = {kind: answers(network) for kind, network in tqdm(networks.items(), leave=False)}
mean = {kind: right(own).mean().item() for kind, own in said.items()}
print("              middle   all 81   worst   steady")
for kind, own in said.items():
    told = right(own)[4, 4], mean[kind], right(own).min(), steady(own)
    print(f"{kind:12}", "  ".join(f"{value:6.1%}" for value in told))

# %% alt="Seven maps of 9 by 9 squares, the square of the middle framed. Perceptron and flatten: only squares near the middle are large. Shown shifts: all are fairly large. Strided: a grid of single squares is full. Global max: every second square of every second row is full. Blur: all are nearly full. No stride: all are the same."
fig, axes = plt.subplots(2, 4, figsize=(4.8, 3))
down, across = torch.meshgrid(*[torch.tensor(SHIFTS)] * 2, indexing="ij")
for ax in axes.flat:
    ax.set_axis_off()
for ax, (kind, own) in zip(axes.flat, said.items(), strict=False):
    ax.scatter(across, down, 40 * right(own), "C2", marker="s")
    ax.scatter(0, 0, 90, "none", marker="s", edgecolors="C3", linewidths=1)
    ax.set(title=f"{kind}\n{mean[kind]:.0%}", aspect="equal", ylim=(5, -5))
plt.show()

assert right(said["perceptron"])[4, 4] > 0.9
assert mean["perceptron"] < 0.3
assert steady(said["no stride"]) == 1

# %% [markdown]
# Each square is one shift, its area the share of right answers. The perceptron reads over 90% of the digits
# in the middle, and below 30% over all places. Now draw both at once:

# %% alt="A point for each of the seven networks: how often its answers are right against how often they are steady. No stride and blur are high on both. Perceptron and flatten are rarely right and steadier than strided, which is the least steady of all."
fig, ax = plt.subplots(figsize=(4.8, 3))
for kind, own in said.items():
    x, y = 100 * steady(own), 100 * mean[kind]
    ax.plot(x, y, "oC2")
    lower = kind in ("blur", "global max", "perceptron")
    at, ha = ((0, -14) if lower else (0, 6)), "center"
    if kind == "shown shifts":  # the marks of two others leave no room above or below
        at, ha = (-6, -3), "right"
    ax.annotate(kind, (x, y), at, "data", "offset points", ha=ha)
ax.set(xlabel="steady, %", ylabel="right, %", xlim=(15, 112), ylim=(-8, 115))
ax.set(xticks=(25, 50, 75, 100), yticks=(0, 50, 100))
plt.show()

assert steady(said["strided"]) < min(steady(said[k]) for k in ("perceptron", "flatten"))
assert mean["strided"] > max(mean[k] for k in ("perceptron", "flatten"))

# %% [markdown]
# A perceptron is rarely right and yet steadier than the strided network, which is right more often: what
# sees nothing that it knows gives the same answer to much. Steadiness alone is no merit.
#
# ## Shifts that are shown are learnt, and no others
#
# Shown digits at all 81 places, the perceptron then reads most digits at each of them. Go two pixels further:


# %%
@torch.no_grad()
def off(kind, by):
    """The share of right answers when all digits are so many pixels off both ways."""
    said = networks[kind](placed(asked, by, by)).argmax(1)
    return (said == truth).float().mean().item()


for kind in ("shown shifts", "no stride"):
    print(
        f"{kind:12}  {off(kind, 4):5.1%} at 4 pixels off both ways, {off(kind, 6):5.1%} at 6"
    )
assert mean["shown shifts"] > 0.7
assert off("shown shifts", 6) < 0.5

# %% [markdown]
# Over all 81 places it reads over 70% of the digits, and at 6 pixels off both ways below 50% again. It has learnt 81
# places; the network without stride was shown one, and has a law for the rest.
#
# ## Count the scores, not the answers
#
# A stride keeps a grid of pixels. As long as what a digit leaves in the maps stays clear of the border, two shifts
# that differ by whole steps of the grid give the same scores after a global maximum; others in general do not. So
# count how many different scores one digit gets at the 81 places, in float64:


# %%
@torch.no_grad()
def differing(network, digit, room=0):
    """How many score vectors a digit gets, on a canvas with more room on each side."""
    wide, places = network.double(), [(x, y) for y in SHIFTS for x in SHIFTS]
    canvases = [pad(placed(digit.double(), x, y), [room] * 4) for x, y in places]
    scores = torch.cat([wide(canvas) for canvas in canvases])
    network.float()
    return len((scores * 1e8).round().unique(dim=0))


counts = {kind: differing(own, asked[:1]) for kind, own in networks.items()}
for kind, count in counts.items():
    print(f"{kind:12}  {count:2} score vectors")
assert [counts[kind] for kind in ("no stride", "global max", "strided")] == [1, 4, 16]
assert counts["blur"] > 16

# %% [markdown]
# Without stride there is 1. The global maximum over a stride of 2 has 2 × 2 = 4, and the strided network, with a
# stride of 4, has 16. The second max-pool of `global max` changes nothing: the largest of the largest is the largest.
# Zhang's blur has a stride of 4 as well, and gives more than 16.
#
# ## The border ends it
#
# The blur reaches far: from a digit at 4 pixels from the edge its maps touch the border, and what lies
# beyond is cut off. Give the canvas 8 more pixels on each side:

# %%
roomy = differing(networks["blur"], asked[:1], room=8)
print(f"blur: {counts['blur']} score vectors, with more room {roomy}")
assert roomy == 16

# %% [markdown]
# So its law is that of its stride, and the rest was the border. The network without stride has one too. Move all digits
# down until they stand on the edge, and see how far their scores drift from those of the middle:


# %% alt="The largest drift of the scores against the pixels down, from 0 to 8. Strided: zero at 0 and 4, high between. Global max: zero at 0, 2 and 4, high between. No stride: zero up to 6, then it rises."
@torch.no_grad()
def drifts(network):
    """The largest change of the scores, relative to their size, 0 to 8 pixels down."""
    scores = torch.stack([network(placed(asked, 0, y)) for y in range(9)])
    return ((scores - scores[0]).norm(dim=2) / scores[0].norm(dim=1)).amax(1)


fig, ax = plt.subplots()
for kind, style in [("strided", "o:"), ("global max", "s--"), ("no stride", "^-")]:
    drift = drifts(networks[kind])
    print(f"{kind:12}", *(f"{value:6.3f}" for value in drift))
    ax.plot(drift, style, color={"no stride": "C2"}.get(kind, "0.5"))
ax.text(2, 1.87, "strided (dotted)", ha="center")
ax.text(1.5, -0.34, "global max (dashed)", ha="center")
ax.text(5.5, -0.34, "no stride", ha="center")
ax.set(xlabel="pixels down", ylabel="drift of the scores", xticks=range(0, 9, 2))
ax.set(yticks=(0, 1), ylim=(-0.45, 2.05))
plt.show()

assert drift[:7].max() < 1e-4  # the last one drawn has no stride
assert drift[7:].min() > 1e-3

# %% [markdown]
# At 6 pixels down, 2 are left below the digit, and two kernels of 3 × 3 reach 2 pixels: the scores are those of the
# middle. At 7, the lowest row of the map is cut off, and the maximum misses what stood there. Padding
# lets a map keep its size; it does not let it grow around the digit.

# %%
with torch.no_grad():
    edge = (
        (networks["no stride"](placed(asked, 0, 8)).argmax(1) == truth).float().mean()
    )
print(
    f"no stride, on the edge: {edge:.1%} right, in the middle {right(said['no stride'])[4, 4]:.1%}"
)
assert edge < right(said["no stride"])[4, 4]

# %% [markdown]
# ## Exercises
#
# **Three strides.** Put a third convolution with stride 2 between `two` and `top`. How many different scores does one digit get
# at the 81 places? Nothing needs to be trained. Your answer passes if
# `differing(network, asked[:1], room=8)` agrees; it is not 81.
#
# **Close the border.** Set `padding_mode` of both convolutions of `networks["no stride"]` to `"circular"`, and
# move the digits by `placed(asked).roll((down, across), (2, 3))`. At which shifts are the scores those of the middle? It passes if
# `torch.allclose` says so for all of 24 × 24.
#
# ## Where it stops being true
#
# - **One seed.** Another gives other shares; which scores are equal is arithmetic.
# - **Learning rates were not searched.** A strided network that was trained longer, or was wider, may read
#   more places. Its 16 scores remain.
# - **Scores that differ may have the same answer.** Steadiness counts answers, and these forgive small drifts.
# - **The canvas is empty.** On a background, there is ink beside the digit that moves along or does not, and the maximum sees it.
# - **100 digits, one kind of shift.** Shifts by parts of a pixel are not asked for.
