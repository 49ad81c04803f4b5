"""``python -m tests.drawn [snippet ...]``: write down what each figure shows, after looking at it.

Each figure has its description in ``tests/drawn``, and a test compares. A picture is checked
by eye once; from then on a line that changes is seen in review.
"""

import argparse
from collections.abc import Iterator
from functools import singledispatch
from importlib import import_module
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import Patch, Rectangle
from matplotlib.text import Annotation, Text

from snippets._build import drawn
from snippets._style import ROOT, rules, tokens

FOLDER = ROOT / "tests" / "drawn"
NAMES = [path.stem for path in drawn()]
FEW = 12  # as many numbers are written out


def described(snippet: str) -> str:
    """What the figure of a snippet shows, line by line."""
    with plt.style.context("default"):
        plt.rcParams.update(rules())
        figure = import_module(f"snippets.{snippet}").figure()
        text = "\n".join(lines(figure)) + "\n"
        plt.close(figure)
        return text


def lines(figure: Figure) -> Iterator[str]:
    """The lines that describe a figure."""
    yield f"figure, {numbers(figure.get_size_inches())} inches"
    for text in figure.texts:
        yield from told(text)
    for ax in figure.axes:
        left, low, width, height = ax.get_position(original=True).bounds
        place = f"{number(width)} × {number(height)} at {number(left)}, {number(low)}"
        yield f"axes, {place}, aspect {ax.get_aspect()}{'' if ax.axison else ', hidden'}"
        yield from (f"  {line}" for line in inside(ax))


def inside(ax: Axes) -> Iterator[str]:
    """The lines that describe a pair of axes: title, scales, then all that is drawn."""
    yield from told(ax.title) if ax.get_title() else ()
    if ax.axison:
        shown = [name for name, spine in ax.spines.items() if spine.get_visible()]
        yield f"spines {' '.join(shown)}"
    yield from scale("x", ax.xaxis)
    yield from scale("y", ax.yaxis)
    for kind in (ax.images, ax.patches, ax.collections, ax.lines, ax.texts):
        for artist in kind:
            yield from told(artist)
    assert not {*ax.artists, *ax.tables, *ax.child_axes, ax.get_legend()} - {None}


def scale(name: str, axis: Axis) -> Iterator[str]:
    """Limits, ticks and label of an axis."""
    low, high = axis.get_view_interval()
    yield f"{name} from {number(low)} to {number(high)}, {axis.get_scale()}"
    if axis.axes.axison and axis.get_visible():
        ticks = [tick for tick in axis.get_major_ticks() if tick.get_visible()]
        marks = [tick.tick1line for tick in ticks]
        length = marks[0].get_markersize() if marks and marks[0].get_visible() else 0
        yield f"  ticks {number(length)} long: {numbers(axis.get_majorticklocs(), 0)}"
        labels = axis.get_majorticklabels()
        yield from [f"  {len(axis.get_minorticklocs())} minor ticks"] * bool(
            len(axis.get_minorticklocs())
        )
        yield f"  tick labels: {' | '.join(text.get_text() for text in labels)}"
        yield from (
            f"  label {line}" for line in told(axis.label) if axis.label.get_text()
        )


@singledispatch
def told(artist: Artist) -> Iterator[str]:
    """What an artist draws: kind, colours, sizes, then its numbers."""
    raise TypeError(f"tests/drawn.py does not know how to describe {artist}")


@told.register(Text)
def _(text: Any) -> Iterator[str]:
    style = f"{text.get_ha()} {text.get_va()} {number(text.get_size())} pt"
    turned = f" turned {number(text.get_rotation())}" if text.get_rotation() else ""
    weight = "" if text.get_weight() == "normal" else f" {text.get_weight()}"
    at = numbers(text.get_unitless_position(), 0)
    yield f"text {text.get_text()!r} at {at}: {style}{weight}{turned} {common(text)}"
    assert not text.get_bbox_patch()
    if isinstance(text, Annotation):
        yield f"  for {numbers(text.xy, 0)} in {text.xycoords}, put in {text.anncoords}"
        arrow = text.arrow_patch
        yield f"  arrow {common(arrow)} {edged(arrow)}" if arrow else "  no arrow"


@told.register(Line2D)
def _(line: Any) -> Iterator[str]:
    style = f"{line.get_linestyle()} {number(line.get_linewidth())}"
    marker = f"{line.get_marker()} {number(line.get_markersize())}"
    faces = f"{role(line.get_markerfacecolor())} {role(line.get_markeredgecolor())}"
    steps = line.get_drawstyle().replace("default", "").replace("steps", " steps")
    yield f"line {style}{steps}, marker {marker} {faces}, {common(line)}"
    log = "log" in (line.axes.get_xscale(), line.axes.get_yscale())
    for name, values in (
        ("x", line.get_xdata(orig=False)),
        ("y", line.get_ydata(orig=False)),
    ):
        yield f"  {name} {numbers(values, 0 if log else 1e-6)}"


@told.register(PathCollection)
def _(dots: Any) -> Iterator[str]:
    x, y = np.ma.getdata(dots.get_offsets()).T
    yield f"{len(x)} dots {marker(dots)} of {numbers(np.unique(dots.get_sizes()))}"
    yield f"  {common(dots)} {edged(dots)}"
    yield f"  x {numbers(x)}"
    yield f"  y {numbers(y)}"
    if dots.get_array() is not None:
        yield f"  {mapped(dots)}"


@told.register(LineCollection)
def _(bars: Any) -> Iterator[str]:
    dashes = bars.get_linestyle()[0][1]
    dashed = f" dashed {numbers(dashes)}" if dashes else ""
    yield f"{len(bars.get_segments())} rules{dashed} {common(bars)} {edged(bars)}"
    yield f"  {numbers(np.concatenate(bars.get_segments()))}"


@told.register(AxesImage)
def _(image: Any) -> Iterator[str]:
    rows, columns = image.get_array().shape[:2]
    yield f"image {rows} × {columns}, {image.get_interpolation()}, {common(image)}"
    yield f"  over {numbers(image.get_extent())}"
    yield f"  {mapped(image)}"


@told.register(Patch)
def _(patch: Any) -> Iterator[str]:
    place = numbers(patch.get_path().vertices)
    if isinstance(patch, Rectangle):
        place = numbers(patch.get_bbox().bounds)
    turned = f" turned {number(patch.angle)}" if getattr(patch, "angle", 0) else ""
    kind = type(patch).__name__.lower()
    yield f"{kind} {place}{turned}: {common(patch)} {edged(patch)}"


def common(artist: Any) -> str:
    """What all artists have: colour, transparency, order, coordinates, clipping."""
    alpha = (
        f" alpha {number(artist.get_alpha())}" if artist.get_alpha() is not None else ""
    )
    colour = f"{role(artist.get_color())} " if hasattr(artist, "get_color") else ""
    return (
        f"{colour}z {number(artist.get_zorder())}{alpha}{where(artist)}"
        f"{'' if artist.get_clip_on() else ' unclipped'}"
        f"{'' if artist.get_visible() else ' invisible'}"
    )


def where(artist: Artist) -> str:
    """The coordinates, if they are not those of the data."""
    ax = artist.axes
    if ax is None:
        return ""
    others = {
        " in axes": ax.transAxes,
        " on x": ax.get_xaxis_transform(),
        " on y": ax.get_yaxis_transform(),
    }
    own = [getattr(artist, "get_data_transform", artist.get_transform)()]
    return "".join(name for name, transform in others.items() if transform in own)


def edged(artist: Any) -> str:
    """Faces and edges."""
    faces, edges = artist.get_facecolor(), artist.get_edgecolor()
    if role(edges) == "none":
        return f"faces {role(faces)}"
    style = f"{artist.get_linestyle()} " if isinstance(artist, Patch) else ""
    widths = numbers(np.unique(artist.get_linewidth()))
    return f"faces {role(faces)}, edges {style}{widths} {role(edges)}"


def mapped(artist: Any) -> str:
    """Numbers shown as colours: the map, its ends, the numbers."""
    ends = numbers(artist.get_clim())
    colours = artist.get_cmap()
    name = role(colours(range(colours.N))) if colours.N <= FEW else colours.name
    return f"{name} from {ends}: {numbers(artist.get_array())}"


def marker(dots: PathCollection) -> str:
    """The name of a marker, by its outline."""
    outline: Any = dots.get_paths()[0].vertices
    for name in "os^vDdxX+*.|_<>8pPhH":
        known = MarkerStyle(name)
        path: Any = known.get_path().transformed(known.get_transform()).vertices
        if path.shape == outline.shape and np.allclose(path, outline):
            return name
    return numbers(outline)


def role(colour: Any) -> str:
    """The token of a colour, or of each of several: a role, not a hue."""
    if colour is None or (isinstance(colour, str) and colour in {"none", "None"}):
        return "none"
    names = {value: name for name, value in tokens().items()}
    rows = np.atleast_2d(colour) if not isinstance(colour, str) else [colour]
    clear = [to_rgba(row)[3] == 0 for row in rows]
    found = ["none" if c else to_hex(row) for c, row in zip(clear, rows, strict=True)]
    return " ".join(dict.fromkeys(names.get(hue, hue) for hue in found)) or "none"


def number(value: Any) -> str:
    """Three digits of a number, those before its point, none of what is rounding."""
    if value is None or isinstance(value, str):
        return repr(value)
    value += 0.0  # not a negative zero
    if 0 < abs(value) < 1e-6:
        return f"about 1e{np.log10(abs(value)):.0f}"
    whole = abs(value) < 1e6 and value == round(value)
    years = 1e3 <= abs(value) < 1e6
    return f"{value:.0f}" if whole or years else f"{value:.3g}"


def numbers(values: Any, floor: float = 1e-6) -> str:
    """A few numbers as they are; of many their count, ends, range, mean and tilt.

    What is smaller than ``floor``, as a share of the largest, is rounding, and so 0.
    """
    flat = np.ma.getdata(values).astype(float).ravel()
    largest = np.abs(flat).max(initial=0) or 1.0
    flat = np.where(np.abs(flat) < floor * largest, 0.0, flat)
    if len(flat) <= FEW:
        return ", ".join(map(number, flat))
    tilt = flat @ np.linspace(-1, 1, len(flat)) / len(flat)
    mean, lean = (round(float(x / largest), 3) * largest for x in (flat.mean(), tilt))
    ends, extent = f"{number(flat[0])} … {number(flat[-1])}", (flat.min(), flat.max())
    extremes = " to ".join(map(number, extent))
    middle = f"mean {number(mean)}, tilt {number(lean)}"
    return f"{len(flat)} numbers {ends}: {extremes}, {middle}"


def main() -> None:
    """Write the descriptions of the figures that were looked at."""
    parser = argparse.ArgumentParser("python -m tests.drawn", description=__doc__)
    parser.add_argument("snippets", nargs="*", choices=[*NAMES, []], metavar="snippet")
    for name in parser.parse_args().snippets or NAMES:
        (FOLDER / f"{name}.txt").write_text(described(name), "utf-8", newline="\n")


if __name__ == "__main__":
    main()
