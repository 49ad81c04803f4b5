"""How every figure looks: one style for matplotlib, colours from tokens.css."""

import base64
import io
import re
from pathlib import Path
from typing import Any

from cycler import cycler
from PIL import Image

ROOT = Path(__file__).resolve().parent.parent
TOKENS = ROOT / "docs" / "stylesheets" / "tokens.css"

INLINE = re.compile(r"(?<=data:image/png;base64,)[\w+/=\s]+")
COLOURED = {
    "axes.edge": "rule",
    "axes.label": "ink",
    "axes.title": "ink",
    "figure.face": "paper",
    "text.": "ink",
    "xtick.": "rule",
    "xtick.label": "ink",
    "ytick.": "rule",
    "ytick.label": "ink",
}
SHAPE: dict[str, Any] = {
    "axes.facecolor": "none",
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlesize": "medium",
    "figure.constrained_layout.use": True,
    "figure.figsize": (4.8, 2.7),  # text of 10 pt stays above 9 px on a phone
    "font.size": 10,
    "image.cmap": "gray",
    "image.interpolation": "nearest",
    "legend.frameon": False,
    "lines.linewidth": 2,
    "scatter.edgecolors": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "convolution, checked",
}


def tokens() -> dict[str, str]:
    """The hex colour of each token as it is on light paper, by name.

    >>> list(tokens())[:3]
    ['input', 'kernel', 'output']
    """
    return dict(
        re.findall(
            r"--([\w-]+):\s*(?:light-dark\()?(#[0-9a-f]{6})", TOKENS.read_text("utf-8")
        )
    )


def rules() -> dict[Any, Any]:
    """The rcParams of the site, for use inside ``plt.style.context("default")``."""
    colour = tokens()
    roles = [colour[name] for name in ("input", "kernel", "output", "accent")]
    coloured = {f"{param}color": colour[name] for param, name in COLOURED.items()}
    return {**SHAPE, **coloured, "axes.prop_cycle": cycler(color=roles)}


def themed(svg: str) -> str:
    """The drawing with each colour replaced by its token, so that it follows the page.

    >>> drawing = f'<svg width="1pt"><g style="fill: {tokens()["input"]}"/></svg>'
    >>> themed(drawing).endswith('<g style="fill: var(--input)"/></svg>')
    True
    """
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r"^.*?(?=<svg)", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"(font: (?:\w+ )*[\d.]+px )[^;\"]*", r"\1system-ui, sans-serif", svg)
    svg = INLINE.sub(lambda picture: _light(picture[0]), svg)
    for name, colour in tokens().items():
        svg = svg.replace(colour, f"var(--{name})")
    sheet = re.sub(r"/\*.*?\*/\s*", "", TOKENS.read_text("utf-8"), flags=re.DOTALL)
    follow = f"<style>:root {{ color-scheme: light dark }}\n{sheet}</style>"
    return re.sub(r"(<svg[^>]*>)", lambda tag: tag[1] + follow, svg, count=1)


def _light(picture: str) -> str:
    """A PNG without the channels that say nothing: a grey one takes half the bytes."""
    image = Image.open(io.BytesIO(base64.b64decode(picture)))
    red, green, blue, alpha = image.convert("RGBA").split()
    if min(alpha.tobytes()) < 255:
        return picture
    grey = red.tobytes() == green.tobytes() == blue.tobytes()
    sheet = io.BytesIO()
    image.convert("L" if grey else "RGB").save(sheet, "PNG", optimize=True)
    return base64.b64encode(sheet.getvalue()).decode()
