"""Handwritten digits of 8 x 8 pixels, put at random places into the same clutter."""

import torch
from sklearn.datasets import load_digits
from torch import Generator, Tensor
from torch.nn.functional import grid_sample

from snippets.bag.shapes import ANGLE, pictures, turned

LEARNT = 1200


def halves(random: Generator) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """1,200 digits (1200, 1, 8, 8) and labels to learn from; the other 597 to ask."""
    pixels, labels = (torch.tensor(x) for x in load_digits(return_X_y=True))
    order = torch.randperm(len(labels), generator=random)
    digits, labels = pixels[order].float().view(-1, 1, 8, 8) / 16, labels[order]
    learnt = digits[:LEARNT], labels[:LEARNT]
    return learnt, (digits[LEARNT:], labels[LEARNT:])


def placed(
    written: tuple[Tensor, Tensor],
    images: int,
    side: int,
    noise: float,
    random: Generator,
) -> tuple[Tensor, Tensor]:
    """Images (images, 1, side, side) of digits drawn from these, and labels"""
    digits, labels = written
    chosen = torch.randint(len(labels), (images,), generator=random)
    x, y, _ = turned(images, side, (0.34, 0.44), random, ANGLE)
    grid = torch.stack([x, y], -1)
    covers = grid_sample(digits[chosen], grid, align_corners=False)[:, 0]
    return pictures(covers, noise, random), labels[chosen]
