"""Dilation moves the taps of a kernel apart: it spans more pixels, reads as many."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d


# --8<-- [start:span]
def span(kernel: int, dilation: int) -> int:
    """Pixels from the first tap of a kernel to its last, both included.

    >>> [span(3, dilation) for dilation in (1, 2, 3)]
    [3, 5, 7]
    """
    for name, value in {"kernel": kernel, "dilation": dilation}.items():
        if not isinstance(value, int) or value < 1:
            raise ValueError(f"{name} must be a whole number from 1, not {value!r}")
    return kernel + (kernel - 1) * (dilation - 1)


# --8<-- [end:span]


# --8<-- [start:spread]
def spread(kernel: Tensor, dilation: int) -> Tensor:
    """The kernel (height, width) with ``dilation - 1`` zeros between its taps.

    >>> spread(torch.ones(2, 2), 2).int().tolist()
    [[1, 0, 1], [0, 0, 0], [1, 0, 1]]
    """
    holes = kernel.new_zeros([span(size, dilation) for size in kernel.shape])
    holes[::dilation, ::dilation] = kernel
    return holes


# --8<-- [end:spread]


def outputs(size: int, kernel: int, dilation: int) -> int:
    """Side of the output for a square input of ``size`` pixels, stride 1, no padding.

    >>> outputs(7, 3, dilation=2), outputs(4, 3, dilation=1)
    (3, 2)
    """
    image, taps = torch.ones(1, 1, size, size), torch.ones(1, 1, kernel, kernel)
    return conv2d(image, taps, dilation=dilation).shape[-1]


def draw(ax: Axes, size: int, dilation: int, left: float) -> None:
    """Add an input, the taps of its first window, and the output beside it."""
    side = outputs(size, 3, dilation)
    y, x = torch.ones(size, size).nonzero().T
    ax.scatter(left + x, y, 150, "C0", marker="s")
    y, x = torch.ones(3, 3).nonzero().T * dilation
    ax.scatter(left + x, y, 150, "C1", marker="s")
    ax.scatter(left + x, y, 20, "white")
    y, x = torch.ones(side, side).nonzero().T
    ax.scatter(left + x + size + 0.5, y + (size - side) / 2, 150, "C2", marker="s")


def figure() -> Figure:
    """Input, taps of a window and output: dilation 2 on 7 x 7, dilation 1 on 4 x 4."""
    fig, ax = plt.subplots(figsize=(4.8, 2))
    for size, dilation, left in [(7, 2, 0.0), (4, 1, 12.5)]:
        draw(ax, size, dilation, left)
        side = outputs(size, 3, dilation)
        sizes = f"{size} × {size} to {side} × {side}"
        ax.text(left - 0.4, -1, f"dilation {dilation}: {sizes}")
    ax.set(aspect="equal", xlim=(-0.5, 19.5), ylim=(6.5, -1.7))
    ax.set_axis_off()
    return fig


if __name__ == "__main__":
    print("dilation  span  taps  share of the square that is read")
    for dilation in (1, 2, 3, 4):
        side = span(3, dilation)
        print(f"{dilation:8}  {side:4}  {9:4}  {9 / side**2:.0%}")
