"""A residual block whose last γ is zero hands on what it gets, until γ has moved."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import relu


# --8<-- [start:branch]
def branch(channels: int, gamma: float) -> nn.Sequential:
    """The layers beside a shortcut; ``gamma`` is what their last γ starts from."""
    last = nn.BatchNorm2d(channels)
    nn.init.constant_(last.weight, gamma)
    return nn.Sequential(
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        nn.BatchNorm2d(channels),
        nn.ReLU(),
        nn.Conv2d(channels, channels, 3, padding=1, bias=False),
        last,
    )


def block(layers: nn.Sequential, maps: Tensor) -> Tensor:
    """A residual block: the feature maps, plus what the layers make of them, rectified.

    >>> maps = torch.rand(2, 4, 8, 8)
    >>> torch.equal(block(branch(4, gamma=0), maps), maps)
    True
    """
    return relu(maps + layers(maps))


# --8<-- [end:branch]


def energies(gamma: float, depth: int = 16) -> list[float]:
    """Mean square of the feature maps before the first block and after each block."""
    torch.manual_seed(0)
    maps = torch.randn(8, 16, 16, 16).relu()
    found = [maps.square().mean().item()]
    for _ in range(depth):
        with torch.no_grad():
            maps = block(branch(16, gamma), maps)
        found.append(maps.square().mean().item())
    return found


# --8<-- [start:slopes]
def slopes(gamma: float) -> list[float]:
    """Largest gradient of each parameter of a block, where the mean square is the loss.

    In the order of the layers: kernel, γ, β, kernel, γ, β.
    """
    torch.manual_seed(0)
    layers = branch(4, gamma)
    block(layers, torch.rand(8, 4, 8, 8)).square().mean().backward()
    return [
        p.grad.abs().max().item() for p in layers.parameters() if p.grad is not None
    ]


# --8<-- [end:slopes]


def figure() -> Figure:
    """Mean square of the feature maps along sixteen blocks, for γ = 1 and γ = 0."""
    fig, ax = plt.subplots()
    for gamma, colour, marker in [(1, "C1", "s"), (0, "C2", "o")]:
        found = energies(gamma)
        ax.plot(found, colour, marker=marker, markersize=5)
        ax.text(16.4, found[-1], f"γ = {gamma}", va="center")
    ax.set(xlabel="residual blocks passed", ylabel="mean square", xlim=(0, 18.5))
    ax.set_xticks([0, 8, 16])
    ax.set_yticks([0, 5, 10])
    return fig


if __name__ == "__main__":
    print("largest gradient of  kernel      γ      β  kernel      γ      β")
    for gamma in (1, 0):
        row = "  ".join(f"{slope:.3f}" for slope in slopes(gamma))
        print(f"     last γ is {gamma}      {row}")
