"""Halve the resolution, double the channels: the work stays, the feature maps halve."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import nn

STAGES = [(64, 56), (128, 28), (256, 14), (512, 7)]  # channels, pixels a side


# --8<-- [start:price]
def price(channels: int, side: int) -> dict[str, int]:
    """What a 3 x 3 convolution costs that keeps its channels and its resolution.

    >>> price(64, 56)
    {'parameters': 36864, 'multiplications': 115605504, 'outputs': 200704}
    """
    weight = nn.Conv2d(channels, channels, 3, device="meta").weight
    return {
        "parameters": weight.numel(),
        "multiplications": weight.numel() * side**2,
        "outputs": channels * side**2,
    }


# --8<-- [end:price]


def figure() -> Figure:
    """Each cost against the first stage, on a logarithmic axis."""
    fig, ax = plt.subplots()
    first = price(*STAGES[0])
    styles = {"parameters": "C1s-", "multiplications": "C0o-", "outputs": "C2D-"}
    for name, style in styles.items():
        ratios = [price(*stage)[name] / first[name] for stage in STAGES]
        ax.plot(ratios, style)
        ax.annotate(name, (3, ratios[-1]), (8, -4), textcoords="offset points")
    ax.set(yscale="log", xlim=(-0.2, 4.6))
    ax.set_xticks(range(4), [f"{side} × {side}\n{c} ch." for c, side in STAGES])
    ax.set_yticks([1 / 8, 1, 8, 64], ["1/8", "1", "8", "64"])
    ax.minorticks_off()
    ax.set_ylabel("against the first stage")
    return fig


if __name__ == "__main__":
    print("channels    side  parameters  multiplications  outputs")
    for channels, side in STAGES:
        cost = price(channels, side)
        print(
            f"{channels:8} {side:3}x{side:<3} {cost['parameters']:11,}"
            f" {cost['multiplications']:16,} {cost['outputs']:8,}"
        )
