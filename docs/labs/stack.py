# %% [markdown]
# # What a dilated stack sees
#
# Build a stack of dilated layers, predict which pixels one output can see, then measure it.
# The page on [dilation](../../dilation/) gives the rule; here you try to break it.
#
# Take it with you as a [notebook](stack.ipynb) or as [Python](../stack.py).

# %%
import matplotlib.pyplot as plt
import torch
from torch import nn

from snippets.gridding import gapless, paths, seen

# %% [markdown]
# ## Build
#
# Change the rates and run everything again. Three layers with rates 1, 2 and 4 span 15 × 15 pixels.

# %%
rates = (1, 2, 4)
stack = nn.Sequential(
    *(nn.Conv2d(1, 1, 3, dilation=rate, bias=False) for rate in rates)
)
side = 1 + 2 * sum(rates)
weights = sum(weight.numel() for weight in stack.parameters())
print(f"rates {rates}: a field of {side} x {side} pixels, {weights} weights")

# %% [markdown]
# ## Predict
#
# Walk one output pixel back to the input and count its routes. Without a hole, every count is at least 1.

# %%
routes = paths(rates)
print(
    f"{seen(rates):.0%} of the field has a route; gapless by the rule: {gapless(rates)}"
)
print(f"routes from a pixel: {routes.min():.0f} to {routes.max():.0f}")

# %% [markdown]
# ## Measure
#
# A pixel that the output reads has a gradient. The weights are random here, so that no gradient
# vanishes by chance: the measured field has the same 225 pixels as the predicted one.

# %%
torch.manual_seed(0)
image = torch.rand(1, 1, side, side, requires_grad=True)
stack(image).sum().backward()
measured = image.grad[0, 0] != 0
print(f"{measured.sum()} of {measured.numel()} pixels have a gradient")
assert torch.equal(measured, routes > 0)

# %% [markdown]
# ## Where the weight goes
#
# Seeing a pixel says nothing of how strongly. Average the squared gradient over 200 random stacks:
# it follows the number of routes.

# %% alt="A point for each pixel: the size of its gradient against the number of its routes, from 1 to 9. The points scatter around the square root of the number of routes."
total = torch.zeros(side, side)
for seed in range(200):
    torch.manual_seed(seed)
    for layer in stack:
        nn.init.normal_(layer.weight)
    image = torch.zeros(1, 1, side, side, requires_grad=True)
    stack(image).sum().backward()
    total += image.grad[0, 0] ** 2

fig, ax = plt.subplots()
ax.scatter(routes.flatten(), (total / 200).sqrt().flatten(), s=12, alpha=0.5)
counts = torch.linspace(1, float(routes.max()), 50)
ax.plot(counts, counts.sqrt(), color="C1")
ax.text(8.7, 3.1, "square root of the routes", ha="right")
ax.set(xlabel="routes from the pixel to the output", ylabel="size of its gradient")
plt.show()

# %% [markdown]
# Each point is a pixel. Independent weights of variance 1 add up like a random walk, so the root
# mean square of the gradient is the square root of the number of routes.
#
# ## Now break it
#
# Try rates `(2, 4, 8)`, `(1, 4, 8)` and `(1, 3, 9)`. Say first which of them have holes.

# %%
for guess in [(2, 4, 8), (1, 4, 8), (1, 3, 9)]:
    print(guess, f"{seen(guess):4.0%} seen, gapless: {gapless(guess)}")

# %% [markdown]
# Only the last has none: 3 is the field of the first layer, and 9 is the field of the first two.
