"""Which pixels reach the output of a dilated stack: torch's gradient says."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch.nn.functional import conv1d


def axis(rates: list[int], kernel: int) -> list[int]:
    """One where the gradient of the one output along an axis is not zero."""
    side = 1 + sum((kernel - 1) * rate for rate in rates)
    image = torch.ones(1, 1, side, requires_grad=True)
    output = image
    for rate in rates:
        output = conv1d(output, torch.ones(1, 1, kernel), dilation=rate)
    assert output.numel() == 1
    output.sum().backward()
    assert image.grad is not None
    return (image.grad[0, 0] != 0).int().tolist()


def coverage(rates: list[int], kernel: int) -> dict[str, Any]:
    """The answer of coverage.js, from the gradient and from the layers' weights."""
    line = torch.tensor(axis(rates, kernel))
    square = line[:, None] * line
    weights = sum(
        torch.nn.Conv2d(1, 1, kernel, bias=False).weight.numel() for _ in rates
    )
    return {
        "axis": line.tolist(),
        "read": int(square.sum()),
        "pixels": square.numel(),
        "share": int(square.sum()) / square.numel(),
        "weights": weights,
    }


def stack(draw: random.Random) -> tuple[list[int], int]:
    """The rates of up to four layers, and a kernel."""
    return [draw.randint(1, 8) for _ in range(draw.randint(1, 4))], draw.randint(2, 5)


def cases(draw: random.Random) -> Iterator[tuple[str, list[Any], Any]]:
    """200 stacks."""
    for rates, kernel in (stack(draw) for _ in range(200)):
        yield "coverage", [rates, kernel], coverage(rates, kernel)
