"""The drawn images, drawn again: in double precision, by complex numbers, one by one.

The numbers that place and shade a shape are drawn in the order of the program, so that both
can be compared pixel by pixel. Stored results hang on every one of them.
"""

import cmath
from math import pi

import numpy as np
import pytest
import torch

from snippets.bag.scales import stream
from snippets.bag.shapes import ANGLE, KINDS, clutter, cover, drawn, turned

FIFTH, THIRD = cmath.exp(-2j * pi / 5), cmath.exp(-2j * pi / 3)


def wedge(z, turn, sides, inner):
    """Distance from the sides of a polygon, by turning the plane from side to side."""
    return np.max([(z * turn**n).real for n in range(sides)], 0) - inner


def slab(z, width, height):
    return np.maximum(abs(z.real) - width, abs(z.imag) - height)


SHOWN = {
    "disc": lambda z: abs(z) - 0.8,
    "ring": lambda z: np.maximum(abs(z) - 0.85, 0.45 - abs(z)),
    "ellipse": lambda z: (abs(z.real + 1.7j * z.imag) - 0.95) / 1.35,
    "square": lambda z: slab(z, 0.7, 0.7),
    "bar": lambda z: slab(z, 0.95, 0.4),
    "triangle": lambda z: wedge(z, THIRD, 3, 0.48),
    "pentagon": lambda z: wedge(z, FIFTH, 5, 0.7),
    "cross": lambda z: np.minimum(slab(z, 0.9, 0.27), slab(z * 1j, 0.9, 0.27)),
    "star": lambda z: abs(z) - 0.68 - 0.27 * ((z / abs(z)) ** 5).real,
    "crescent": lambda z: np.maximum(abs(z) - 0.9, 0.7 - abs(z - 0.45)),
}


class Again:
    """Draws the images of a stream again."""

    def __init__(self, random, images, side):
        self.random, self.images, self.side = random, images, side

    def between(self, low, high):
        """A number for each image."""
        own = torch.rand(self.images, generator=self.random).double().numpy()
        return (low + (high - low) * own)[:, None, None]

    def frames(self, low, high, angle=2 * pi):
        """Each pixel as a complex number in the frame of a shape, and the shape's radius."""
        radius = self.side * self.between(low, high)
        middle = (self.between(-1, 1) + 1j * self.between(-1, 1)) * (
            self.side / 2 - radius
        )
        pixels = np.arange(self.side) + 0.5 - self.side / 2
        plane = pixels[None, None] + 1j * pixels[None, :, None] - middle
        return plane * np.exp(
            -1j * self.between(-angle / 2, angle / 2)
        ) / radius, radius

    def clutter(self):
        """A slope and a disc."""
        z, _ = self.frames(0.5, 0.5)
        slope = self.between(-0.3, 0.3) * z.real
        z, radius = self.frames(0.06, 0.12)
        return slope + self.between(-1, 1) * inside(abs(z) - 1, radius)

    def pictures(self, covers, noise):
        """Covers on clutter, below a bar, and noise."""
        shown = self.clutter()
        shown += self.between(0.7, 1.3) * covers
        z, radius = self.frames(0.3, 0.3)
        bar = inside(slab(z, 0.5, 0.12), radius)
        shown = (1 - bar) * shown + bar * self.between(-1, 1)
        size = (self.images, self.side, self.side)
        return shown + noise * torch.randn(size, generator=self.random).double().numpy()


def inside(distance, radius):
    """What is covered of a pixel: half of it where the edge goes through its middle."""
    return np.clip(0.5 - distance * radius, 0, 1)


def test_ten_kinds_are_drawn_as_their_formulas_say():
    labels = torch.randint(10, (60,), generator=stream("again"))
    images, told, masks = drawn(60, 24, 0.1, stream("again"))
    assert list(KINDS) == list(SHOWN)
    assert torch.equal(told, labels)
    assert set(labels.tolist()) == set(range(10))
    random = stream("again")
    torch.randint(10, (60,), generator=random)
    again = Again(random, 60, 24)
    z, radius = again.frames(0.28, 0.42, ANGLE)
    kinds = list(SHOWN.values())
    covers = np.stack([
        inside(kinds[label](z[n]), radius[n]) for n, label in enumerate(labels)
    ])  # fmt: skip
    edge = abs(covers - 0.5) < 1e-4  # rounding decides
    wanted = np.where(covers > 0.5, labels.numpy()[:, None, None] + 1, 0)
    assert edge.sum() < 5
    assert ((masks.numpy() == wanted) | edge).all()
    shown = again.pictures(covers, 0.1)
    assert np.allclose(images[:, 0], shown, atol=1e-4)


def test_a_shape_is_turned_by_three_tenths_at_most_and_clutter_by_anything():
    assert ANGLE == 0.6
    random, side = stream("turned"), 8
    x, y, _ = turned(2000, side, (0.3, 0.3), random, ANGLE)
    step = torch.complex(x[:, 0, 1] - x[:, 0, 0], y[:, 0, 1] - y[:, 0, 0])
    assert 0.295 < step.angle().abs().max() < 0.3001
    x, y, _ = turned(2000, side, (0.3, 0.3), random)
    step = torch.complex(x[:, 0, 1] - x[:, 0, 0], y[:, 0, 1] - y[:, 0, 0])
    assert 3.1 < step.angle().abs().max() < 3.1416


def test_no_shape_reaches_over_the_border():
    x, y, size = turned(500, 20, (0.1, 0.4), stream("inside"))
    assert 2 < size.min() < 2.1
    assert 7.9 < size.max() < 8
    border = torch.ones(20, 20, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    nearest = (torch.hypot(x, y) * size)[:, border].amin(1)
    assert (nearest > size.flatten() - 0.501).all()  # middles of pixels lie half inside


def test_a_pixel_is_covered_by_its_half_where_the_edge_goes_through_it():
    distance = torch.tensor([-1.0, -0.1, 0.0, 0.05, 1.0])
    assert cover(distance, torch.tensor(4.0)).tolist() == pytest.approx(
        [1, 0.9, 0.5, 0.3, 0]
    )


def test_clutter_is_a_slope_of_grey_and_a_small_disc():
    again = Again(stream("clutter"), 30, 24)
    found = clutter(30, 24, stream("clutter")).numpy()
    assert np.allclose(found, again.clutter(), atol=1e-4)
