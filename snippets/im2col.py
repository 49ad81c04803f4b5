"""A convolution is a matrix product: one row a kernel, one column a window."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor
from torch.nn.functional import conv2d, linear, unfold


# --8<-- [start:unrolled]
def unrolled(
    image: Tensor, weight: Tensor, stride: int = 1, padding: int = 0, dilation: int = 1
) -> Tensor:
    """What `conv2d` returns, its pixels in one row: (batch, out channels, windows).

    torch raises a `RuntimeError` where the channels of image and weight differ.
    """
    sides = tuple(weight.shape[-2:])
    columns = unfold(image, sides, dilation, padding, stride)  # (batch, taps, windows)
    return weight.flatten(1) @ columns


# --8<-- [end:unrolled]


# --8<-- [start:pointwise]
def pointwise(image: Tensor, weight: Tensor) -> Tensor:
    """What a 1 x 1 convolution returns: `nn.Linear` on the channels of each pixel.

    torch raises a `RuntimeError` where the kernel is larger than 1 x 1.
    """
    return linear(image.movedim(1, -1), weight.flatten(1)).movedim(-1, 1)


# --8<-- [end:pointwise]


def draw(ax: Axes, values: Tensor, left: float, top: float, framed: Rectangle) -> None:
    """Add a matrix (rows, columns) of numbered squares, with a frame upon it."""
    for row, column in torch.ones_like(values).nonzero().tolist():
        ax.scatter(left + column, top + row, 210, "C0", marker="s")
        name = ax.text(left + column, top + row, f"{values[row, column]:.0f}")
        name.set(ha="center", va="center_baseline", color="white")
    ax.add_patch(framed).set(fill=False, edgecolor="C1", linewidth=3)


def figure() -> Figure:
    """Sixteen pixels, the second of four windows framed, and its column beside."""
    fig, ax = plt.subplots(figsize=(4.8, 3.2))
    pixels = torch.arange(16.0).view(1, 1, 4, 4)
    columns = unfold(pixels, 3)[0]  # 9 taps, 4 windows
    draw(ax, pixels[0, 0], 0, 2, Rectangle((0.5, 1.5), 3, 3))
    draw(ax, columns, 7, -0.5, Rectangle((7.5, -1), 1, 9))
    arrow = {"arrowstyle": "->", "color": "0.5", "linewidth": 2}
    ax.annotate("", (6.4, 3.5), (3.7, 3.5), arrowprops=arrow)
    ax.text(-0.4, 0.6, "4 × 4 pixels")
    ax.text(6.6, -1.6, "9 taps, 4 windows")
    ax.set(aspect="equal", xlim=(-0.6, 12.6), ylim=(8.4, -2.4))
    ax.set_axis_off()
    return fig


if __name__ == "__main__":
    torch.manual_seed(0)
    image = torch.randn(1, 3, 32, 32, dtype=torch.float64)
    for side in (3, 1):
        weight = torch.randn(10, 3, side, side, dtype=torch.float64)
        columns, there = unfold(image, side), conv2d(image, weight)
        same = torch.allclose(unrolled(image, weight), there.flatten(2), atol=1e-10)
        copies = columns.numel() / image.numel()
        print(f"{side} x {side}: {tuple(weight.flatten(1).shape)} @", end=" ")
        print(f"{tuple(columns[0].shape)}, {copies:.1f} copies, equal: {same}")
