"""What a stack of layers sees and costs: torch runs it, and its gradient says what is read."""

import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv1d, conv_transpose1d, pad

Layer = dict[str, Any]
FURTHEST = 4000  # pixels of the largest field that is asked for


def module(layer: Layer, channels: int, device: str = "meta") -> nn.Module:
    """The layer of PyTorch that a layer of the text means, on so many channels."""
    sides: Any = {key: tuple(layer[key]) for key in ("stride", "padding")}
    dilation, kernel = _pair(layer["dilation"]), _pair(layer["kernel"])
    into, ceil = layer["into"] or channels, layer["ceil"]
    if layer["name"] == "Conv2d":
        more = {"groups": layer["groups"], "bias": layer["bias"], "device": device}
        out = layer["channels"] or channels
        return nn.Conv2d(into, out, kernel, **sides, dilation=dilation, **more)
    if layer["name"] == "MaxPool2d":
        return nn.MaxPool2d(kernel, **sides, dilation=dilation, ceil_mode=ceil)
    if layer["name"] == "AvgPool2d":
        return nn.AvgPool2d(kernel, **sides, ceil_mode=ceil)
    if layer["name"] == "BatchNorm2d":
        more = {"affine": layer["each"] > 0, "bias": layer["each"] > 1}
        return nn.BatchNorm2d(into, **more, device=device).eval()
    plain: type[nn.Module] = getattr(nn, layer["name"])
    return plain()


def _pair(values: list[int]) -> tuple[int, int]:
    first, second = values
    return first, second


def applied(layer: Layer, maps: Tensor) -> tuple[nn.Module, Tensor]:
    """The layer and its output; what torch complains about is complained about on a CPU."""
    made = module(layer, maps.shape[1])
    try:
        return made, made(maps)
    except RuntimeError:
        return made, module(layer, maps.shape[1], "cpu")(torch.zeros(maps.shape))


def run(layers: list[Layer], side: int) -> list[dict[str, Any]]:
    """Shape, parameters and multiplications of the image and of each layer, as torch has them."""
    first = next((x for x in layers if x["into"] or x["name"] == "Conv2d"), None)
    maps = torch.zeros(1, (first and first["into"]) or 3, side, side, device="meta")
    found = [
        {"channels": maps.shape[1], "size": [side, side], "parameters": 0, "macs": 0}
    ]
    for line, layer in enumerate(layers, 1):
        try:
            made, maps = applied(layer, maps)
        except (RuntimeError, ValueError) as error:
            raise ValueError(f"line {line}: {error}") from error
        taps = made.weight[0].numel() if isinstance(made, nn.Conv2d) else 0
        found.append(
            {
                "channels": maps.shape[1],
                "size": list(maps.shape[2:]),
                "parameters": sum(p.numel() for p in made.parameters()),
                "macs": maps.numel() * taps,
            }
        )
    return found


def shares(layers: list[Layer], sides: list[int], axis: int, place: int) -> list[float]:
    """The gradient of one output along an axis, when each layer takes means."""
    row = torch.zeros(1, 1, sides[0], dtype=torch.float64, requires_grad=True)
    out: Tensor = row
    for layer, side in zip(layers, sides[1:], strict=True):
        kernel, stride, padding, dilation = (
            layer[key][axis] for key in ("kernel", "stride", "padding", "dilation")
        )
        end = (side - 1) * stride + dilation * (kernel - 1) + 1  # of the last window
        after = max(padding, end - padding - out.shape[-1])
        means = torch.full((1, 1, kernel), 1 / kernel, dtype=torch.float64)
        out = conv1d(
            pad(out, (padding, after)), means, stride=stride, dilation=dilation
        )
        out = out[..., :side]
    out[0, 0, place].backward()
    assert row.grad is not None
    return row.grad[0, 0].tolist()


def profile(layers: list[Layer], axis: int) -> Tensor:
    """The shares on a row without end: one output, walked back."""
    found = torch.ones(1, 1, 1, dtype=torch.float64)
    for layer in reversed(layers):
        kernel, stride, dilation = (
            layer[key][axis] for key in ("kernel", "stride", "dilation")
        )
        means = torch.full((1, 1, kernel), 1 / kernel, dtype=torch.float64)
        found = conv_transpose1d(found, means, stride=stride, dilation=dilation)
    return found[0, 0]


def axis_of(layers: list[Layer], sides: list[int], axis: int, corner: bool) -> Any:
    """What an output sees along an axis."""
    place = 0 if corner else sides[-1] // 2
    seen, whole = shares(layers, sides, axis, place), profile(layers, axis)
    steps = torch.arange(len(whole), dtype=torch.float64)
    variance = (whole * (steps - (whole * steps).sum()) ** 2).sum()
    jump, first = 1, 0
    for layer in layers:
        first -= layer["padding"][axis] * jump
        jump *= layer["stride"][axis]
    first += place * jump
    inside = [
        pixel for pixel in range(first, first + len(whole)) if 0 <= pixel < sides[0]
    ]
    assert all(seen[pixel] == 0 for pixel in set(range(sides[0])) - set(inside))
    return {
        "place": place,
        "first": first,
        "shares": seen,
        "held": len(inside),
        "read": sum(share > 0 for share in seen),
        "deviation": float(variance) ** 0.5,
    }


def receptive(layers: list[Layer], side: int, corner: bool) -> dict[str, Any]:
    """The answer of receptive.js, or what torch refuses."""
    try:
        maps = run(layers, side)
    except ValueError as error:
        return {"refusal": str(error)}
    for depth, row in enumerate(maps):
        row["field"] = [len(profile(layers[:depth], axis)) for axis in (0, 1)]
        row["jump"] = [1, 1]
        for layer in layers[:depth]:
            row["jump"] = [
                a * b for a, b in zip(row["jump"], layer["stride"], strict=True)
            ]
    axes = [
        axis_of(layers, [row["size"][axis] for row in maps], axis, corner)
        for axis in (0, 1)
    ]
    total = {key: sum(row[key] for row in maps) for key in ("parameters", "macs")}
    return {"maps": maps, "last": maps[-1], "axes": axes, **total}


def sides(draw: random.Random, most: int, least: int = 1) -> list[int]:
    """Height and width, mostly alike, mostly small."""
    one, other = (
        min(draw.randint(least, most), draw.randint(least, most)) for _ in "ab"
    )
    return [one, one] if draw.random() < 0.8 else [one, other]


def layer(draw: random.Random) -> Layer:
    """A random layer, sometimes one that torch refuses."""
    name = draw.choice(
        ["Conv2d"] * 5 + ["MaxPool2d"] * 2 + ["AvgPool2d", "BatchNorm2d", "ReLU"]
    )
    conv, pool = name == "Conv2d", name.endswith("Pool2d")
    kernel = sides(draw, 7) if conv or pool else [1, 1]
    stride = kernel if pool and draw.random() < 0.5 else sides(draw, 3)
    padded = draw.random() < 0.5 and (conv or pool)
    padding = [min(draw.randint(0, 3), n // 2 + (draw.random() < 0.1)) for n in kernel]
    many = [4, 6, 8, 12] if draw.random() < 0.95 else [3, 5]
    return {
        "name": name,
        "kernel": kernel,
        "stride": stride if conv or pool else [1, 1],
        "padding": padding if padded else [0, 0],
        "dilation": sides(draw, 4) if name in ("Conv2d", "MaxPool2d") else [1, 1],
        "groups": draw.choice([1, 1, 1, 2, 3]) if conv else 1,
        "into": draw.choice(many) if draw.random() < 0.03 and not pool else 0,
        "channels": draw.choice(many) if conv and draw.random() < 0.8 else 0,
        "bias": not conv or draw.random() < 0.7,
        "ceil": pool and draw.random() < 0.4,
        "each": draw.choice([2, 2, 1, 0]) if name == "BatchNorm2d" else 0,
    }


def stack(draw: random.Random, deepest: int = 8) -> list[Layer]:
    """Random layers, whose field is not beyond all measure."""
    while True:
        layers = [layer(draw) for _ in range(draw.randint(1, deepest))]
        if layers[0]["name"] == "Conv2d" and draw.random() < 0.5:
            layers[0]["into"] = layers[0]["groups"] * draw.randint(1, 3)
        for each in layers:
            if each["name"] not in ("Conv2d", "BatchNorm2d"):
                each["into"] = 0
        reach = [1, 1]
        for axis in (0, 1):
            for each in reversed(layers):
                span = each["dilation"][axis] * (each["kernel"][axis] - 1)
                reach[axis] = (reach[axis] - 1) * each["stride"][axis] + span + 1
        if max(reach) < FURTHEST:
            return layers


def side_of(draw: random.Random) -> int:
    """Side of an image: mostly small."""
    return draw.choice([16, 17, 24, 32, 33, 48, 64, 64, 100, 128, 224])


def cases(draw: random.Random) -> Iterator[tuple[str, list[Any], Any]]:
    """400 stacks, and the limits that are not torch's."""
    plain: dict[str, Any] = {"line": 1, "from": 0, "to": 1}
    for _ in range(400):
        layers, side, corner = stack(draw), side_of(draw), draw.random() < 0.3
        given = [{**x, "line": n, "from": 0, "to": 1} for n, x in enumerate(layers, 1)]
        yield "receptive", [given, side, corner], receptive(layers, side, corner)
    one: dict[str, Any] = {
        "name": "Conv2d",
        "kernel": [1, 1],
        "stride": [1, 1],
        "padding": [0, 0],
    }
    one |= {"dilation": [1, 1], "groups": 1, "into": 0, "channels": 1, "bias": True}
    one |= {"ceil": False, "each": 0, **plain}
    large = "line 1: a map of 1025 x 1025; here a side has at most 1024"
    for kernel, wanted in [(2, None), (1, {"refusal": large})]:
        layers = [{**one, "padding": [28, 28], "kernel": [kernel, kernel]}]
        yield "receptive", [layers, 969, False], wanted or receptive(layers, 969, False)
    layers = [{**one, "padding": [28, 28], "kernel": [2, 1]}]
    high = large.replace("1025", "1024", 1)
    yield "receptive", [layers, 969, False], {"refusal": high}
    layers = [{**one, "padding": [1, 1], "kernel": [3, 3]}]
    yield "receptive", [layers, 1, False], receptive(layers, 1, False)
    long = "line 8: its numbers are too large to be exact"
    steps = [{**one, "stride": [99, 1], "line": n} for n in range(1, 10)]
    yield "receptive", [steps, 16, True], {"refusal": long}
