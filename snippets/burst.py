"""Convolution over time: a burst of 440 Hz is found wherever it starts."""

from math import pi

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv1d

RATE, PITCH, LENGTH = 8000, 440, 401  # samples and cycles a second, taps of a kernel


def tone(pitch: float, phase: float = 0) -> Tensor:
    """A short tone (401,) that swells and fades; its middle is its loudest sample.

    >>> tone(440).argmax().item()
    200
    """
    t = (torch.arange(LENGTH, dtype=torch.float64) - LENGTH // 2) / RATE
    fade = torch.hann_window(LENGTH, periodic=False, dtype=torch.float64)
    return fade * torch.cos(2 * pi * pitch * t + phase)


def sound() -> Tensor:
    """A noisy second (1, 1, 8000): 440 Hz around 1100, a louder 660 Hz around 4500."""
    noise = torch.randn(RATE, generator=torch.Generator().manual_seed(0)).double() / 8
    for middle, burst in [(1100, tone(PITCH)), (4500, 2 * tone(660))]:
        noise[middle - LENGTH // 2 : middle + LENGTH // 2 + 1] += burst
    return noise[None, None]


# --8<-- [start:strength]
def strength(signal: Tensor) -> Tensor:
    """How much of 440 Hz there is around each sample of a signal (1, 1, samples)."""
    kernels = torch.stack([tone(PITCH), tone(PITCH, phase=pi / 2)])[:, None]
    return conv1d(signal, kernels, padding=LENGTH // 2).square().sum(1)


# --8<-- [end:strength]


def figure() -> Figure:
    """The sound, and what the kernels find in it and in the same sound made late."""
    fig, (above, below) = plt.subplots(2, 1, figsize=(4.8, 3.4), sharex=True)
    above.plot(range(0, RATE, 3), sound()[0, 0, ::3], "C0", linewidth=0.5)
    above.text(1100, 2.3, "440 Hz", ha="center")
    above.text(4500, 2.3, "660 Hz", ha="center")
    above.set(ylim=(-2.6, 3.4), yticks=(-2, 0, 2), ylabel="sound")
    late = sound().roll(2500, -1)
    for signal, style in [(sound(), "C2"), (late, "C3--")]:
        found = strength(signal)
        below.plot(range(0, RATE, 8), found[0, ::8] / found.amax(), style)
        below.text(found.argmax(), 1.08, f"{found.argmax()}", ha="center")
    below.set(ylim=(0, 1.4), yticks=(0, 1), ylabel="strength")
    below.set(xticks=(0, 2000, 4000, 6000, 8000), xlabel="sample")
    return fig


if __name__ == "__main__":
    here = strength(sound()).argmax().item()
    there = strength(sound().roll(2500, -1)).argmax().item()
    print(
        f"strongest at sample {here}; 2500 samples later: at {there}, {there - here:+}"
    )
