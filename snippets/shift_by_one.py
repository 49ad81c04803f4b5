"""Move an image by one pixel: what changes after stride, max, average and blur."""

from collections.abc import Callable
from math import pi

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from skimage import data
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d, max_pool2d, pad


# --8<-- [start:ways]
def blur(image: Tensor) -> Tensor:
    """Weigh each pixel and its neighbours 1, 2, 1 in both directions; the image wraps.

    >>> blur(torch.tensor([[[[0., 0, 1, 0]]]]).expand(1, 1, 4, 4))[0, 0, 0].tolist()
    [0.0, 0.25, 0.5, 0.25]
    """
    kernel = torch.tensor([1, 2, 1], dtype=image.dtype) / 4
    wrapped = pad(image, (1, 1, 1, 1), mode="circular")
    return conv2d(wrapped, (kernel[:, None] * kernel)[None, None])


def stride(image: Tensor) -> Tensor:
    """Keep every second row and column."""
    return image[..., ::2, ::2]


def max_blur(image: Tensor) -> Tensor:
    """Take the maximum around every pixel, blur, and only then drop pixels."""
    wrapped = pad(image, (0, 1, 0, 1), mode="circular")
    return stride(blur(max_pool2d(wrapped, 2, stride=1)))


WAYS: dict[str, Callable[[Tensor], Tensor]] = {
    "stride": stride,
    "max": lambda image: max_pool2d(image, 2),
    "average": lambda image: avg_pool2d(image, 2),
    "blur, stride": lambda image: stride(blur(image)),
    "max, blur, stride": max_blur,
}
# --8<-- [end:ways]


# --8<-- [start:changed]
def changed(way: Callable[[Tensor], Tensor], image: Tensor) -> tuple[float, float]:
    """Relative change of the output when the image moves by one pixel, and its jitter.

    Jitter is what remains once the first output is moved by half an output pixel.
    """
    inner = (..., slice(8, -8), slice(8, -8))  # away from where the image wraps
    first, second = way(image), way(image.roll(-1, -1))
    size, change = first[inner].norm(), (second - first)[inner].norm()
    return float(change / size), float((second - half(first))[inner].norm() / size)


# --8<-- [end:changed]


def half(image: Tensor) -> Tensor:
    """The image moved half a pixel to the left: each frequency turns its phase."""
    rate = torch.fft.rfftfreq(image.shape[-1], dtype=image.dtype)
    moved: Tensor = torch.fft.irfft(torch.fft.rfft(image) * torch.exp(1j * pi * rate))
    return moved


def response(way: Callable[[Tensor], Tensor]) -> list[float]:
    """One output while a bright column moves over places 1 to 8; its window is 3 and 4.

    >>> response(WAYS["max"])
    [0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]
    """
    columns = torch.eye(8)[:, None, None].expand(8, 1, 8, 8)
    return [float(value) for value in way(columns)[:, 0, 2, 1]]


def draw(ax: Axes, floor: float, values: list[float]) -> None:
    """Add a row of bars, with their values above those that are not zero."""
    ax.axhline(floor, 0.36, color="0.5", linewidth=1)
    for place, value in enumerate(values, 1):
        ax.bar(place, value * 0.62, 0.9, bottom=floor, color="C2")
        label = f"{value:g}" if value else ""
        ax.text(place, floor + value * 0.62 + 0.03, label, ha="center", fontsize=9)


def figure() -> Figure:
    """A row of bars for each way: one output against the place of a bright column."""
    fig, ax = plt.subplots(figsize=(4.8, 3))
    for row, (name, way) in enumerate(WAYS.items()):
        draw(ax, -row, response(way))
        ax.text(0.1, -row + 0.1, name, ha="right")
    for place in range(1, 9):
        ax.text(place, -4.45, str(place), ha="center")
    ax.axvspan(2.5, 4.5, 0.11, color="0.5", alpha=0.2, zorder=0)
    ax.text(4.5, -4.95, "place of the bright column", ha="center")
    ax.set(xlim=(-4.4, 8.6), ylim=(-5, 0.95))
    ax.set_axis_off()
    return fig


if __name__ == "__main__":
    camera = torch.tensor(data.camera())[None, None].double()
    print("                   change  jitter")
    for name, way in WAYS.items():
        change, jitter = changed(way, camera)
        print(f"{name:18} {change:6.1%} {jitter:7.1%}")
