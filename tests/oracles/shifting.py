"""How far a small network is from its law, as torch finds it."""

import itertools
import random
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d

from tests.oracles.filtering import BORDERS, Case, numbers, padded, plane

POOLS = ["none", "max 2", "mean 2", "max, then blur"]
State = dict[str, Any]


def kernels(maps: int = 2, depth: int = 8, seed: int = 3326) -> list[Tensor]:
    """The weights of shifting.js, (maps, maps read, 3, 3) for each layer."""
    found, state = [], seed
    for layer in range(depth):
        ins = maps if layer else 1
        bound = torch.tensor(9.0 * ins, dtype=torch.float64).sqrt().item()
        drawn = []
        for _ in range(maps * ins * 9):
            state = 16807 * state % 2147483647
            drawn.append((2 * state / 2147483647 - 1) / bound)
        weight = torch.tensor(drawn, dtype=torch.float64)
        found.append(weight.reshape(maps, ins, 3, 3))
    return found


def network(how: State, weights: list[Tensor]) -> nn.Sequential:
    """nn.Conv2d with these weights and ReLU, ``depth`` times."""
    layers: list[nn.Module] = []
    for weight in weights[: how["depth"]]:
        stride = 1 if layers else int(how["stride"])
        kind: dict[str, Any] = {"padding_mode": how["border"], "bias": False}
        ins, outs = weight.shape[1], weight.shape[0]
        conv = nn.Conv2d(ins, outs, 3, stride, padding=1, **kind)
        conv.weight = nn.Parameter(weight)
        layers += [conv, nn.ReLU()]
    return nn.Sequential(*layers)


def pooled(maps: Tensor, pool: str, border: str) -> Tensor:
    """The maps (channels, height, width) pooled."""
    if pool == "max 2":
        return max_pool2d(maps, 2)
    if pool == "mean 2":
        return avg_pool2d(maps, 2)
    if pool == "max, then blur":
        wide = torch.stack([padded(one, 0, 2, border) for one in maps])
        return avg_pool2d(avg_pool2d(max_pool2d(wide, 2, 1), 2, 1), 2)
    return maps


@torch.no_grad()
def features(image: Tensor, how: State, weights: list[Tensor]) -> Tensor:
    """The maps (channels, height, width) of an image (height, width)."""
    found: Tensor = network(how, weights)(image[None, None])[0]
    return pooled(found, how["pool"], how["border"])


def equivariance(
    a: Tensor, b: Tensor, down: int, right: int, step: int
) -> dict[str, Any]:
    """Where and how far ``a`` differs from ``b`` moved, as snippets/meter.py defines it."""
    near = [sorted({s // step, -(-s // step)}) for s in (down, right)]
    by = min(
        itertools.product(*near), key=lambda by: (a - b.roll(by, (1, 2))).norm().item()
    )
    moved = b.roll(by, (1, 2))
    off = (a - moved).abs().amax(0) / b.abs().max()
    off[off <= 1e-9] = 0
    size = ((a - moved).norm() / b.norm()).item()
    wrong = int((off > 0).sum())
    return {"by": list(by), "wrong": wrong, "size": size, "map": off.flatten().tolist()}


def invariance(a: Tensor, b: Tensor) -> dict[str, float]:
    """How far the global mean and the global maximum change."""

    def change(one: Tensor, other: Tensor) -> float:
        return float((one - other).norm() / other.norm())

    return {
        "mean": change(a.mean((1, 2)), b.mean((1, 2))),
        "top": change(a.amax((1, 2)), b.amax((1, 2))),
    }


def answer(image: Tensor, state: State, weights: list[Tensor]) -> dict[str, Any]:
    """The result of the shift meter."""
    shift = state["down"], state["right"]
    still = features(image, state, weights)
    moved = features(image.roll(shift, (0, 1)), state, weights)
    step = int(state["stride"]) * (1 if state["pool"] == "none" else 2)
    return {
        "step": step,
        "width": still.shape[2],
        "height": still.shape[1],
        **equivariance(moved, still, *shift, step),
        **invariance(moved, still),
    }


def maps(values: Tensor) -> list[dict[str, Any]]:
    """A stack of planes as shifting.js has it."""
    return [plane(one) for one in values]


def setting(draw: random.Random) -> State:
    """A stack: every choice."""
    return {
        "border": draw.choice(BORDERS),
        "depth": draw.randint(1, 8),
        "stride": draw.choice(["1", "2"]),
        "pool": draw.choice(POOLS),
    }


def cases(draw: random.Random) -> Iterator[Case]:
    """Small images under every setting, and each function by itself."""
    yield "kernels", [], [w.flatten(2).tolist() for w in kernels()]
    weights = kernels(3, 3, 5)
    given = [w.flatten(2).tolist() for w in weights]
    yield "kernels", [3, 3, 5], given
    for pool, border in itertools.product(POOLS, BORDERS):
        for stride in (1, 2):
            image = numbers(draw, draw.randint(6, 9), draw.randint(6, 9))
            how = {"border": border, "depth": 1 + stride, "stride": stride}
            found = features(image, {**how, "pool": pool}, weights)
            yield (
                "features",
                [plane(image), {**how, "pool": pool}, given],
                maps(found),
            )
    for _ in range(20):
        image = numbers(draw, draw.randint(2, 5), draw.randint(2, 5))
        shift = [draw.randint(-12, 12), draw.randint(-12, 12)]
        yield "rolled", [plane(image), *shift], plane(image.roll(shift, (0, 1)))
    for values in ([0.0, 0.0], [0.5, 3.0, 1.0]):
        line = torch.tensor(values, dtype=torch.float64)
        yield "highest", [{"values": values}], line.max().item()
        yield "mean", [{"values": values}], line.mean().item()
    yield from readings(draw)


def readings(draw: random.Random) -> Iterator[Case]:
    """Maps that are nearly, or not at all, each other moved.

    Of two moves that fit alike the first is told; 1e-9 of the largest value is no difference.
    """
    even = torch.ones(1, 4, 4, dtype=torch.float64)
    one, spark = torch.zeros(2, 1, 2, 2, dtype=torch.float64)
    one[0, 0, 0], spark[0, 1, 1] = 1, 1e-9
    for a, b, *shift in [(even, even, 3, -3, 2), (one + spark, one, 0, 0, 1)]:
        yield ("equivariance", [maps(a), maps(b), *shift], equivariance(a, b, *shift))
    for _ in range(80):
        tall, wide, step = (
            draw.randint(2, 6),
            draw.randint(2, 6),
            draw.choice([1, 2, 4]),
        )
        b = torch.stack([numbers(draw, tall, wide).abs() for _ in range(3)])
        b[0, 0, 0] = 9
        down, right = draw.randint(-7, 7), draw.randint(-7, 7)
        a = b.roll((down // step, -(-right // step)), (1, 2)).clone()
        for _ in range(draw.randint(0, 4)):
            place = draw.randrange(3), draw.randrange(tall), draw.randrange(wide)
            a[place] += draw.choice([1, -3, 8e-9, 1e-8, -2e-8])
        shift = [down, right, step]
        yield ("equivariance", [maps(a), maps(b), *shift], equivariance(a, b, *shift))
        yield "invariance", [maps(a), maps(b)], invariance(a, b)
