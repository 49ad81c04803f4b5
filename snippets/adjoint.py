"""The transposed convolution is the adjoint of the convolution, not its inverse."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d, conv_transpose2d

BOX = torch.full((1, 1, 3, 3), 1 / 9, dtype=torch.float64)


# --8<-- [start:back]
def back(
    maps: Tensor, weight: Tensor, size: int, options: tuple[int, int, int] = (1, 0, 1)
) -> Tensor:
    """The adjoint of ``conv2d(image, weight, None, *options)``.

    Takes maps (batch, out, height, width), the same weight, the side of the square
    image, and stride, padding and dilation; returns the shape of the image. Maps that
    such an image does not give are a `ValueError`.
    """
    stride, padding, dilation = options
    room = size + 2 * padding - dilation * (weight.shape[-1] - 1) - 1
    if set(maps.shape[-2:]) != {room // stride + 1}:
        raise ValueError(
            f"size {size} gives maps of {room // stride + 1} pixels a side"
        )
    rest = room % stride  # pixels that no window reaches
    return conv_transpose2d(maps, weight, None, stride, padding, rest, 1, dilation)


# --8<-- [end:back]


def ring(size: int = 33) -> Tensor:
    """A bright ring on black: a picture (1, 1, size, size)."""
    place = torch.linspace(-1, 1, size)
    radius = torch.hypot(place[:, None], place[None, :])
    return ((radius - 0.6).abs() < 0.2).double()[None, None]


# --8<-- [start:lost]
def lost(image: Tensor, other: Tensor) -> float:
    """Share of the energy of an image that no multiple of the other one explains.

    >>> lost(ring(), 5 * ring())
    0.0
    """
    match = (image * other).sum() ** 2 / (image**2).sum() / (other**2).sum()
    return round(1 - match.item(), 10)


# --8<-- [end:lost]


def figure() -> Figure:
    """A ring, its convolution with stride 2, and the transposed convolution of that."""
    small = conv2d(ring(), BOX, stride=2)
    planes = {
        "image": ring(),
        "convolved": small,
        "and transposed": back(small, BOX, 33, (2, 0, 1)),
    }
    fig, axes = plt.subplots(1, 3, figsize=(4.8, 1.9))
    for ax, (title, plane) in zip(axes, planes.items(), strict=True):
        ax.imshow(plane[0, 0].numpy())
        ax.set(title=f"{title}\n{plane.shape[-2]} × {plane.shape[-1]}")
        ax.set_axis_off()
    return fig


if __name__ == "__main__":
    torch.manual_seed(0)
    weight = torch.randn(4, 3, 3, 3, dtype=torch.float64)  # (out, in) and (in, out)
    x = torch.randn(1, 3, 10, 10, dtype=torch.float64)
    for options in [(1, 0, 1), (2, 1, 1), (3, 2, 2)]:
        ax = conv2d(x, weight, None, *options)
        y = torch.randn_like(ax)
        print("stride {}, padding {}, dilation {}:".format(*options), end=" ")
        print(f"<Ax, y> = {(ax * y).sum():.4f}", end="  ")
        print(f"<x, A'y> = {(x * back(y, weight, 10, options)).sum():.4f}")
    for stride in (1, 2, 3):
        again = back(conv2d(ring(), BOX, stride=stride), BOX, 33, (stride, 0, 1))
        print(f"stride {stride}: there and back loses {lost(ring(), again):.0%}")
