"""The size of an output counts the places where a window can start."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn


# --8<-- [start:output_size]
def output_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, dilation: int = 1
) -> int:
    """Pixels a side of what a convolution returns for ``size`` pixels a side.

    >>> output_size(32, 2, stride=2), output_size(32, 2)
    (16, 31)
    """
    _check(1, size=size, kernel=kernel, stride=stride, dilation=dilation)
    _check(0, padding=padding)
    steps = size + 2 * padding - 1 - dilation * (kernel - 1)  # from first to last place
    if steps < 0:
        raise ValueError(f"kernel: {kernel} taps span more than the padded {size}")
    return steps // stride + 1


# --8<-- [end:output_size]


# --8<-- [start:transposed_size]
def transposed_size(
    size: int, kernel: int, stride: int = 1, padding: int = 0, output_padding: int = 0
) -> int:
    """Pixels a side of what a transposed convolution returns, with dilation 1.

    >>> [transposed_size(4, 3, 2, 1, output_padding=extra) for extra in (0, 1)]
    [7, 8]
    """
    _check(1, size=size, kernel=kernel, stride=stride)
    _check(0, padding=padding, output_padding=output_padding)
    if output_padding >= stride:
        raise ValueError(f"output_padding must be below the stride {stride}")
    whole = (size - 1) * stride + kernel - 2 * padding + output_padding
    return _check(1, size_of_the_output=whole)


# --8<-- [end:transposed_size]


def _check(least: int, **values: int) -> int:
    for name, value in values.items():
        if not isinstance(value, int) or value < least:
            raise ValueError(
                f"{name} must be a whole number from {least}, not {value!r}"
            )
    return value


def draw(ax: Axes, size: int, kernel: int, stride: int, top: float) -> None:
    """Add a row of pixels, its windows in two alternating rows, and its outputs."""
    ax.scatter(range(size), [top] * size, 150, "C0", marker="s")
    for place in range(output_size(size, kernel, stride)):
        left, below = place * stride, top + 0.9 + 0.5 * (place % 2)
        ax.plot([left - 0.3, left + kernel - 0.7], [below, below], "C1", linewidth=5)
        ax.scatter(left + (kernel - 1) / 2, top + 2.3, 150, "C2", marker="s")


def figure() -> Figure:
    """Eight pixels under windows of two: stride 2 above, stride 1 below."""
    fig, ax = plt.subplots(figsize=(4.8, 3))
    for call, stride, top in [("2, 2", 2, 0.0), ("(2, 2)", 1, 5.0)]:
        draw(ax, 8, 2, stride, top)
        ax.text(-0.35, top - 1, f"Conv2d(3, 10, {call}): stride {stride}")
        ax.text(8.2, top, "8 pixels", va="center")
        ax.text(8.2, top + 1.15, f"windows of {2}", va="center")
        ax.text(8.2, top + 2.3, f"{output_size(8, 2, stride)} outputs", va="center")
    ax.set(aspect="equal", xlim=(-0.5, 11.6), ylim=(7.8, -1.5))
    ax.set_axis_off()
    return fig


if __name__ == "__main__":
    image = torch.zeros(1, 3, 32, 32)
    for kernel, stride in [(2, 2), (2, 1)]:
        layer = nn.Conv2d(3, 10, kernel, stride)
        side = output_size(32, kernel, stride)
        print(f"kernel {kernel}, stride {stride}: {side} x {side},", end=" ")
        print(f"torch returns {tuple(layer(image).shape)}")
