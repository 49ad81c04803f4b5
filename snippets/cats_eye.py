"""Find the cat's eye with one kernel: a shift is recovered, a rotation is not."""

from functools import cache
from math import radians

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from skimage import color, data
from skimage.transform import AffineTransform, warp
from torch import Tensor
from torch.nn.functional import avg_pool2d, conv2d

TOP, LEFT, HEIGHT, WIDTH = 26, 18, 26, 28  # the eye


@cache
def cat() -> Tensor:
    """A grey picture of a cat, (100, 100)."""
    grey = torch.from_numpy(color.rgb2gray(data.cat()))[:, 75:375]
    return avg_pool2d(grey[None, None], 3)[0, 0]


def eye() -> Tensor:
    """The part of the picture that shows the left eye, (26, 28)."""
    return cat()[TOP : TOP + HEIGHT, LEFT : LEFT + WIDTH]


# --8<-- [start:correlation]
def correlation(image: Tensor, part: Tensor) -> Tensor:
    """Pearson's correlation of a part with each window of an image: 1 is a match.

    Brightness and contrast do not matter; a window without contrast gives nan.

    >>> image, part = torch.tensor([[0.0, 1, 5, 1]]), torch.tensor([[2.0, 3]])
    >>> correlation(image, part).round().tolist()
    [[1.0, 1.0, -1.0]]
    """

    def summed(picture: Tensor, kernel: Tensor) -> Tensor:
        return conv2d(picture[None, None], kernel[None, None])[0, 0]

    kernel = part - part.mean()
    box = torch.ones_like(part)
    spread = summed(image * image, box) - summed(image, box).square() / part.numel()
    norms: Tensor = spread.sqrt() * kernel.norm()
    return summed(image, kernel) / norms


# --8<-- [end:correlation]


def found(image: Tensor) -> tuple[float, int, int]:
    """The best correlation with the eye, and how far down and right it lies."""
    maps = correlation(image, eye())
    row, column = divmod(int(maps.argmax()), maps.shape[1])
    return maps.max().item(), row - TOP, column - LEFT


def turned(degrees: float = 0, scale: float = 1) -> Tensor:
    """The cat, rotated and scaled about the centre of its eye."""
    y, x = TOP + (HEIGHT - 1) / 2, LEFT + (WIDTH - 1) / 2
    away, back = (AffineTransform(translation=(s * x, s * y)) for s in (-1, 1))
    turn = away + AffineTransform(rotation=radians(degrees), scale=scale) + back
    return torch.from_numpy(warp(cat().numpy(), turn.inverse, mode="reflect"))


def panel(ax: Axes, values: list[float], pictures: list[Tensor]) -> None:
    """Best correlations as a line: filled where the eye was found, hollow where not."""
    peaks = [found(picture) for picture in pictures]
    ax.plot(values, [peak[0] for peak in peaks], color="C2")
    for value, (peak, down, right) in zip(values, peaks, strict=True):
        fill = "C2" if max(abs(down), abs(right)) <= 3 else "white"
        ax.plot(value, peak, "o", color="C2", markerfacecolor=fill)
    ax.set(ylim=(0, 1.08), yticks=(0, 0.5, 1))


def figure() -> Figure:
    """The eye found in the cat and in the moved cat; peaks by angle and by scale."""
    fig, axes = plt.subplots(2, 2, figsize=(4.8, 4.3), height_ratios=[1.5, 1])
    for ax, shift in zip(axes[0], [(0, 0), (35, 45)], strict=True):
        image = cat().roll(shift, (0, 1))
        peak, down, right = found(image)
        ax.imshow(image.numpy(), interpolation="none")
        place = (LEFT + right - 0.5, TOP + down - 0.5)
        ax.add_patch(Rectangle(place, WIDTH, HEIGHT, fill=False, ec="C1", lw=3))
        ax.set_title(f"moved by {down}, {right}: {peak:.2f}")
        ax.set_axis_off()
    angles, scales = [*range(-60, 61, 10)], [s / 10 for s in range(7, 14)]
    panel(axes[1, 0], angles, [turned(angle) for angle in angles])
    panel(axes[1, 1], scales, [turned(scale=scale) for scale in scales])
    axes[1, 0].set(xticks=(-60, 0, 60), xlabel="degrees turned", ylabel="best match")
    axes[1, 1].set(xticks=(0.7, 1, 1.3), xlabel="scale")
    return fig


if __name__ == "__main__":
    pictures = {"moved by 35, 45": cat().roll((35, 45), (0, 1))}
    pictures |= {f"turned by {angle}°": turned(angle) for angle in (5, 15, 30, 45, 90)}
    pictures |= {f"scaled by {scale}": turned(scale=scale) for scale in (0.7, 0.9, 1.2)}
    print(f"{'the cat is':15}  match  down  right")
    for name, picture in pictures.items():
        peak, down, right = found(picture)
        print(f"{name:15}  {peak:5.2f}  {down:4}  {right:5}")
