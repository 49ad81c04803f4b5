"""The data sets by name: images and targets to learn from, others to be asked about."""

from pathlib import Path

import torch
from torch import Generator, Tensor

from snippets.bag import cifar, digits
from snippets.bag.scales import Scale, stream
from snippets.bag.shapes import drawn

Half = tuple[Tensor, Tensor]
DATA = ("shapes", "digits", "masks", "cifar10")


def halves(
    data: str, scale: Scale, seed: int, folder: Path | None = None
) -> list[Half]:
    """Two pairs of images (images, channels, side, side) and targets, by the seed.

    Targets are labels (images,); for ``masks``, (images, side, side).
    """
    learnt = scale.masks if data == "masks" else scale.images
    sizes, random = (learnt, scale.asked), stream(data, seed)
    if data in ("shapes", "masks"):
        made = [drawn(n, scale.side, scale.noise, random) for n in sizes]
        return [(x, y if data == "shapes" else mask) for x, y, mask in made]
    if data == "digits":
        each = zip(digits.halves(random), sizes, strict=True)
        return [digits.placed(w, n, scale.side, scale.noise, random) for w, n in each]
    if data == "cifar10" and folder:
        published = zip(cifar.read(folder), sizes, strict=True)
        return [_some(half, images, random) for half, images in published]
    raise ValueError(
        f"data must be one of {', '.join(DATA)} with a folder, not {data!r}"
    )


def _some(half: Half, images: int, random: Generator) -> Half:
    chosen = torch.randperm(len(half[0]), generator=random)[:images]
    return half[0][chosen], half[1][chosen]
