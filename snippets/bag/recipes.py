"""The recipes, in the order of the paper: each is another one and one trick more."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Recipe:
    """What a run does; without a trick, what the baseline does."""

    name: str
    after: str = ""  # the recipe that it adds one trick to
    batch: int = 1  # times the batch of the scale
    rate: int = 1  # times its learning rate
    warm: float = 0.0  # share of the steps in which the rate climbs
    gamma: bool = False  # the last γ of each block starts at 0
    spared: bool = False  # no decay of bias, γ and β
    half: bool = False  # BF16 where autocast allows it
    tweaks: str = ""  # ResNet-B, C, D
    cosine: bool = False  # in place of stairs
    smoothing: float = 0.0
    temperature: float = 0.0  # above 0: learns from a teacher too
    mixup: float = 0.0  # α of the Beta distribution; 0 mixes nothing
    wider: int = 1  # the teacher is wider than its student


# A name, the recipe that it stands on, and what it adds.
STEPS: list[tuple[str, str, dict[str, Any]]] = [
    ("large-batch", "baseline", {"batch": 4}),
    ("scaling", "large-batch", {"rate": 4}),
    ("warm-up", "scaling", {"warm": 1 / 12}),
    ("zero-gamma", "warm-up", {"gamma": True}),
    ("no-bias-decay", "zero-gamma", {"spared": True}),
    ("low-precision", "no-bias-decay", {"half": True}),
    ("resnet-b", "low-precision", {"tweaks": "B"}),
    ("resnet-c", "resnet-b", {"tweaks": "BC"}),
    ("resnet-d", "resnet-c", {"tweaks": "BCD"}),
    ("cosine", "resnet-d", {"cosine": True}),
    ("smoothing", "cosine", {"smoothing": 0.1}),
    ("teacher", "smoothing", {"wider": 2}),
    ("distillation", "smoothing", {"temperature": 20.0}),
    ("mixup", "smoothing", {"mixup": 0.2}),
    ("mixup-distillation", "distillation", {"mixup": 0.2}),
]


def chain() -> dict[str, Recipe]:
    """Every recipe by name, the baseline first."""
    found = {"baseline": Recipe("baseline")}
    for name, after, trick in STEPS:
        found[name] = replace(found[after], name=name, after=after, **trick)
    return found


RECIPES = chain()
DENSE = Recipe("dense", warm=1 / 12, cosine=True)  # of every run for masks
# The dense task starts from these; `scratch` is the network of `resnet-d`, untrained.
TRANSFERRED = {
    "scratch": "",
    "baseline": "",
    "low-precision": "baseline",
    "resnet-d": "low-precision",
    "cosine": "resnet-d",
    "smoothing": "cosine",
    "distillation": "smoothing",
    "mixup": "smoothing",
    "mixup-distillation": "distillation",
}
