"""Learning rates by torch's schedulers, targets by its loss, shares by its distributions and SciPy."""

import math
import random
from collections.abc import Iterator
from functools import partial
from typing import Any

import torch
from scipy.optimize import brentq
from scipy.special import betainc, gammaln
from torch.distributions import Beta
from torch.nn.functional import cross_entropy
from torch.optim import SGD
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LinearLR,
    LRScheduler,
    MultiStepLR,
    SequentialLR,
)


def rates(epochs: int, warm: int, schedule: str, batch: int) -> list[float]:
    """The rate of each epoch: torch's own warm-up, cosine and steps in sequence."""
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=0.1 * batch / 256)
    later: LRScheduler
    if schedule == "cosine":
        later = CosineAnnealingLR(optimizer, epochs - warm)
    else:
        falls = [math.ceil(epochs * quarter / 4) - warm for quarter in (1, 2, 3)]
        passed = 0.1 ** sum(fall <= 0 for fall in falls)
        later = MultiStepLR(optimizer, [fall for fall in falls if fall > 0])
        later.base_lrs = [rate * passed for rate in later.base_lrs]
    return _walked(optimizer, later, epochs, warm)


def _walked(optimizer: SGD, later: LRScheduler, epochs: int, warm: int) -> list[float]:
    whole = later
    if warm:
        first = LinearLR(optimizer, 1 / warm, total_iters=warm - 1)
        whole = SequentialLR(optimizer, [first, later], [warm])
    found = []
    for _ in range(epochs):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        whole.step()
    return found


def targets(classes: int, epsilon: float, paper: bool) -> dict[str, float]:
    """The target at which the loss of equal logits pulls as label smoothing does."""
    logits = torch.zeros(1, classes, dtype=torch.float64, requires_grad=True)
    # The paper's ε among the wrong classes is torch's, enlarged by K / (K − 1).
    smoothing = epsilon * classes / (classes - 1) if paper else epsilon
    if smoothing > 1:  # torch refuses; the target itself is still a distribution
        probabilities = torch.full_like(logits, epsilon / (classes - 1))
        probabilities.data[0, 0] = 1 - epsilon
        loss = cross_entropy(logits, probabilities.detach())
    else:
        loss = cross_entropy(logits, torch.tensor([0]), label_smoothing=smoothing)
    (pull,) = torch.autograd.grad(loss, logits)
    right, wrong = (1 / classes - pull[0, :2]).tolist()
    return {"right": right, "wrong": wrong}


def least(classes: int, gap: float, right: float, wrong: float) -> float:
    """The slope of the smoothed loss where the right logit leads by ``gap``: zero at the best."""
    lead = torch.tensor(gap, dtype=torch.float64, requires_grad=True)
    logits = torch.cat([lead[None], torch.zeros(classes - 1, dtype=torch.float64)])
    target = torch.full((classes,), wrong, dtype=torch.float64)
    target[0] = right
    cross_entropy(logits[None], target[None]).backward()
    assert lead.grad is not None
    slope: float = lead.grad.item()
    return slope


def density(share: float, alpha: float) -> float:
    """The density of Beta(α, α)."""
    pair = torch.tensor([alpha, alpha], dtype=torch.float64)
    at = torch.tensor(share, dtype=torch.float64)
    return float(Beta(*pair).log_prob(at).exp())


def mixture(alpha: float) -> dict[str, float]:
    """How many mixed images stay nearly pure, and the mean smaller part."""
    pure = 2 * float(betainc(alpha, alpha, 0.1))
    return {"pure": pure, "smaller": float(betainc(alpha + 1, alpha, 0.5))}


def recipe(draw: random.Random) -> dict[str, Any]:
    """A random setting of every knob of the recipe lab."""
    return {
        "epochs": draw.randrange(20, 201, 4),
        "epoch": draw.randrange(200),
        "batch": str(2 ** draw.randint(5, 12)),
        "warm": draw.randrange(20),
        "schedule": draw.choice(["cosine", "steps"]),
        "classes": draw.choice([2, 3, 10, 100, draw.randint(2, 1000)]),
        "epsilon": round(draw.randrange(51) / 100, 2),
        "shared": draw.choice(["all classes (torch)", "wrong classes (paper)"]),
        "alpha": round(draw.randint(1, 40) / 20, 2),
    }


def cases(draw: random.Random) -> Iterator[tuple[str, list[Any], Any]]:
    """150 recipes, and what they are made of."""
    for knobs in (recipe(draw) for _ in range(150)):
        run = [knobs["epochs"], knobs["warm"], knobs["schedule"], int(knobs["batch"])]
        yield "rates", run, rates(*run)
        label = [knobs["classes"], knobs["epsilon"], knobs["shared"].startswith("w")]
        wanted = targets(*label)
        if label[1]:
            right, wrong = wanted["right"], wanted["wrong"]
            slope = partial(least, label[0], right=right, wrong=wrong)
            wanted["gap"] = float(brentq(slope, -9, 30, xtol=1e-13))
        yield "targets", label, wanted
        at = draw.randint(1, 99) / 100
        yield "density", [at, knobs["alpha"]], density(at, knobs["alpha"])
        yield "mixture", [knobs["alpha"]], mixture(knobs["alpha"])
    for x in (0.01, 0.3, 0.49, 0.5, 0.51, 1, 2, 7.5):
        yield "logGamma", [x], float(gammaln(x))
