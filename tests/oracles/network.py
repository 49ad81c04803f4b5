"""What torch answers where the small digit networks run by hand, in float64."""

import json
import random
from collections.abc import Iterator
from functools import cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from snippets.digit_net import KINDS, WEIGHTS, net, packed, placed

Weights = list[Tensor]
BLUR = torch.tensor([1.0, 2, 1], dtype=torch.float64) / 4


def maps(x: Tensor) -> dict[str, Any]:
    """Maps (1, n, side, side) as network.js writes them; no zero is negative."""
    return {
        "maps": x.shape[1],
        "side": x.shape[2],
        "values": (x.flatten() + 0.0).tolist(),
    }


def weight(w: Tensor) -> dict[str, Any]:
    """A weight as network.js writes it."""
    return {"shape": list(w.shape), "values": w.flatten().tolist()}


def blurred(x: Tensor) -> Tensor:
    """Weights 1, 2, 1 both ways, zeros around, every second output."""
    kernel = (BLUR[:, None] * BLUR).to(x.dtype).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(x, kernel, stride=2, padding=1, groups=x.shape[1])


def between(kind: str, x: Tensor) -> list[tuple[str, Tensor]]:
    """What lies between two convolutions, with its name."""
    if kind == "no stride":
        return []
    if kind == "blur":
        return [("max, then blur", blurred(F.max_pool2d(x, 2, 1)))]
    return [("max-pool", F.max_pool2d(x, 2))]


def run(kind: str, weights: Weights, canvas: Tensor) -> dict[str, Any]:
    """Layers and scores of one canvas (1, 1, side, side)."""
    layers = [("input", canvas)]
    for kernel in weights[:2]:
        x = F.conv2d(layers[-1][1], kernel, padding=kernel.shape[2] // 2).relu()
        layers += [("convolution, ReLU", x), *between(kind, x)]
    if kind != "flatten":
        layers.append(("global max", layers[-1][1].amax((2, 3), keepdim=True)))
    scores = F.linear(layers[-1][1].flatten(), weights[2], weights[3])
    told = [{"name": name, **maps(x)} for name, x in layers]
    return {"layers": told, "scores": scores.tolist()}


@cache
def shipped() -> tuple[Tensor, dict[str, nn.Sequential]]:
    """The digits (10, 40, 8, 8) from 0 to 1 and the networks in the file, float32."""
    file = WEIGHTS.read_bytes()
    start = 4 + int.from_bytes(file[:4], "little")
    header = json.loads(file[4:start])
    size = torch.Size(header["digits"])
    middle = start + size.numel()
    pixels = torch.frombuffer(bytearray(file[start:middle]), dtype=torch.uint8)
    flat = torch.frombuffer(bytearray(file[middle:]), dtype=torch.bfloat16).float()
    networks, at = {}, 0
    for kind, shapes in header["networks"].items():
        networks[kind] = net(kind)
        for parameter, shape in zip(networks[kind].parameters(), shapes, strict=True):
            assert list(parameter.shape) == shape
            parameter.data = flat[at : at + parameter.numel()].view(shape)
            at += parameter.numel()
    assert at == flat.numel()
    return pixels.view(size) / 16, networks


@cache
def doubled(kind: str) -> nn.Sequential:
    """A network of the file in float64."""
    network = net(kind).double()
    network.load_state_dict(shipped()[1][kind].state_dict())
    return network


def scores(network: nn.Module, images: Tensor, right: int, down: int) -> Tensor:
    """The scores (n, 10) of digits (n, 8, 8) moved by this much."""
    with torch.no_grad():
        answer: Tensor = network(placed(images[:, None], right, down))
    return answer


def some(draw: random.Random, *shape: int) -> Tensor:
    """Normal values, and a zero in every third place or so."""
    size = torch.Size(shape).numel()
    values = [draw.gauss(0, 1) if draw.random() > 0.3 else 0 for _ in range(size)]
    return torch.tensor(values, dtype=torch.float64).view(shape)


def layers(draw: random.Random) -> Iterator[tuple[str, list[Any], Any]]:
    """One call of each layer."""
    side, n, more = draw.randint(2, 7), draw.randint(1, 3), draw.randint(1, 4)
    x, kernel = some(draw, 1, n, side, side), draw.choice([1, 3, 3, 5])
    w, stride = some(draw, more, n, kernel, kernel), draw.randint(1, 2)
    y = F.conv2d(x, w, padding=kernel // 2)
    yield "convolution", [maps(x), weight(w)], maps(y)
    yield "relu", [maps(x)], maps(x.relu())
    yield "maximum", [maps(x), stride], maps(F.max_pool2d(x, 2, stride))
    yield "blurred", [maps(x)], maps(blurred(x))
    yield "largest", [maps(x)], maps(x.amax((2, 3), keepdim=True))
    line, bias = some(draw, more, x.numel()), some(draw, more)
    wanted = F.linear(x.flatten(), line, bias).tolist()
    yield "linear", [maps(x), weight(line), weight(bias)], wanted
    row = some(draw, draw.randint(2, 10)) * 3
    yield "shares", [row.tolist()], row.softmax(0).tolist()
    yield "answer", [row.tolist()], int(row.argmax())


def whole(draw: random.Random, kind: str) -> Iterator[tuple[str, list[Any], Any]]:
    """A network with random weights: one canvas, and the answers at each shift."""
    side, a, b = draw.choice([10, 12]), draw.randint(1, 3), draw.randint(1, 4)
    last = {"flatten": b * (side // 4) ** 2}.get(kind, b)
    shapes = [(a, 1, 3, 3), (b, a, 3, 3), (10, last), (10,)]
    weights = [some(draw, *shape) for shape in shapes]
    told, digit = [weight(w) for w in weights], some(draw, 8, 8).abs()
    edge = (side - 8) // 2

    def moved(right: int, down: int) -> Tensor:
        around = (edge + right, edge - right, edge + down, edge - down)
        return F.pad(digit, around)[None, None]

    right, down = draw.randint(-edge, edge), draw.randint(-edge, edge)
    canvas, pixels = moved(right, down), digit.flatten().tolist()
    yield "placed", [pixels, side, right, down], maps(canvas)
    yield "run", [kind, told, maps(canvas)], run(kind, weights, canvas)
    steps = range(-edge, edge + 1)
    asked = [moved(x, y) for y in steps for x in steps]
    said = [torch.tensor(run(kind, weights, x)["scores"]).argmax() for x in asked]
    yield "answers", [kind, told, pixels, side, edge], [int(one) for one in said]


def files(draw: random.Random) -> tuple[str, list[Any], Any]:
    """A file of few digits and one small network."""
    digits = some(draw, 2, draw.randint(1, 3), 8, 8).abs().clamp(max=1)
    conv = nn.Conv2d(1, draw.randint(1, 3), 3)
    conv.weight.data = some(draw, *conv.weight.shape).bfloat16().float()
    conv.bias = None
    file = packed(digits, {"one": nn.Sequential(conv)})
    wanted = {
        "examples": digits.shape[1],
        "pixels": (digits * 16).byte().flatten().tolist(),
        "networks": {"one": [weight(conv.weight.detach() + 0.0)]},
    }
    return "unpacked", [list(file)], wanted


def cases(draw: random.Random) -> Iterator[tuple[str, list[Any], Any]]:
    """Each layer 30 times, each network 5 times, 5 files, scores of which e has no power.

    And an image of zeros, for which no weight is read: there is none.
    """
    black = maps(torch.zeros(1, 1, 3, 3))
    yield "convolution", [black, {"shape": [1, 1, 3, 3], "values": []}], black
    large = [1000.0, 999.0, 0.0]
    yield (
        "shares",
        [large],
        torch.tensor(large, dtype=torch.float64).softmax(0).tolist(),
    )
    for _ in range(30):
        yield from layers(draw)
    for kind in KINDS * 5:
        yield from whole(draw, kind)
    for _ in range(5):
        yield files(draw)
