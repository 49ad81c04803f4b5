"""What each trick changed: paired by seed, with intervals, corrected for number."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from math import sqrt
from statistics import mean, stdev

from scipy.stats import t as student

from snippets.bag.recipes import RECIPES, TRANSFERRED
from snippets.bag.results import Result

LEVEL, NOTHING = 0.05, 1.0  # of all tests together; points within which nothing is left


@dataclass(frozen=True)
class Difference:
    """A recipe less the one it stands on, in points, over the seeds that both have."""

    data: str
    recipe: str
    after: str
    seeds: int
    mean: float
    low: float  # of the 95% interval
    high: float
    chance: float  # of a t as far from 0 if there is none; not corrected


def scores(results: Iterable[Result], data: str, recipe: str) -> dict[int, float]:
    """The scores of a recipe in points, by seed."""
    own = [r for r in results if (r.data, r.recipe) == (data, recipe)]
    return {
        result.seed: 100 * result.score for result in sorted(own, key=lambda r: r.seed)
    }


def interval(values: list[float]) -> tuple[float, float]:
    """The 95% interval of a mean, by Student's t.

    >>> [round(end, 2) for end in interval([1.0, 2.0, 3.0])]
    [-0.48, 4.48]
    """
    factor = float(student.ppf(0.975, len(values) - 1))
    half = factor * stdev(values) / sqrt(len(values))
    return mean(values) - half, mean(values) + half


def chance(values: list[float]) -> float:
    """How often t is as far from 0 as here, on either side, if the true mean is 0.

    >>> round(chance([1.0, 2.0, 3.0]), 3)
    0.074
    """
    spread = stdev(values) / sqrt(len(values))
    if spread == 0:
        return float(mean(values) == 0)
    return float(2 * student.sf(abs(mean(values)) / spread, len(values) - 1))


def holm(chances: list[float]) -> list[float]:
    """The chances, corrected for their number as Holm does.

    >>> [round(p, 3) for p in holm([0.01, 0.04, 0.03])]
    [0.03, 0.06, 0.06]
    """
    order = sorted(range(len(chances)), key=chances.__getitem__)
    raised = [(len(order) - rank) * chances[at] for rank, at in enumerate(order)]
    climbing = dict(zip(order, accumulate(raised, max), strict=True))
    return [min(1.0, climbing[at]) for at in range(len(chances))]


def pairs(data: str) -> list[tuple[str, str]]:
    """Each recipe of a data set and the one that it is compared with, in order."""
    if data == "masks":
        steps = [(name, after) for name, after in TRANSFERRED.items() if after]
        return [("resnet-d", "scratch"), *steps]
    named = [r for r in RECIPES.values() if r.after and r.name != "teacher"]
    return [(recipe.name, recipe.after) for recipe in named]


def shared(results: list[Result], data: str, recipe: str, after: str) -> list[float]:
    """What a recipe has more than another, in points, for each seed that both have."""
    new, old = scores(results, data, recipe), scores(results, data, after)
    return [new[seed] - old[seed] for seed in new if seed in old]


def difference(results: list[Result], data: str, recipe: str, after: str) -> Difference:
    """One paired comparison, over two seeds or more."""
    values = shared(results, data, recipe, after)
    found = mean(values), *interval(values), chance(values)
    return Difference(data, recipe, after, len(values), *found)


def differences(results: list[Result], data: Iterable[str]) -> list[Difference]:
    """Every comparison of the data sets for which two seeds have both results."""
    return [
        difference(results, kind, recipe, after)
        for kind in data
        for recipe, after in pairs(kind)
        if len(shared(results, kind, recipe, after)) > 1
    ]


def verdicts(found: list[Difference]) -> list[str]:
    """What each comparison shows, by rules that were fixed before the first run."""
    corrected = holm([difference.chance for difference in found])
    return [_verdict(d, p) for d, p in zip(found, corrected, strict=True)]


def _verdict(found: Difference, corrected: float) -> str:
    if corrected < LEVEL:
        return "gain" if found.mean > 0 else "loss"
    within = found.low > -NOTHING and found.high < NOTHING
    return "less than a point" if within else "not shown"
