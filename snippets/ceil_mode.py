"""Pooling with ceil_mode: the last window may hang over, but must start inside."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import nn


# --8<-- [start:starts]
def starts(
    size: int, kernel: int, stride: int, padding: int = 0, ceil_mode: bool = False
) -> list[int]:
    """Pixel where each pooling window starts; negative ones lie in the padding.

    Where no window starts, the list is empty and torch raises a `RuntimeError`.

    >>> starts(6, 3, 2), starts(6, 3, 2, ceil_mode=True)
    ([0, 2], [0, 2, 4])
    """
    if stride < 1:
        raise ValueError(f"stride must be a whole number from 1, not {stride}")
    if not 0 <= 2 * padding <= kernel:
        raise ValueError(f"padding must be from 0 to half of the kernel, not {padding}")
    steps = size + 2 * padding - kernel  # from the first place to the last that fits
    count = (-(-steps // stride) if ceil_mode else steps // stride) + 1
    places = [place * stride - padding for place in range(count)]
    return [place for place in places if place < size]


# --8<-- [end:starts]

Case = tuple[int, int, int, int, bool]  # size, kernel, stride, padding, ceil_mode
CASES: dict[str, tuple[Case, str]] = {  # and why the next window is not taken
    "stride 2, no ceil_mode": ((6, 3, 2, 0, False), "hangs over"),
    "stride 2, ceil_mode": ((6, 3, 2, 0, True), "starts outside"),
    "stride 3, padding 1, ceil_mode": ((5, 2, 3, 1, True), "starts in the padding"),
}


def draw(ax: Axes, case: Case, reason: str, top: float) -> None:
    """Add a row of pixels, its windows, and dotted the next one, with the reason."""
    size, kernel, stride, padding, _ = case
    ax.scatter(range(size), [top] * size, 150, "C0", marker="s")
    ring = [place for k in range(padding) for place in (-1 - k, size + k)]
    ax.scatter(ring, [top] * len(ring), 130, "none", marker="s", edgecolor="0.5")
    taken = starts(*case)
    for index, left in enumerate([*taken, taken[-1] + stride]):
        ends, below = [left - 0.3, left + kernel - 0.7], top + 0.85 + index % 2 / 2
        (line,) = ax.plot(ends, [below] * 2, "C1", linewidth=5)
    line.set(color="0.5", linestyle=":", linewidth=2)
    ax.text(ends[1] + 0.4, below, reason, va="center")


def figure() -> Figure:
    """Three rows of pixels and their windows; a dotted window is not taken."""
    fig, ax = plt.subplots(figsize=(4.8, 3.3))
    for row, (name, (case, reason)) in enumerate(CASES.items()):
        draw(ax, case, reason, 3.4 * row)
        count = len(starts(*case))
        ax.text(-1.4, 3.4 * row - 1, f"kernel {case[1]}, {name}: {count} windows")
    ax.set(aspect="equal", xlim=(-1.5, 12), ylim=(8.6, -1.6))
    ax.set_axis_off()
    return fig


if __name__ == "__main__":
    image = torch.zeros(1, 1, 112, 112)
    for ceil_mode in (False, True):
        side = nn.MaxPool2d(3, 2, ceil_mode=ceil_mode)(image).shape[-1]
        last = starts(112, 3, 2, ceil_mode=ceil_mode)[-1]
        print(f"ceil_mode={ceil_mode!s:5} {side} windows, the last starts at {last}")
