"""What torch makes of a layer: its output, its sizes, its line, or the words of its refusal.

Layers compute in double precision, where no faster library takes over: in single precision
oneDNN may return an image without pixels where PyTorch's own loop refuses.
"""

import random
import re
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, conv_transpose2d, pad
from torch.utils.flop_counter import conv_flop_count

torch.set_num_threads(1)
State = dict[str, Any]
Layer = nn.Conv2d | nn.ConvTranspose2d
PIXELS = ["digits", "ones", "edge", "one pixel"]
TAPS = ["counting", "ones", "edge", "middle"]
OPTIONS = ["stride", "padding", "dilation", "groups", "bias"]


def options(state: State, names: list[str]) -> dict[str, Any]:
    """The keyword arguments of those names; a transposed layer has one more."""
    extra = ["output_padding"] if state["transposed"] else []
    return {name: state[name] for name in names + extra}


def layer(state: State, dtype: torch.dtype = torch.double) -> Layer:
    """The layer that a state means, its weights still random."""
    kind = nn.ConvTranspose2d if state["transposed"] else nn.Conv2d
    sizes = [state[name] for name in ("in_channels", "out_channels", "kernel_size")]
    return kind(*sizes, **options(state, OPTIONS)).to(dtype)


def grid(side: int) -> tuple[Tensor, Tensor, Tensor]:
    """For a square: the number of each place, a one in the middle, how far each is to the right."""
    line = torch.arange(side * side).view(side, side)
    return line, (line == (side + 1) * (side // 2)).long(), line % side


def image(state: State) -> Tensor:
    """What the input holds: (1, in_channels, size, size)."""
    size, channel = state["size"], torch.arange(state["in_channels"])[:, None, None]
    line, middle, right = grid(size)
    late = (right >= size / 2).long()
    held = {
        "digits": (line + 3 * channel) % 10,
        "ones": torch.ones(1),
        "edge": torch.where(channel % 2 == 1, late.T, late),
        "one pixel": middle,
    }[state["pixels"]]
    return held.double().expand(1, len(channel), size, size)


def fill(conv: Layer, name: str) -> None:
    """Write the small whole numbers of that name into a layer, and its bias 1, 2, 3 …"""
    first, second, side, _ = conv.weight.shape
    line, middle, right = grid(side)
    a, b = torch.arange(first).view(-1, 1, 1, 1), torch.arange(second).view(-1, 1, 1)
    edge = (right == side - 1).long() - (right == 0).long()
    held = {
        "counting": (line + 2 * a + b) % 9 + 1,
        "ones": torch.ones(1),
        "edge": torch.where(a % 2 == 1, edge.T, edge),
        "middle": middle,
    }[name]
    conv.weight.data = held.double().expand(conv.weight.shape).contiguous()
    if conv.bias is not None:
        conv.bias.data = torch.arange(1.0, conv.out_channels + 1, dtype=torch.double)


def answer(state: State) -> dict[str, Any]:
    """The answer of convolution.js where torch has one, or why torch refuses."""
    try:
        conv, pixels = layer(state), image(state)
        fill(conv, state["taps"])
        with torch.no_grad():
            output = conv(pixels)
    except (RuntimeError, ValueError) as fault:
        return {"refusal": str(fault)}
    return {
        **counts(state, conv, output),
        **pixel(state, conv, pixels, output[0]),
        "output": output.flatten().int().tolist(),
    }


def counts(state: State, conv: Layer, output: Tensor) -> dict[str, Any]:
    """What does not depend on the values."""
    image, weight = [1, 1, state["size"], state["size"]], list(conv.weight.shape)
    flops = conv_flop_count(
        image, weight, list(output.shape), transposed=state["transposed"]
    )
    return {
        "side": output.shape[-1],
        "formula": f"{formula(state)} = {output.shape[-1]}",
        "line": line(conv),
        "weights": conv.weight.numel(),
        "parameters": sum(p.numel() for p in conv.parameters()),
        "macs": flops // 2,
    }


def formula(state: State) -> str:
    """The two formulas of PyTorch's documentation, filled in."""
    if state["transposed"]:
        return (
            "({size} − 1)·{stride} − 2·{padding} + {dilation}·({kernel_size} − 1)"
            " + {output_padding} + 1"
        ).format(**state)
    return (
        "⌊({size} + 2·{padding} − {dilation}·({kernel_size} − 1) − 1) / {stride}⌋ + 1"
    ).format(**state)


def line(conv: Layer) -> str:
    """What torch prints of a layer, with pairs as one number and without the usual stride."""
    short = re.sub(r"(\w+=)\((\d+), \2\)", r"\1\2", repr(conv))
    return "nn." + short.replace("kernel_size=", "").replace(", stride=1", "")


def pixel(state: State, conv: Layer, pixels: Tensor, output: Tensor) -> dict[str, Any]:
    """The one pixel of the output that a state looks at, product by product."""
    row, column = (min(state[n], output.shape[-1] - 1) for n in ("row", "column"))
    out = min(state["out"], conv.out_channels - 1)
    deep, wide = conv.in_channels // conv.groups, conv.out_channels // conv.groups
    sources = [out // wide * deep + at for at in range(deep)]
    start = min(max(state["from"], sources[0]), sources[-1])
    place = [start, out % wide] if state["transposed"] else [out, start % deep]
    bias = 0 if conv.bias is None else int(conv.bias[out])
    return {
        "at": {"out": out, "from": start, "row": row, "column": column},
        "image": pixels[0, start].flatten().int().tolist(),
        "kernel": conv.weight[tuple(place)].flatten().int().tolist(),
        "slice": place,
        "plane": output[out].flatten().int().tolist(),
        "terms": terms(state, pixels[0, start], conv.weight[tuple(place)], row, column),
        "sources": sources,
        "sums": (alone(conv, pixels, sources)[:, out, row, column] - bias)
        .int()
        .tolist(),
        "bias": bias,
        "value": int(output[out, row, column]),
    }


@torch.no_grad()
def alone(conv: Layer, pixels: Tensor, channels: list[int]) -> Tensor:
    """The outputs when all channels of the input but one are zero, one for each."""
    only = torch.zeros(len(channels), *pixels.shape[1:], dtype=torch.double)
    for place, channel in enumerate(channels):
        only[place, channel] = pixels[0, channel]
    outputs: Tensor = conv(only)
    return outputs


def terms(
    state: State, pixels: Tensor, weight: Tensor, row: int, column: int
) -> list[dict[str, Any]]:
    """The pixels that have a gradient, each with the tap that it names and their values."""
    side, ring = state["kernel_size"], 0 if state["transposed"] else state["padding"]
    padded = pad(pixels, [ring] * 4)
    taps = torch.arange(1.0, side * side + 1, dtype=torch.double).view(1, 1, side, side)
    route = torch.ones_like(padded)[None, None].requires_grad_()
    names = options(state, ["stride", "dilation"])
    if state["transposed"]:
        reached = conv_transpose2d(route, taps, padding=state["padding"], **names)
    else:
        reached = conv2d(route, taps, **names)
    (named,) = torch.autograd.grad(reached[0, 0, row, column], route)
    values, weights = padded.int().tolist(), weight.flatten().int().tolist()
    found = [
        (int(named[0, 0, y, x]) - 1, y, x) for y, x in named[0, 0].nonzero().tolist()
    ]
    return [
        {
            "pixel": values[y][x],
            "weight": weights[tap],
            "y": y - ring,
            "x": x - ring,
            "i": tap // side,
            "j": tap % side,
            "padded": not all(0 <= at - ring < len(pixels) for at in (y, x)),
        }
        for tap, y, x in sorted(found)
    ]


def groups(draw: random.Random, state: State) -> int:
    """A number that divides both numbers of channels in four of five draws, else any."""
    if draw.random() < 0.2:
        return draw.randint(1, 8)
    channels = state["in_channels"], state["out_channels"]
    return draw.choice([g for g in range(1, 9) if not any(c % g for c in channels)])


def drawn(draw: random.Random, sizes: tuple[int, ...] = (6, 16)) -> State:
    """A random state of the explorer, with at most one of these sizes; small ones are quicker."""
    state: State = {
        "transposed": draw.random() < 0.5,
        "size": draw.randint(1, draw.choice(sizes)),
        "kernel_size": draw.randint(1, 7),
        "stride": draw.randint(1, 5),
        "padding": draw.randint(0, 6),
        "output_padding": draw.choice([0, 0, *range(7)]),
        "dilation": draw.randint(1, 4),
        "in_channels": draw.randint(1, draw.choice([3, 8])),
        "out_channels": draw.randint(1, draw.choice([3, 8])),
        "bias": draw.random() < 0.5,
        "pixels": draw.choice(PIXELS),
        "taps": draw.choice(TAPS),
        "out": draw.randint(0, 7),
        "from": draw.randint(0, 7),
        "row": draw.choice([0, 1, 2, 5, 103]),
        "column": draw.randint(0, 12),
    }
    return {**state, "groups": groups(draw, state)}


def cases(draw: random.Random) -> Iterator[tuple[str, list[Any], Any]]:
    """300 states with small images."""
    for state in (drawn(draw, sizes=(5,)) for _ in range(300)):
        yield "convolution", [state], answer(state)
