"""Simple and complex cells of the visual cortex: a convolution, and what pools it."""

from collections.abc import Callable
from math import cos, pi, radians, sin

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d

SIDE, PERIOD, WIDTH = 41, 8, 6  # of the kernel, of its stripes, of its fading: pixels
DEGREES = range(0, 361, 5)


def grating(angle: float, phase: float = 0, side: int = SIDE) -> Tensor:
    """Stripes (1, 1, side, side) from -1 to 1, turned and shifted by degrees.

    >>> grating(angle=90, side=5)[0, 0, :, 0].round(decimals=1).abs().tolist()
    [0.0, 0.7, 1.0, 0.7, 0.0]
    """
    r = torch.arange(side, dtype=torch.float64) - side // 2
    across = r * cos(radians(angle)) + r[:, None] * sin(radians(angle))
    return torch.cos(2 * pi * across / PERIOD + radians(phase))[None, None]


# --8<-- [start:cells]
def gabor(phase: float = 0) -> Tensor:
    """A kernel (1, 1, 41, 41): upright stripes that fade away from the middle."""
    r = torch.arange(SIDE) - SIDE // 2
    fade = torch.exp(-(r**2) / (2 * WIDTH**2))
    return grating(0, phase) * fade * fade[:, None]


def simple_cells(image: Tensor, phase: float = 0) -> Tensor:
    """Rates of simple cells: one kernel at every place, and nothing below zero."""
    return conv2d(image, gabor(phase)).relu()


def complex_cells(image: Tensor) -> Tensor:
    """Rates of complex cells: each pools the squares of four simple cells."""
    four = [simple_cells(image, phase) for phase in (0, 90, 180, 270)]
    return torch.stack(four).square().sum(0)


# --8<-- [end:cells]


def rates(cells: Callable[[Tensor], Tensor], angle: float = 0) -> Tensor:
    """Rates of one cell while a grating shifts by one period, 5 degrees a step.

    >>> rates(simple_cells).shape
    torch.Size([73])
    """
    return cells(torch.cat([grating(angle, phase) for phase in DEGREES])).flatten()


# --8<-- [start:modulation]
def modulation(curve: Tensor) -> float:
    """F1/F0 of a curve over one period: its first harmonic, divided by its mean.

    >>> round(modulation(1 + 0.5 * torch.arange(361).deg2rad().cos()), 3)
    0.5
    """
    harmonics = torch.fft.rfft(curve[:-1]).abs()  # 360 degrees are 0 degrees again
    return float(2 * harmonics[1] / harmonics[0])


# --8<-- [end:modulation]


def figure() -> Figure:
    """The kernel, and the rates of both kinds of cells by angle and by phase."""
    fig = plt.figure(figsize=(4.8, 3.6))
    kernel, angle, phase = fig.subplot_mosaic("ab;cc").values()
    kernel.imshow(gabor()[0, 0].numpy())
    kernel.set_axis_off()
    turns = range(-60, 61, 4)
    for cells, style in [(simple_cells, "C0"), (complex_cells, "C2--")]:
        best = rates(cells).amax()
        angle.plot(turns, [rates(cells, a).amax() / best for a in turns], style)
        phase.plot(DEGREES, rates(cells) / best, style)
    angle.set(xlabel="angle, degrees", xticks=(-60, 0, 60), yticks=(0, 1))
    phase.set(xlabel="phase, degrees", xticks=(0, 90, 180, 270, 360), yticks=(0, 1))
    phase.set_ylim(-0.05, 1.3)
    phase.text(180, 1.1, "complex cell", ha="center")
    phase.text(180, 0.1, "simple cell", ha="center")
    return fig


if __name__ == "__main__":
    torch.set_num_threads(1)
    for cells in (simple_cells, complex_cells):
        upright = rates(cells)
        half = [a for a in range(30) if rates(cells, a).amax() >= upright.amax() / 2]
        print(
            f"{cells.__name__:13}  half its rate until {half[-1]:2} degrees", end="  "
        )
        print(f"weakest phase {upright.amin() / upright.amax():4.0%}", end="  ")
        print(f"F1/F0 {modulation(upright):.2f}")
