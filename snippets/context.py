"""Three ways to see far, and the resolution that each leaves: dilate, stride, pool."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import nn


# --8<-- [start:reach]
def reach(layers: list[nn.Conv2d | nn.MaxPool2d]) -> tuple[int, int]:
    """Receptive field of an output, and distance of two outputs, in input pixels.

    >>> reach([nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3, dilation=2)])
    (12, 2)
    """
    field, step = 1, 1
    for layer in layers:
        kernel, stride, dilation = (
            _side(layer, n) for n in ("kernel_size", "stride", "dilation")
        )
        field += (kernel - 1) * dilation * step
        step *= stride
    return field, step


# --8<-- [end:reach]


def _side(layer: nn.Conv2d | nn.MaxPool2d, name: str) -> int:
    value = getattr(layer, name)
    sides = {value} if isinstance(value, int) else set(value)
    if len(sides) > 1:
        raise ValueError(f"{name} must be the same for height and width, not {value}")
    return int(sides.pop())


# --8<-- [start:ways]
def ways(depth: int) -> dict[str, list[nn.Conv2d | nn.MaxPool2d]]:
    """Stacks of 3 x 3 convolutions: plain, dilated, strided and pooled."""
    pairs = [(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2)) for _ in range(depth)]
    return {
        "plain": [nn.Conv2d(1, 1, 3) for _ in range(depth)],
        "dilated": [nn.Conv2d(1, 1, 3, dilation=2**i) for i in range(depth)],
        "strided": [nn.Conv2d(1, 1, 3, stride=2) for _ in range(depth)],
        "pooled": [layer for pair in pairs for layer in pair],
    }


# --8<-- [end:ways]


def figure() -> Figure:
    """Receptive field against distance of two outputs, a marker for each depth."""
    fig, ax = plt.subplots()
    places = [(60, 7), (5, 7), (-8, 2), (40, -34)]
    for name, marker, place in zip(ways(1), "osD^", places, strict=True):
        ends = [reach(ways(depth)[name]) for depth in range(1, 10)]
        ax.plot(*zip(*ends, strict=True), marker=marker, markersize=5)
        label = f"{name}: {ends[-1][0]}"
        ax.annotate(label, ends[-1], place, textcoords="offset points", ha="right")
    ax.set(xscale="log", yscale="log", xlim=(2, 4000), ylim=(0.7, 1000))
    for axis, ticks in [(ax.xaxis, (3, 19, 127, 1023)), (ax.yaxis, (1, 8, 64, 512))]:
        axis.set_ticks(ticks, [str(tick) for tick in ticks])
    ax.minorticks_off()
    ax.set_xlabel("receptive field after 1 to 9 layers, pixels")
    ax.set_ylabel("pixels between outputs")
    return fig


if __name__ == "__main__":
    for name, layers in ways(9).items():
        field, step = reach(layers)
        print(f"{name:8} {field:5} pixels seen a side, one output every {step:3}")
