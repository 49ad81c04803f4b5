"""How many layers until one output sees a thousand pixels: 500 plain ones, or nine."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

CONV, POOL, STRIDED = (3, 1), (2, 2), (3, 2)  # kernel and stride


# --8<-- [start:field]
def field(layers: list[tuple[int, int]]) -> int:
    """Pixels a side that one output sees through layers of (kernel, stride).

    >>> field([(3, 1)] * 500), field([(3, 1), (2, 2)] * 9)
    (1001, 1534)
    """
    seen = 1
    for kernel, stride in reversed(layers):  # from one output back to the image
        seen = (seen - 1) * stride + kernel
    return seen


# --8<-- [end:field]


def needed(block: list[tuple[int, int]], pixels: int) -> int:
    """Copies of a block of layers until one output sees so many pixels a side.

    >>> needed([(3, 1)], 1000), needed([(3, 1), (2, 2)], 1000)
    (500, 9)
    """
    if field(block) <= 1:
        raise ValueError(f"block must have a kernel above 1, not {block}")
    copies = 0
    while field(block * copies) < pixels:
        copies += 1
    return copies


WAYS = {
    "3 × 3": [CONV],
    "5 × 5": [(5, 1)],
    "7 × 7": [(7, 1)],
    "3 × 3, stride 2": [STRIDED],
    "3 × 3, then pool": [CONV, POOL],
}


def figure() -> Figure:
    """A bar for each way to a thousand pixels: the number of blocks it takes."""
    fig, ax = plt.subplots(figsize=(4.8, 2))
    counts = [needed(block, 1000) for block in WAYS.values()]
    bars = ax.barh(list(WAYS), counts, color=["C1"] * 3 + ["C2"] * 2)
    ax.bar_label(bars, padding=4)
    ax.invert_yaxis()
    ax.set_axis_off()
    for place, name in enumerate(WAYS):
        ax.text(-8, place, name, ha="right", va="center")
    ax.set_xlim(-190, 560)
    return fig


if __name__ == "__main__":
    for name, block in WAYS.items():
        copies = needed(block, 1000)
        fewer, enough = field(block * (copies - 1)), field(block * copies)
        print(f"{name:16} {copies - 1:3} see {fewer:4}, {copies:3} see {enough} pixels")
