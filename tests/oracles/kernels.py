"""The response of a grey picture to a kernel, by torch and by the definition of a tap."""

import random
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import torch
from torch import Tensor

from tests.oracles.filtering import BORDERS, Case, correlate, numbers, padded, plane

DIVISORS = ["nothing", "sum of weights", "sum of absolute weights"]
EDGES = ["none", *BORDERS]
LARGEST = 999
KERNELS = {
    "identity": "0,0,0;0,1,0;0,0,0",
    "box blur": "1,1,1;1,1,1;1,1,1",
    "Gaussian": "1,2,1;2,4,2;1,2,1",
    "sharpen": "0,-1,0;-1,5,-1;0,-1,0",
    "Sobel, columns": "-1,0,1;-2,0,2;-1,0,1",
    "Sobel, rows": "-1,-2,-1;0,0,0;1,2,1",
    "Laplacian": "0,1,0;1,-4,1;0,1,0",
    "emboss": "-2,-1,0;-1,1,1;0,1,2",
    "one pixel aside": "0,0,0;1,0,0;0,0,0",
}
State = dict[str, Any]


def told(value: float) -> str:
    """The number with at most three places, halves away from zero, and a true minus."""
    places = Decimal(value).quantize(Decimal("0.001"), ROUND_HALF_UP)
    text = f"{places:,.3f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", "−")


def plain(weight: float) -> str:
    """A weight as JavaScript writes it."""
    return str(int(weight)) if weight == int(weight) else str(weight)


def written(kernel: Tensor) -> str:
    """The text of a kernel."""
    return ";".join(",".join(plain(w) for w in row) for row in kernel.tolist())


def read(text: str) -> Tensor:
    """The kernel of a text."""
    rows = [[float(w) for w in row.split(",")] for row in text.split(";")]
    return torch.tensor(rows, dtype=torch.float64)


def divisor(kernel: Tensor, divide: str) -> float:
    """What the products are divided by; weights are exact in thousandths."""
    thousandths = (kernel * 1000).round().long()
    sums = [1000, int(thousandths.sum()), int(thousandths.abs().sum())]
    return sums[DIVISORS.index(divide)] / 1000


def nearest(pixel: int, first: int, stride: int, count: int) -> int:
    """The first of the windows beyond which no centre is nearer; of two, the later."""
    return min(range(count), key=lambda n: (abs(first + n * stride - pixel), -n))


def response(picture: Tensor, given: Tensor, how: State) -> dict[str, Any]:
    """The answer of kernels.js, or its refusal."""
    kernel = given.flip(0, 1) if how["turn"] else given
    by = divisor(kernel, how["divide"])
    if by == 0:
        return {"refusal": "The weights sum to 0, and nothing is divided by that."}
    stride, dilation = how["stride"], how["dilation"]
    reach = dilation * (len(kernel) - 1) // 2
    margin = 0 if how["border"] == "none" else reach
    border = "zeros" if how["border"] == "none" else how["border"]
    try:
        wide = padded(picture, margin, margin, border)
        values = correlate(wide, kernel, stride, dilation) / by
    except RuntimeError as fault:
        return {"refusal": str(fault).splitlines()[0]}
    first = reach - margin
    row, column = (
        nearest(how[name] - 1, first, stride, count)
        for name, count in zip(("row", "column"), values.shape, strict=True)
    )
    return {
        **plane(values),
        "lowest": values.min().item(),
        "highest": values.max().item(),
        "by": by,
        "row": row + 1,
        "column": column + 1,
        "first": first,
        "taps": taps(wide, kernel, (row * stride, column * stride), dilation, margin),
        "sum": values[row, column].item() * by,
    }


def taps(
    wide: Tensor, kernel: Tensor, at: tuple[int, int], dilation: int, margin: int
) -> list[dict[str, float]]:
    """Each weight of the window at a corner of the padded picture, with its pixel."""
    span = dilation * (len(kernel) - 1) + 1
    window = wide[at[0] : at[0] + span : dilation, at[1] : at[1] + span : dilation]
    return [
        {
            "x": at[1] + right * dilation - margin,
            "y": at[0] + down * dilation - margin,
            "weight": kernel[down, right].item(),
            "pixel": window[down, right].item(),
            "product": (kernel * window)[down, right].item(),
        }
        for down in range(len(kernel))
        for right in range(len(kernel))
    ]


def drawn(draw: random.Random) -> Tensor:
    """A named kernel, or one of whole numbers, or one of thousandths."""
    if draw.random() < 0.3:
        return read(draw.choice(list(KERNELS.values())))
    side = draw.choice([3, 5, 7])
    if draw.random() < 0.7:
        return numbers(draw, side, side)
    rows = [
        [draw.randint(-999_000, 999_000) / 1000 for _ in range(side)]
        for _ in range(side)
    ]
    return torch.tensor(rows, dtype=torch.float64)


def setting(draw: random.Random, rows: int = 100) -> State:
    """How to apply it: every choice."""
    return {
        "turn": draw.random() < 0.5,
        "divide": draw.choice(DIVISORS),
        "border": draw.choice(EDGES),
        "stride": draw.randint(1, 4),
        "dilation": draw.randint(1, 4),
        "row": draw.randint(1, rows),
        "column": draw.randint(1, rows),
    }


def cases(draw: random.Random) -> Iterator[Case]:
    """Small pictures under every setting, the small functions, and what is offered."""
    yield "KERNELS", [], KERNELS
    yield "DIVISORS", [], DIVISORS
    yield "EDGES", [], EDGES
    for _ in range(250):
        sides = draw.randint(3, 12), draw.randint(3, 12)
        picture = numbers(draw, *sides)
        if draw.random() < 0.3:
            picture = picture.abs()
        kernel, how = drawn(draw), setting(draw, 14)
        if draw.random() < 0.5:
            how["dilation"] = 1
        given = [plane(picture), kernel.tolist(), how]
        yield "response", given, response(picture, kernel, how)
    yield from texts(draw)


def texts(draw: random.Random) -> Iterator[Case]:
    """Kernels to text and back, other sides, weights that a cell may hold, numbers told."""
    for text in KERNELS.values():
        yield "read", [text], read(text).tolist()
    for _ in range(30):
        kernel, side = drawn(draw), draw.choice([3, 5, 7])
        yield "written", [kernel.tolist()], written(kernel)
        yield "read", [written(kernel)], kernel.tolist()
        out = (side - len(kernel)) // 2
        framed = torch.nn.functional.pad(kernel, (out,) * 4)
        yield "resized", [kernel.tolist(), side], framed.tolist()
    written_as: list[tuple[float, float]] = [
        (5, 5),
        (-1e9, -LARGEST),
        (1e9, LARGEST),
        (999.4, LARGEST),
        (0.0004, 0),
        (-0.0004, 0),
        (0.0016, 0.002),
        (-998.9996, -LARGEST),
        (-0.25, -0.25),
    ]
    for weight, admitted in written_as:
        yield "admitted", [weight], admitted
    for value in [0, 0.5, -0.25, 1 / 16, -0.0004, 12345.6789, -1e6, 1 / 3, -2 / 3]:
        yield "told", [value], told(value)
