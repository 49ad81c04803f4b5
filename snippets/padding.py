"""Padding: which pixel stands in for one outside, and how wide the border is."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch.nn.functional import conv1d

MODES = ("zeros", "reflect", "replicate", "circular")


# --8<-- [start:stand_in]
def stand_in(place: int, size: int, mode: str) -> int | None:
    """The pixel that is read at a place outside of ``size`` pixels, or None for a zero.

    Places beyond one mirror image or one turn raise a `ValueError`.

    >>> [stand_in(-2, 5, mode) for mode in MODES]
    [None, 2, 0, 3]
    """
    outside = max(-place, place - size + 1)
    if outside > {"reflect": size - 1, "circular": size}.get(mode, outside):
        raise ValueError(f"place {place} is too far from {size} pixels for {mode!r}")
    if mode == "zeros":
        return place if 0 <= place < size else None
    if mode == "reflect":  # the edge pixel is the mirror
        return size - 1 - abs(size - 1 - abs(place))
    if mode == "replicate":
        return min(max(place, 0), size - 1)
    if mode == "circular":
        return place % size
    raise ValueError(f"mode must be one of {MODES}, not {mode!r}")


# --8<-- [end:stand_in]


# --8<-- [start:same]
def same(kernel: int, dilation: int = 1) -> tuple[int, int]:
    """Pixels that ``padding="same"`` adds before and after.

    >>> same(3), same(4), same(4, dilation=2)
    ((1, 1), (1, 2), (3, 3))
    """
    for name, value in {"kernel": kernel, "dilation": dilation}.items():
        if value < 1:
            raise ValueError(f"{name} must be a whole number from 1, not {value}")
    total = dilation * (kernel - 1)
    return total // 2, total - total // 2


# --8<-- [end:same]


def figure() -> Figure:
    """Five pixels, three more on each side, lettered by the pixel that is read."""
    fig, ax = plt.subplots(figsize=(4.8, 2.2))
    for row, mode in enumerate(MODES):
        ax.text(-4, row, mode, ha="right", va="center")
        for place in range(-3, 8):
            source = stand_in(place, 5, mode)
            inside = 0 <= place < 5
            face, edge = ("C0", "C0") if inside else ("none", "0.5")
            ax.scatter(place, row, 210, face, marker="s", edgecolor=edge)
            letter = ax.text(place, row, "0" if source is None else "abcde"[source])
            letter.set(ha="center", va="center_baseline")
            if inside:
                letter.set_color("white")
    ax.set(aspect="equal", xlim=(-7.2, 7.6), ylim=(3.7, -0.7))
    ax.set_axis_off()
    return fig


if __name__ == "__main__":
    spike = torch.zeros(1, 1, 9)
    spike[..., 4] = 1
    for kernel in (3, 4, 5):
        before, after = same(kernel)
        wide = torch.nn.functional.pad(spike, (before, after))
        rows = conv1d(wide, torch.ones(1, 1, kernel))[0, 0].nonzero()[:, 0].tolist()
        print(f"kernel {kernel}: {before} before, {after} after;", end=" ")
        print(f"pixel 4 reaches outputs {rows}")
