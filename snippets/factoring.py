"""Not every 7 x 7 kernel is a stack of three 3 x 3 kernels: channels decide."""

from functools import partial

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import mse_loss


# --8<-- [start:fitted]
def fitted(target: Tensor, channels: int, seed: int = 0) -> Tensor:
    """The 7 x 7 kernel nearest to ``target`` that LBFGS finds in three 3 x 3 layers.

    Takes a kernel (7, 7) and the number of channels between the layers. Raises a
    `ValueError` for another shape.
    """
    if target.shape != (7, 7):
        raise ValueError(f"target must have shape (7, 7), not {tuple(target.shape)}")
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    sizes = [(1, channels), (channels, channels), (channels, 1)]
    stack = nn.Sequential(*(nn.Conv2d(i, o, 3, bias=False) for i, o in sizes)).double()
    search = partial(torch.optim.LBFGS, max_iter=500, line_search_fn="strong_wolfe")
    optimizer = search(stack.parameters())
    optimizer.step(lambda: _loss(optimizer, stack, target))
    return response(stack).detach()


# --8<-- [end:fitted]


def response(stack: nn.Sequential) -> Tensor:
    """The kernel (7, 7) of a linear stack: its answers to a single bright pixel."""
    impulse = torch.zeros(1, 1, 13, 13, dtype=torch.float64)
    impulse[..., 6, 6] = 1
    kernel: Tensor = stack(impulse)[0, 0].flip(0, 1)
    return kernel


def _loss(
    optimizer: torch.optim.Optimizer, stack: nn.Sequential, target: Tensor
) -> Tensor:
    optimizer.zero_grad()
    loss = mse_loss(response(stack), target, reduction="sum")
    loss.backward()
    return loss


def missed(target: Tensor, channels: int, seeds: int = 3) -> float:
    """Share of the target's energy that the best of a few fits leaves over."""
    rests = [
        (fitted(target, channels, seed) - target).square().sum()
        for seed in range(seeds)
    ]
    return (min(rests) / target.square().sum()).item()


def targets() -> dict[str, Tensor]:
    """Two 7 x 7 kernels in float64: a Gaussian and one drawn at random."""
    line = torch.exp(-(torch.arange(-3.0, 4.0, dtype=torch.float64) ** 2) / 4.5)
    torch.manual_seed(1)
    return {"Gaussian": torch.outer(line, line), "random": torch.randn(7, 7).double()}


def figure() -> Figure:
    """A random kernel and its nearest stacks with one and with two channels."""
    target = targets()["random"]
    panels = {
        "7 × 7": target,
        "1 channel": fitted(target, 1),
        "2 channels": fitted(target, 2),
    }
    fig, axes = plt.subplots(1, 3, figsize=(4.8, 1.9))
    for ax, (title, kernel) in zip(axes, panels.items(), strict=True):
        y, x = torch.ones(7, 7).nonzero().T
        ax.scatter(x, y, 26 * kernel.flatten().abs(), _colours(kernel), marker="s")
        ax.set(title=title, aspect="equal", xlim=(-0.8, 6.8), ylim=(6.8, -0.8))
        ax.set_axis_off()
    return fig


def _colours(kernel: Tensor) -> list[str]:
    return ["C0" if value > 0 else "C1" for value in kernel.flatten()]


if __name__ == "__main__":
    for name, target in targets().items():
        for channels in (1, 2):
            share = missed(target, channels)
            print(
                f"{name:8}  channels {channels}: {share:6.1%} of the energy is missed"
            )
