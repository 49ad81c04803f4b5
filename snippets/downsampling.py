"""Where a residual block halves the size: which pixels its two paths read."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn


# --8<-- [start:halvings]
def halvings() -> dict[str, tuple[nn.Sequential, nn.Sequential]]:
    """The path and the shortcut of a block that halves the size, one channel each."""
    one, halved = nn.Conv2d(1, 1, 1), nn.Conv2d(1, 1, 1, stride=2)
    three, halves = nn.Conv2d(1, 1, 3, padding=1), nn.Conv2d(1, 1, 3, 2, padding=1)
    return {
        "ResNet": (nn.Sequential(halved, three, one), nn.Sequential(halved)),
        "B": (nn.Sequential(one, halves, one), nn.Sequential(halved)),
        "D": (nn.Sequential(one, halves, one), nn.Sequential(nn.AvgPool2d(2), one)),
    }


# --8<-- [end:halvings]


# --8<-- [start:read]
def read(layers: nn.Module, channels: int = 1, side: int = 8) -> Tensor:
    """Which pixels reach the output: a square tensor of truth values.

    >>> read(nn.Conv2d(1, 1, 1, stride=2), side=4)[0].tolist()
    [True, False, True, False]
    """
    image = torch.rand(1, channels, side, side, requires_grad=True)
    (slope,) = torch.autograd.grad(layers(image).sum(), image)
    return (slope[0] != 0).any(0)


# --8<-- [end:read]


def figure() -> Figure:
    """Pixels read (squares) and missed (dots) by path (above) and shortcut (below)."""
    fig, axes = plt.subplots(2, 3, figsize=(4.8, 3.6))
    torch.manual_seed(0)
    for column, (name, block) in zip(axes.T, halvings().items(), strict=True):
        for ax, layers, row in zip(column, block, ("path", "shortcut"), strict=True):
            seen = read(layers)
            ax.scatter(*seen.nonzero().T.flip(0), s=62, marker="s", color="C0")
            ax.scatter(*(~seen).nonzero().T.flip(0), s=4, color="0.5")
            title = f"{name}, {row}: {seen.float().mean():.0%}"
            ax.set_title(title, fontsize="small")
            ax.set(aspect="equal", xlim=(-0.7, 7.7), ylim=(7.7, -0.7))
            ax.set_axis_off()
    return fig


if __name__ == "__main__":
    torch.manual_seed(0)
    print("block   path  shortcut")
    for name, (path, shortcut) in halvings().items():
        shares = [read(layers).float().mean() for layers in (path, shortcut)]
        print(f"{name:6}  {shares[0]:4.0%}  {shares[1]:8.0%}")
