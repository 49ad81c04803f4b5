"""The picture beside a link to the site elsewhere: ``python -m snippets._card``.

It is committed as ``docs/card.png``; a test draws it again and compares.
"""

import re
from textwrap import wrap
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from snippets._style import ROOT, rules, tokens
from snippets.gridding import paths

CARD = ROOT / "docs" / "card.png"
SIZE = (12, 6.3)  # inches, of 100 pixels each


def named(key: str) -> str:
    """What mkdocs.yml says under a key, such as ``site_name``."""
    found = re.search(rf"^{key}: (.+)$", (ROOT / "mkdocs.yml").read_text("utf-8"), re.M)
    if not found:
        raise ValueError(f"mkdocs.yml has no {key}")
    return found[1]


def card() -> Figure:
    """The name of the site, what it promises, and a picture that it explains."""
    with plt.style.context("default"):
        plt.rcParams.update({**rules(), "figure.constrained_layout.use": False})
        fig = plt.figure(figsize=SIZE, dpi=100)
        _grid(fig)
        name, promise = named("site_name"), named("site_description")
        _lines(fig, 0.8, wrap(name, 13), 0.14, size=54, weight="bold")
        _lines(fig, 0.44, wrap(promise, 22), 0.08, size=28)
    return fig


def _lines(fig: Figure, top: float, lines: list[str], apart: float, **how: Any) -> None:
    """Lines of text from the left margin, their baselines evenly apart."""
    for number, line in enumerate(lines):
        fig.text(0.06, top - apart * number, line, va="baseline", **how)


def _grid(fig: Figure) -> None:
    """The pixels that one output of a dilated stack sees, and those it misses."""
    routes = paths((2, 2, 2)) > 0
    ax = fig.add_axes((0.56, 0.19, 0.39, 0.743))
    for shown, look in ((routes, ("C0", 720, "s")), (~routes, ("0.5", 30, "o"))):
        (x, y), (color, area, marker) = shown.nonzero().T, look
        ax.scatter(x, y, area, color, marker=marker)
    ax.set_aspect("equal")
    ax.set_axis_off()
    told = f"One output sees {routes.sum()} of these {routes.numel()} pixels."
    fig.text(0.755, 0.09, told, size=18, ha="center", color=tokens()["quiet"])


if __name__ == "__main__":
    card().savefig(CARD, metadata={"Software": None})
