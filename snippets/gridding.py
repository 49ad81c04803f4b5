"""Gridding: a stack of dilated layers can leave holes in the field that it spans."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv_transpose2d


# --8<-- [start:paths]
def paths(dilations: tuple[int, ...], kernel: int = 3) -> Tensor:
    """Count the routes from each input pixel to one output pixel: a square tensor.

    >>> paths((2,))[0].int().tolist()
    [1, 0, 1, 0, 1]
    """
    taps = torch.ones(1, 1, kernel, kernel)
    reach = torch.ones(1, 1, 1, 1)  # one output pixel, walked back to the input
    for dilation in dilations:
        reach = conv_transpose2d(reach, taps, dilation=dilation)
    return reach[0, 0]


# --8<-- [end:paths]


def seen(dilations: tuple[int, ...]) -> float:
    """Fraction of the receptive field that reaches the output at all.

    >>> seen((1, 2, 3)), round(seen((2, 2, 2)), 2)
    (1.0, 0.29)
    """
    return (paths(dilations) > 0).float().mean().item()


# --8<-- [start:gapless]
def gapless(dilations: tuple[int, ...], kernel: int = 3) -> bool:
    """Whether no rate exceeds the receptive field of the smaller ones.

    >>> gapless((1, 2, 5)), gapless((1, 2, 8)), gapless((2, 2, 2))
    (True, False, False)
    """
    field = 1
    for dilation in sorted(dilations):
        if dilation > field:
            return False
        field += (kernel - 1) * dilation
    return True


# --8<-- [end:gapless]


def figure() -> Figure:
    """The input pixels that one output pixel sees (squares) and misses (dots)."""
    fig, axes = plt.subplots(1, 2)
    for ax, dilations in zip(axes, [(2, 2, 2), (1, 2, 3)], strict=True):
        reached = paths(dilations) > 0
        ax.scatter(*reached.nonzero().T, s=62, marker="s", color="C0")
        ax.scatter(*(~reached).nonzero().T, s=3, color="0.5")
        ax.set(title=f"dilations {dilations}: {seen(dilations):.0%}", aspect="equal")
        ax.set_axis_off()
    return fig


if __name__ == "__main__":
    for dilations in [(1, 1, 1), (2, 2, 2), (1, 2, 3), (1, 2, 8)]:
        side = len(paths(dilations))
        print(f"{dilations}  field {side:2} x {side:<2}  seen {seen(dilations):4.0%}")
