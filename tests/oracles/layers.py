"""Stacks as text: torch prints them, or they are written in the short form."""

import random
import re
from collections.abc import Iterator
from typing import Any

from torch import nn

from tests.oracles import receptive
from tests.oracles.receptive import Layer, module

KEYS = ["name", "kernel", "stride", "padding", "dilation", "groups", "into", "channels"]
KEYS += ["bias", "ceil", "each"]


def size(pair: list[int]) -> str:
    """One number for both sides, or two in brackets."""
    return str(pair[0]) if pair[0] == pair[1] else f"({pair[0]}, {pair[1]})"


def short(draw: random.Random, layer: Layer) -> str:
    """A layer as one would type it, its options in any order."""
    words = {"Conv2d": "conv", "MaxPool2d": "pool", "AvgPool2d": "avgpool"}
    name = layer["name"]
    if name not in words:
        plain = name.lower() if draw.random() < 0.5 else name
        more = {2: "", 1: "bias=False", 0: "affine=False"}[layer["each"]]
        more = more if name == "BatchNorm2d" else ""
        more = f"num_features={layer['into']}, {more}" if layer["into"] else more
        return f"{plain}({more})" if more else plain
    usual = {"stride": [1, 1] if name == "Conv2d" else layer["kernel"]}
    usual |= {"padding": [0, 0], "dilation": [1, 1]}
    options = [f"{k} {size(layer[k])}" for k, v in usual.items() if layer[k] != v]
    for key, word in [("channels", "channels"), ("into", "in_channels")]:
        options += [f"{word} {layer[key]}"] if layer[key] else []
    options += [f"groups {layer['groups']}"] if layer["groups"] > 1 else []
    options += [] if layer["bias"] else ["bias False"]
    options += ["ceil True"] if layer["ceil"] else []
    draw.shuffle(options)
    return " ".join([words[name], size(layer["kernel"]), *options])


def typed(draw: random.Random, layers: list[Layer]) -> tuple[str, list[int]]:
    """A text in the short form with blank lines and notes, and the line of each layer."""
    lines: list[str] = []
    places = []
    for layer in layers:
        if draw.random() < 0.1:
            lines.append(draw.choice(["", "  ", "# a note: conv 3"]))
        note = draw.choice(["", "", "", "  ", " # stride 9", ","])
        lines.append(draw.choice(["", "", "  "]) + short(draw, layer) + note)
        places.append(len(lines))
    return "\n".join(lines), places


def printed(draw: random.Random, layers: list[Layer]) -> tuple[str, list[Layer]]:
    """What torch prints of a stack, nested at random, and what can be read from it."""
    channels, made, told = 0, [], []
    for layer in layers:
        into = layer["into"] or channels or 3
        out = layer["channels"] or into
        fits = into % layer["groups"] == out % layer["groups"] == 0
        one = {**layer, "groups": layer["groups"] if fits else 1}
        made.append(module(one, into))
        conv, norm = layer["name"] == "Conv2d", layer["name"] == "BatchNorm2d"
        channels = out if conv else into if norm else channels
        one |= {"into": into if conv or norm else 0, "channels": out if conv else 0}
        # An average pool does not print ceil_mode.
        told.append({**one, "ceil": one["ceil"] and layer["name"] == "MaxPool2d"})
    nested: list[nn.Module] = []
    while made:
        taken = draw.randint(1, 3)
        part, made = made[:taken], made[taken:]
        nested += [nn.Sequential(*part)] if draw.random() < 0.3 else part
    return str(nn.Sequential(*nested)), told


def wanted(layers: list[Layer]) -> list[Layer]:
    """The parts of layers that the text decides."""
    return [
        {key: x[key] for key in KEYS if key != "bias" or x["name"] == "Conv2d"}
        for x in layers
    ]


WRONG = {
    "conv 3\nconv 3 stride x": "line 2, column 15: expected a number after stride, from 1 to 99, found 'x'",
    "conv": "line 1, column 5: expected a number after conv, found nothing",
    "conv x": "line 1, column 6: expected a number after conv, from 1 to 99, found 'x'",
    "conv 0": "line 1, column 6: expected a number after conv, from 1 to 99, found '0'",
    "conv 100": "line 1, column 6: expected a number after conv, from 1 to 99, found '100'",
    "conv (3, 3, 3)": "line 1, column 6: expected a number after conv, from 1 to 99, found '('",
    "conv 3 stride": "line 1, column 14: expected a value after stride, found nothing",
    "conv 3 foo 2": "line 1, column 8: expected in_channels, channels, stride, padding, dilation, "
    "groups, bias, found 'foo'",
    "conv 3 stride 2 stride 2": "line 1, column 17: expected in_channels, channels, padding, dilation, "
    "groups, bias, found 'stride'",
    "avgpool 2 dilation 2": "line 1, column 11: expected stride, padding, ceil, count_include_pad, "
    "found 'dilation'",
    "conv 3 5": "line 1, column 8: expected in_channels, channels, stride, padding, dilation, groups, "
    "bias, found '5'",
    "conv (3": "line 1, column 6: expected in_channels, channels, kernel, stride, padding, dilation, "
    "groups, bias, found '('",
    "conv 1.5": "line 1, column 6: expected a number after conv, from 1 to 99, found '1'",
    "max2dpool 2": "line 1, column 1: expected a layer such as conv, pool, avgpool or ReLU, "
    "found 'max2dpool'",
    "(0): nn.3": "line 1, column 9: expected a layer such as conv, pool, avgpool or ReLU, found '3'",
    "conv 3 bias 2": "line 1, column 13: expected True or False after bias, found '2'",
    "conv 3 channels 65537": "line 1, column 17: expected a number after channels, from 1 to 65536, "
    "found '65537'",
    "conv 3 channels 100000": "line 1, column 17: expected a number after channels, from 1 to 65536, "
    "found '100000'",
    "conv 3 padding same": "line 1, column 16: expected a number after padding, from 0 to 99, found 'same'",
    "conv 3 groups (2, 2)": "line 1, column 15: expected a number after groups, from 1 to 65536, found '('",
    "Conv2d(x, 4, 3)": "line 1, column 8: expected a number as in_channels, from 1 to 65536, found 'x'",
    "Conv2d(3, 4)": "line 1, column 12: expected a number after Conv2d, found ')'",
    "Conv2d(3, 64, kernel_size=(7, 7)": "line 1, column 33: expected ), found nothing",
    "Conv2d(3, 64, kernel_size=7": "line 1, column 28: expected ), found nothing",
    "Conv2d(3, 64, 3) 5": "line 1, column 18: expected the end of the line, found '5'",
    "Conv2d(3, 64, 3, padding_mode=reflect)": "line 1, column 18: expected stride, padding, dilation, "
    "groups, bias, found 'padding_mode'",
    "MaxPool2d(kernel_size=3, ceil_mode=Tru)": "line 1, column 36: expected True or False after ceil_mode, "
    "found 'Tru'",
    "relu 5": "line 1, column 6: expected the end of the line, found '5'",
    "": "line 1: expected a layer such as conv 3, found nothing",
    "\n\n": "line 3: expected a layer such as conv 3, found nothing",
    "Sequential(\nconv 3": "line 2: expected ), found nothing",
    "5 conv 3": "line 1, column 1: expected a layer such as conv, pool, avgpool or ReLU, found '5'",
    "conv 3x": "line 1, column 6: expected a number after conv, from 1 to 99, found '3x'",
    "conv x3": "line 1, column 6: expected a number after conv, from 1 to 99, found 'x3'",
    "conv 3 bias nottrue": "line 1, column 13: expected True or False after bias, found 'nottrue'",
    "conv 3 bias trueish": "line 1, column 13: expected True or False after bias, found 'trueish'",
    "conv2d3 3": "line 1, column 1: expected a layer such as conv, pool, avgpool or ReLU, found 'conv2d3'",
    "conv -3": "line 1, column 6: expected a number after conv, from 1 to 99, found '-'",
    "Sequential(\nconv 3\n) relu": "line 3, column 1: expected a layer such as conv, pool, avgpool or "
    "ReLU, found ')'",
    "Sequential(conv 3\n)": "line 1, column 1: expected a layer such as conv, pool, avgpool or ReLU, "
    "found 'Sequential'",
    "conv 3\n)": "line 2, column 1: expected a layer such as conv, pool, avgpool or ReLU, found ')'",
    "  averylongwordwithoutanymeaning": "line 1, column 3: expected a layer such as conv, pool, "
    "avgpool or ReLU, found 'averylongwordwithout'",
    "\n".join(["relu"] * 201): "line 201: a stack of at most 200 layers is read",
    "conv 3" + " " * 20_000: "a text of at most 20,000 characters is read",
}
UNEQUAL = [
    "ConvTranspose2d",
    "Upsample",
    "PixelShuffle",
    "MaxUnpool2d",
    "AdaptiveAvgPool2d",
]
UNEQUAL += ["Linear", "Flatten", "GroupNorm", "LayerNorm", "InstanceNorm2d"]


def span(text: str, part: str) -> list[int]:
    """Where a part of a text begins and ends."""
    return [text.index(part), text.index(part) + len(part)]


def refused(text: str, said: str) -> dict[str, Any]:
    """A refusal, and where the text is underlined: the word that the message found.

    Without a column it is all from that line on, or the end where something is missing.
    """
    place = re.match(r"line (\d+)(?:, column (\d+))?", said)
    if not place:
        return {"refusal": said}
    start = sum(len(row) + 1 for row in text.split("\n")[: int(place[1]) - 1])
    if not place[2]:
        start = len(text) if said.endswith("found nothing") else start
        return {"refusal": said, "from": start, "to": len(text)}
    start += int(place[2]) - 1
    word = re.match(r"\w+|.?", text[start:])
    assert word
    return {"refusal": said, "from": start, "to": start + len(word[0])}


def cases(draw: random.Random) -> Iterator[tuple[str, list[Any], Any]]:
    """Stacks in both forms, and what is wrong with other texts."""
    for _ in range(150):
        layers = receptive.stack(draw)
        text, lines = typed(draw, layers)
        told = [{**x, "line": n} for x, n in zip(wanted(layers), lines, strict=True)]
        yield "stack", [text], told
        text, layers = printed(draw, layers)
        yield "stack", [text], wanted(layers)
    for text, said in WRONG.items():
        yield "stack", [text], refused(text, said)
    for name in UNEQUAL:
        said = f"{name} has no place here: its outputs do not read equal windows at equal steps"
        text = f"relu\n (0): nn.{name}(3)"
        yield "stack", [text], refused(text, f"line 2, column 10: {said}")
    for name in [
        "ReLU",
        "GELU",
        "Dropout",
        "Dropout2d",
        "Identity",
        "LeakyReLU",
        "Softplus",
    ]:
        text = str(nn.Sequential(getattr(nn, name)()))
        yield "stack", [text], [{"known": "", "kernel": [1, 1], "each": 0}]
    yield "stack", ["\n".join(["relu"] * 200)], [{"line": n} for n in range(1, 201)]
    yield "stack", ["conv 3" + " " * 19_994], [{"from": 0, "to": 6, "line": 1}]
    yield (
        "stack",
        ["torch.nn.Conv2d(3, 4, 99, (2, 1), 0, 1, 2),"],
        [{"groups": 2, "to": 42}],
    )
    yield (
        "stack",
        ["conv 3 channels 65536 padding 99"],
        [{"channels": 65536, "padding": [99, 99]}],
    )
    text = "nn.Sequential(\n relu,\n (1): nn.MaxPool2d(2),\n),"
    yield "stack", [text], [{"from": 16, "to": 20}, {"from": 31, "to": 43, "line": 3}]
    yield (
        "stack",
        ["conv 9" + "9" * 30],
        {"refusal": WRONG["conv 100"].replace("100", "9" * 20)},
    )
    made = nn.Conv2d(in_channels=3, out_channels=4, kernel_size=5)
    named = {"into": made.in_channels, "channels": made.out_channels}
    by_name = "Conv2d(in_channels=3, out_channels=4, kernel_size=5)"
    yield "stack", [by_name], [{**named, "kernel": list(made.kernel_size)}]
    yield "stack", ["conv 3 stride  2"], [{"stride": [2, 2]}]
    typed_in = "relu\nconv 3 stride\t  = (2, 1)"
    spans = {"kernel": span(typed_in, "3"), "stride": span(typed_in, "(2, 1)")}
    yield "stack", [typed_in], [{}, {"spans": spans}]
    pasted = "x = Sequential( \n  (conv): Conv2d(3, 4, kernel_size=5)  \n ),\t\n"
    names = {"in_channels": "3", "channels": "4", "kernel": "5"}
    spans = {key: span(pasted, value) for key, value in names.items()}
    yield "stack", [pasted], [{"spans": spans}]
    pool = {"bracket": "(", "spans": {"kernel": [41, 42]}, "to": 43}
    yield "edited", [text, pool, "stride", "3"], text[:42] + ", stride=3" + text[42:]
    yield "edited", [text, pool, "kernel", "3 × 1"], text[:41] + "(3, 1)" + text[42:]
    conv = {"bracket": "", "spans": {}, "to": 11}
    yield (
        "edited",
        ["relu\nconv 3 # x", conv, "padding", "1"],
        "relu\nconv 3 padding 1 # x",
    )
    yield "side", [[3, 3]], "3"
    yield "side", [[3, 1]], "3 × 1"
    one = {"known": "kernel", "kernel": [3, 3], "stride": [1, 1], "dilation": [1, 1]}
    yield "label", [{**one, "name": "Conv2d"}], "conv 3"
    yield "label", [{**one, "name": "ReLU", "known": ""}], "ReLU"
    odd = {**one, "name": "AvgPool2d", "stride": [2, 2], "dilation": [2, 1]}
    yield "label", [odd], "avgpool 3, stride 2, dilation 2 × 1"
    yield "spliced", ["a\nb\nc", 2, True], "a\nc"
    yield "spliced", ["a\nb\nc", 2, False, "d"], "a\nb\nd\nc"
