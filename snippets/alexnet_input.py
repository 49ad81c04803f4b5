"""The input of AlexNet: 224 pixels in the paper, 227 in the arithmetic."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure


# --8<-- [start:places]
def places(size: int, kernel: int, stride: int, padding: int = 0) -> tuple[int, int]:
    """Windows that fit along a side, and pixels past the last one.

    >>> places(224, 11, 4), places(227, 11, 4), places(224, 11, 4, padding=2)
    ((54, 1), (55, 0), (55, 1))
    """
    free = size + 2 * padding - kernel  # how far the first window can still move
    if free < 0:
        raise ValueError(f"size must be at least {kernel - 2 * padding}, not {size}")
    return free // stride + 1, free % stride


# --8<-- [end:places]


# --8<-- [start:sides]
def sides(size: int, padding: int = 0) -> list[int]:
    """Sides of AlexNet's maps: the input, then what each layer that shrinks leaves.

    >>> sides(227), sides(224)
    ([227, 55, 27, 13, 6], [224, 54, 26, 12, 5])
    """
    found = [size, places(size, 11, 4, padding)[0]]  # the first convolution
    for _ in range(3):  # a pooling; the other convolutions keep the size
        found.append(places(found[-1], 3, 2)[0])
    return found


# --8<-- [end:sides]


def draw(ax: Axes, size: int, first: int = 203) -> None:
    """The right end of a row of pixels, and the windows that end there."""
    count, past = places(size, 11, 4)
    row = torch.arange(first, size)
    read = row < size - past
    ax.scatter(row[read], torch.zeros(int(read.sum())), 55, "C0", marker="s")
    ax.scatter(row[~read], torch.zeros(past), 55, "none", marker="s", edgecolor="C3")
    for window in range(count - 3, count):
        left, up = 4 * window, 1.1 + count - 1 - window
        ax.plot([left - 0.4, left + 10.4], [up, up], color="C1", linewidth=4)
        ax.text(left - 0.8, up, f"{window + 1}", ha="right", va="center")
    ax.text(first - 1.5, -1.7, f"input {size}: {count} windows, left over: {past}")
    ax.set(xlim=(first - 2, 228), ylim=(-2.3, 4))
    ax.set_axis_off()


def figure() -> Figure:
    """The last three windows of the first layer, on 224 pixels and on 227."""
    fig, axes = plt.subplots(2, 1, figsize=(4.8, 3))
    for ax, size in zip(axes, (224, 227), strict=True):
        draw(ax, size)
    return fig


if __name__ == "__main__":
    for size, padding in [(224, 0), (224, 1), (224, 2), (227, 0)]:
        *path, last = sides(size, padding)
        told = " -> ".join(f"{side:3}" for side in [*path, last])
        print(f"padding {padding}: {told}   {256 * last**2:,} numbers for fc 6")
