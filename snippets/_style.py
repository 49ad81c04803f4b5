"""How every figure looks: one style for matplotlib, one set of colours from tokens.css."""

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TOKENS = ROOT / "docs" / "stylesheets" / "tokens.css"


def tokens() -> dict[str, str]:
    """The hex colour of each token as it is on light paper, by name.

    >>> tokens()["input"], tokens()["paper"]
    ('#0072b2', '#ffffff')
    """
    return dict(re.findall(r"--([\w-]+):\s*(?:light-dark\()?(#[0-9a-f]{6})", TOKENS.read_text()))


def rules() -> dict[str, Any]:
    """The rcParams of the site, to be applied after ``plt.style.context("default")``."""
    from cycler import cycler

    colour = tokens()
    ink = dict.fromkeys(["text.color", "axes.labelcolor", "axes.titlecolor"], colour["ink"])
    line = dict.fromkeys(["axes.edgecolor", "xtick.color", "ytick.color"], colour["rule"])
    label = dict.fromkeys(["xtick.labelcolor", "ytick.labelcolor"], colour["ink"])
    roles = cycler(color=[colour[name] for name in ("input", "kernel", "output", "accent")])
    return {
        **ink,
        **line,
        **label,
        "axes.prop_cycle": roles,
        "axes.facecolor": "none",
        "axes.spines.right": False,
        "axes.spines.top": False,
        "axes.titlesize": "medium",
        "figure.constrained_layout.use": True,
        "figure.facecolor": colour["paper"],
        "figure.figsize": (4.8, 2.7),
        "font.size": 10,
        "image.cmap": "gray",
        "image.interpolation": "nearest",
        "legend.frameon": False,
        "lines.linewidth": 2,
        "svg.fonttype": "none",
        "svg.hashsalt": "convolution, checked",
    }


def themed(svg: str) -> str:
    """The same drawing with each colour replaced by its token, so that it follows the page.

    >>> "fill: var(--input)" in themed('<svg width="1pt" height="1pt"><g style="fill: #0072b2"/>')
    True
    """
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"(font: (?:\w+ )*[\d.]+px )[^;\"]*", r"\1system-ui, sans-serif", svg)
    for name, colour in tokens().items():
        svg = svg.replace(colour, f"var(--{name})")
    sheet = re.sub(r"/\*.*?\*/\s*", "", TOKENS.read_text(), flags=re.DOTALL)
    follow = f"<style>:root {{ color-scheme: light dark }}\n{sheet}</style>"
    return re.sub(r"(<svg[^>]*>)", lambda tag: tag[1] + follow, svg, count=1)
