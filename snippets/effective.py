"""The effective receptive field: how much each pixel of the field weighs."""

from math import sqrt

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv_transpose1d

CONV, POOL = (3, 1), (2, 2)  # kernel and stride


# --8<-- [start:profile]
def profile(layers: list[tuple[int, int]]) -> Tensor:
    """Share of each pixel of a row in one output, for layers that take means.

    Each layer is a (kernel, stride); the shares sum to 1.

    >>> (profile([(3, 1), (3, 1)]) * 9).tolist()
    [1.0, 2.0, 3.0, 2.0, 1.0]
    """
    shares = torch.ones(1, 1, 1, dtype=torch.float64)  # one output, walked back
    for kernel, stride in reversed(layers):
        means = torch.full((1, 1, kernel), 1 / kernel, dtype=torch.float64)
        shares = conv_transpose1d(shares, means, stride=stride)
    return shares[0, 0]


# --8<-- [end:profile]


# --8<-- [start:deviation]
def deviation(layers: list[tuple[int, int]]) -> float:
    """Standard deviation of that profile in pixels: the variances of the layers add.

    >>> round(deviation([(3, 1)] * 500), 1), round(deviation([(3, 1), (2, 2)] * 9), 1)
    (18.3, 283.0)
    """
    variance, step = 0.0, 1
    for kernel, stride in layers:
        variance += step**2 * (kernel**2 - 1) / 12
        step *= stride
    return sqrt(variance)


# --8<-- [end:deviation]


PLAIN, POOLED = [CONV] * 500, [CONV, POOL] * 9
STACKS = {
    "5 plain layers": [CONV] * 5,
    "20 plain layers": [CONV] * 20,
    "80 plain layers": [CONV] * 80,
    "500 plain layers": PLAIN,
    "4 blocks with pools": [CONV, POOL] * 4,
    "9 blocks with pools": POOLED,
}


def figure() -> Figure:
    """The profiles of 500 plain layers, dots on its Gaussian, and of nine blocks."""
    fig, ax = plt.subplots()
    for layers, colour, low in [(PLAIN, "C0", -0.08), (POOLED, "C2", -0.16)]:
        shares = profile(layers)
        places = torch.arange(len(shares)) - (len(shares) - 1) / 2
        ax.plot(places, shares / shares.max(), colour)
        ax.plot(places[[0, -1]], [low, low], f"{colour}|-")
    dots = torch.arange(-60, 61, 10)
    gauss = torch.exp(-(dots**2) / (2 * deviation(PLAIN) ** 2))
    ax.plot(dots, gauss, "o", color="0.5", markersize=4)
    ax.text(60, 0.4, "500 plain\nlayers")
    ax.text(320, 0.72, "9 blocks with pools")
    ax.set(xlim=(-800, 870), yticks=[], ylabel="weight of a pixel")
    ax.set_xticks([-767, -500, 0, 500, 767])
    ax.set_xlabel("pixels from the middle")
    return fig


if __name__ == "__main__":
    print("                     field  deviation  four deviations")
    for name, layers in STACKS.items():
        side, std = len(profile(layers)), deviation(layers)
        print(f"{name:19} {side:6} {std:10.1f} {4 * std / side:13.0%} of it")
