"""What pooling sees beyond the border: max pads with minus infinity, average with 0."""

from math import inf

import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d, max_pool2d, pad


# --8<-- [start:by_hand]
def windows(image: Tensor, border: float) -> Tensor:
    """The 3 x 3 windows of an image (1, 1, height, width) inside a border of one pixel.

    Returns (height, width, 9): one window, flattened, for each pixel.
    """
    framed = pad(image, (1, 1, 1, 1), value=border)[0, 0]
    return framed.unfold(0, 3, 1).unfold(1, 3, 1).flatten(2)


def max_by_hand(image: Tensor) -> Tensor:
    """``max_pool2d(image, 3, stride=1, padding=1)``: the border never wins."""
    return windows(image, -inf).amax(-1)


def mean_by_hand(image: Tensor, count_border: bool = True) -> Tensor:
    """``avg_pool2d(image, 3, stride=1, padding=1)``: zeros, which may count."""
    pixels = windows(torch.ones_like(image), float(count_border)).sum(-1)
    return windows(image, 0).sum(-1) / pixels


# --8<-- [end:by_hand]


def corner(image: Tensor) -> dict[str, float]:
    """The corner of each pooled image: torch's three, and a max that pads with zeros.

    >>> corner(-torch.ones(1, 1, 5, 5))["max"]
    -1.0
    """
    found = {
        "max": max_pool2d(image, 3, padding=1),
        "average": avg_pool2d(image, 3, padding=1),
        "average, border not counted": avg_pool2d(
            image, 3, padding=1, count_include_pad=False
        ),
        "max of an image padded with zeros": windows(image, 0).amax(-1)[None, None],
    }
    return {name: float(pooled[0, 0, 0, 0]) for name, pooled in found.items()}


if __name__ == "__main__":
    print("the corner of an image of                1      -1")
    bright, dark = (corner(torch.full((1, 1, 5, 5), value)) for value in (1.0, -1.0))
    for name, value in bright.items():
        print(f"{name:35} {value:6.3f} {dark[name]:7.3f}")
