"""Ten kinds of shape, at random places, sizes and angles, among clutter and noise."""

from collections.abc import Callable

import torch
from torch import Generator, Tensor

ANGLE = 0.6  # radians between the outermost turns
Region = Callable[[Tensor, Tensor], Tensor]


def disc(x: Tensor, y: Tensor, radius: float = 0.8) -> Tensor:
    """Distance from a disc's edge, negative inside, for any shape of ``x`` and ``y``.

    >>> disc(torch.tensor([0.0, 1.8]), torch.zeros(2))
    tensor([-0.8000,  1.0000])
    """
    return (x.square() + y.square()).sqrt() - radius


def box(x: Tensor, y: Tensor, width: float = 0.7, height: float = 0.7) -> Tensor:
    """As `disc`, for a rectangle of twice this width and height."""
    return torch.maximum(x.abs() - width, y.abs() - height)


def polygon(sides: int, inner: float) -> Region:
    """As `disc`, for a regular polygon whose sides are ``inner`` from its middle."""
    angles = torch.arange(sides) * (2 * torch.pi / sides)

    def region(x: Tensor, y: Tensor) -> Tensor:
        sides = [x * a.cos() + y * a.sin() for a in angles]
        return torch.stack(sides).amax(0) - inner

    return region


def ring(x: Tensor, y: Tensor) -> Tensor:
    """As `disc`, for a disc with a hole."""
    return disc(x, y, 0.65).abs() - 0.2


def ellipse(x: Tensor, y: Tensor) -> Tensor:
    """As `disc`, for an ellipse; exact on its edge alone."""
    return disc(x, 1.7 * y, 0.95) / 1.35


def cross(x: Tensor, y: Tensor) -> Tensor:
    """As `disc`, for two bars at right angles."""
    return torch.minimum(box(x, y, 0.9, 0.27), box(x, y, 0.27, 0.9))


def star(x: Tensor, y: Tensor) -> Tensor:
    """As `disc`, for five soft points; exact on its edge alone."""
    return disc(x, y, 0.0) - 0.68 - 0.27 * torch.cos(5 * torch.atan2(y, x))


def crescent(x: Tensor, y: Tensor) -> Tensor:
    """As `disc`, for a disc that another disc has bitten."""
    return torch.maximum(disc(x, y, 0.9), -disc(x - 0.45, y, 0.7))


KINDS: dict[str, Region] = {
    "disc": disc,
    "ring": ring,
    "ellipse": ellipse,
    "square": box,
    "bar": lambda x, y: box(x, y, 0.95, 0.4),
    "triangle": polygon(3, 0.48),
    "pentagon": polygon(5, 0.7),
    "cross": cross,
    "star": star,
    "crescent": crescent,
}


def uniform(low: float, high: float, images: int, random: Generator) -> Tensor:
    """A number for each image, (images, 1, 1)."""
    return low + (high - low) * torch.rand(images, 1, 1, generator=random)


def turned(
    images: int,
    side: int,
    radius: tuple[float, float],
    random: Generator,
    angle: float = 2 * torch.pi,
) -> tuple[Tensor, Tensor, Tensor]:
    """Each pixel in the frame of its image's shape: two (images, side, side), a radius.

    The shape has radius 1 there, and is turned by up to half the angle to either side;
    its middle keeps a radius away from the border.
    """
    size = uniform(*radius, images, random) * side
    room = side / 2 - size
    place = [uniform(-1, 1, images, random) * room for _ in range(2)]
    grid = torch.arange(side) - (side - 1) / 2
    x, y = grid[None, None] - place[0], grid[None, :, None] - place[1]
    turn = uniform(-angle / 2, angle / 2, images, random)
    across = (x * turn.cos() + y * turn.sin()) / size
    return across, (y * turn.cos() - x * turn.sin()) / size, size


def cover(distance: Tensor, size: Tensor) -> Tensor:
    """How much of each pixel is inside, 0 to 1, of distances in units of ``size``."""
    return (0.5 - distance * size).clamp(0, 1)


def regions(labels: Tensor, side: int, random: Generator) -> Tensor:
    """How much of each pixel the shape covers, (images, side, side), kind by label."""
    x, y, size = turned(len(labels), side, (0.28, 0.42), random, ANGLE)
    found = torch.empty_like(x)
    for label, kind in enumerate(KINDS.values()):
        own = labels == label
        found[own] = cover(kind(x[own], y[own]), size[own])
    return found


def clutter(images: int, side: int, random: Generator) -> Tensor:
    """A slope of grey and a small disc on each image, (images, side, side)."""
    x, y, size = turned(images, side, (0.5, 0.5), random)
    slope = uniform(-0.3, 0.3, images, random) * x
    x, y, size = turned(images, side, (0.06, 0.12), random)
    return slope + uniform(-1, 1, images, random) * cover(disc(x, y, 1), size)


def pictures(covers: Tensor, noise: float, random: Generator) -> Tensor:
    """Images (images, 1, side, side): covers on clutter, below a bar and noise."""
    images, side = covers.shape[:2]
    shown = clutter(images, side, random)
    shown = shown + covers * uniform(0.7, 1.3, images, random)
    x, y, size = turned(images, side, (0.3, 0.3), random)
    bar = cover(box(x, y, 0.5, 0.12), size)
    shown = shown * (1 - bar) + bar * uniform(-1, 1, images, random)
    grain = torch.randn(images, side, side, generator=random)
    return (shown + noise * grain)[:, None]


def drawn(
    images: int, side: int, noise: float, random: Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Images (images, 1, side, side), labels (images,), and masks (images, side, side).

    A mask holds 0 for the ground and the label plus one for the shape.
    """
    labels = torch.randint(len(KINDS), (images,), generator=random)
    covers = regions(labels, side, random)
    masks = (covers > 0.5).long() * (labels + 1)[:, None, None]
    return pictures(covers, noise, random), labels, masks
