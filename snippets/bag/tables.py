"""The results as tables: what each recipe reached, and what its trick changed."""

from statistics import mean

from snippets.bag.comparison import Difference, differences, scores, verdicts
from snippets.bag.recipes import RECIPES, TRANSFERRED
from snippets.bag.results import Result


def recipes(data: str) -> list[str]:
    """The recipes of a data set, in the order of its table."""
    return list(TRANSFERRED if data == "masks" else RECIPES)


def rows(results: list[Result]) -> list[list[str]]:
    """A row for each comparison: what the recipe reached, what its trick changed.

    A recipe that is compared with none has a row without a change.
    """
    data = list(dict.fromkeys(result.data for result in results))
    found = differences(results, data)
    told = list(zip(found, _told(found), strict=True))
    return [
        [kind, name, *_reached(results, kind, name), *change]
        for kind in data
        for name in recipes(kind)
        if scores(results, kind, name)
        for change in _own(told, kind, name)
    ]


def _own(
    told: list[tuple[Difference, list[str]]], data: str, recipe: str
) -> list[list[str]]:
    own = [text for d, text in told if (d.data, d.recipe) == (data, recipe)]
    return own or [[""] * 4]


def _reached(results: list[Result], data: str, recipe: str) -> list[str]:
    own = list(scores(results, data, recipe).values())
    return [str(len(own)), f"{mean(own):.1f}"]


def _told(found: list[Difference]) -> list[list[str]]:
    judged = zip(found, verdicts(found), strict=True)
    return [
        [d.after, f"{d.mean:+.1f}", f"{d.low:+.1f} to {d.high:+.1f}", v]
        for d, v in judged
    ]


def printed(results: list[Result], scale: str) -> str:
    """The table as text, columns aligned; ValueError if there is nothing of a scale."""
    own = [result for result in results if result.scale == scale]
    if not own:
        raise ValueError(f"no results of the scale {scale!r}")
    head = ["data", "recipe", "seeds", "mean", "after", "change", "95%", "verdict"]
    table = [head, *rows(own)]
    widths = [max(len(row[at]) for row in table) for at in range(len(head))]
    lines = [
        "  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)) for r in table
    ]
    return "\n".join([*(line.rstrip() for line in lines), *_origin(own)])


def _origin(own: list[Result]) -> list[str]:
    """Where the results come from, a line for each way of computing them."""
    ways = [
        f"{r.device}, {r.processes} process, torch {r.torch}, code {r.code}"
        for r in own
    ]
    return [f"{ways.count(way)} results: {way}" for way in dict.fromkeys(ways)]
