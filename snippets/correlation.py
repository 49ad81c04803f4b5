"""What PyTorch calls convolution is correlation: the kernel is not turned."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d

NUMBERS = torch.arange(1.0, 10.0, dtype=torch.float64).view(3, 3)
IMPULSE = torch.zeros(3, 3, dtype=torch.float64)
IMPULSE[1, 1] = 1


# --8<-- [start:turn]
def correlation(image: Tensor, kernel: Tensor) -> Tensor:
    """What ``conv2d`` computes, at every place where kernel and image overlap.

    Takes two planes (height, width); sides of the result are sums of theirs, less 1.

    >>> correlation(IMPULSE, NUMBERS)[1:-1, 1:-1].int().tolist()
    [[9, 8, 7], [6, 5, 4], [3, 2, 1]]
    """
    rows, columns = kernel.shape
    padding = rows - 1, columns - 1
    return conv2d(image[None, None], kernel[None, None], padding=padding)[0, 0]


def convolution(image: Tensor, kernel: Tensor) -> Tensor:
    """The convolution of mathematics: turn the kernel by 180°, then correlate.

    >>> convolution(IMPULSE, NUMBERS)[1:-1, 1:-1].int().tolist()
    [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    """
    return correlation(image, kernel.flip(0, 1))


# --8<-- [end:turn]


def draw(ax: Axes, values: Tensor, colour: str, title: str) -> None:
    """Add a plane of small numbers: a square for each, a dot where it is 0."""
    filled = values != 0
    rows, columns = filled.nonzero().T
    ax.scatter(columns, rows, 520, colour, marker="s")
    for row, column in filled.nonzero().tolist():
        number = f"{values[row, column]:.0f}"
        ax.text(column, row, number, color="white", ha="center", va="center_baseline")
    rows, columns = (~filled).nonzero().T
    ax.scatter(columns, rows, 12, "0.5")
    ax.set(title=title, aspect="equal", xlim=(-0.6, 2.6), ylim=(2.6, -0.6))
    ax.set_axis_off()


def figure() -> Figure:
    """An impulse, a kernel, what conv2d makes of them, and the true convolution."""
    fig, axes = plt.subplots(1, 4, figsize=(4.8, 1.5))
    panels = [
        (IMPULSE, "C0", "image"),
        (NUMBERS, "C1", "kernel"),
        (correlation(IMPULSE, NUMBERS)[1:-1, 1:-1], "C2", "conv2d"),
        (convolution(IMPULSE, NUMBERS)[1:-1, 1:-1], "C2", "convolution"),
    ]
    for ax, panel in zip(axes, panels, strict=True):
        draw(ax, *panel)
    return fig


if __name__ == "__main__":
    torch.manual_seed(0)
    image, kernel = torch.randn(2, 5, 5, dtype=torch.float64)
    for operation in (correlation, convolution):
        one, other = operation(image, kernel), operation(kernel, image)
        print(f"{operation.__name__} of image and kernel, of kernel and image")
        print(f"    equal: {torch.allclose(one, other)}")
        print(f"    equal after half a turn: {torch.allclose(one, other.flip(0, 1))}")
