"""Padding and correlation as torch does them."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import conv2d, pad

BORDERS = ["zeros", "reflect", "replicate", "circular"]
Case = tuple[str, list[Any], Any]


def plane(values: Tensor) -> dict[str, Any]:
    """A matrix as filtering.js writes it."""
    height, width = values.shape
    return {"width": width, "height": height, "values": values.flatten().tolist()}


def padded(values: Tensor, before: int, after: int, border: str) -> Tensor:
    """The matrix with a margin."""
    mode = "constant" if border == "zeros" else border
    return pad(values[None, None], (before, after) * 2, mode=mode)[0, 0]


def correlate(values: Tensor, kernel: Tensor, stride: int, dilation: int) -> Tensor:
    """The correlation of two matrices."""
    return conv2d(
        values[None, None], kernel[None, None], stride=stride, dilation=dilation
    )[0, 0]


def answer(function: Any, *arguments: Any) -> Any:
    """A plane, or the first line of what torch says in refusing."""
    try:
        return plane(function(*arguments))
    except RuntimeError as fault:
        return {"refusal": str(fault).splitlines()[0]}


def numbers(draw: random.Random, height: int, width: int) -> Tensor:
    """Whole numbers from -9 to 9, as float64."""
    rows = [[draw.randint(-9, 9) for _ in range(width)] for _ in range(height)]
    return torch.tensor(rows, dtype=torch.float64)


def paddings(draw: random.Random) -> Iterator[Case]:
    """Every border on small planes, margins up to one too many."""
    for border, before, after in itertools.product(BORDERS, range(5), range(5)):
        values = numbers(draw, draw.randint(2, 5), draw.randint(2, 5))
        given = [plane(values), before, after, border]
        yield "padded", given, answer(padded, values, before, after, border)


def correlations(draw: random.Random) -> Iterator[Case]:
    """Kernels of 1 to 4 rows and columns, some larger than their plane."""
    for _ in range(150):
        values = numbers(draw, draw.randint(2, 9), draw.randint(2, 9))
        kernel = numbers(draw, draw.randint(1, 4), draw.randint(1, 4))
        steps = [draw.randint(1, 3), draw.randint(1, 3)]
        given = [plane(values), kernel.tolist(), *steps]
        yield "correlate", given, answer(correlate, values, kernel, *steps)
    plain = [[1, 2], [3, 4]]
    kernel = torch.tensor(plain, dtype=torch.float64)
    yield "correlate", [plane(values), plain], answer(correlate, values, kernel, 1, 1)


def cases(draw: random.Random) -> Iterator[Case]:
    """Both functions."""
    yield from paddings(draw)
    yield from correlations(draw)
