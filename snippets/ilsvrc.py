"""The ImageNet challenge: best top-5 error of each year, from a table with sources."""

import csv
from pathlib import Path
from typing import Literal, NamedTuple

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

TABLE = Path(__file__).with_name("ilsvrc.csv")


class Entry(NamedTuple):
    """A line of the table; the error is in percent, the source a DOI or arXiv id."""

    year: int
    team: str
    kind: str
    error: float
    source: str


def entries(table: Path = TABLE) -> list[Entry]:
    """Each line of a table; a `ValueError` names the line that holds no percentage."""
    found = []
    with table.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            year, error = int(row["year"]), float(row["error"])
            if not 0 <= error <= 100:
                raise ValueError(f"line {number}: error must be 0 to 100, not {error}")
            found.append(Entry(year, row["team"], row["kind"], error, row["source"]))
    return found


# --8<-- [start:steps]
def winners() -> list[Entry]:
    """The entry with the lowest error of each year, by year."""
    years = sorted({entry.year for entry in entries()})
    best = [[entry for entry in entries() if entry.year == year] for year in years]
    return [min(year, key=lambda entry: entry.error) for year in best]


def steps() -> dict[int, tuple[float, float]]:
    """By how much each winner undercut the last one: in points, and as a share.

    >>> points, share = steps()[2012]
    >>> round(points, 1), round(share, 2)
    (9.4, 0.36)
    """
    pairs = zip(winners(), winners()[1:], strict=False)
    return {b.year: (a.error - b.error, 1 - b.error / a.error) for a, b in pairs}


# --8<-- [end:steps]


def draw(ax: Axes, kind: str, marker: str, colour: str, right: float) -> None:
    """Add the entries of a kind, their errors written above and to the right."""
    mine = [entry for entry in entries() if entry.kind == kind]
    years, errors = [entry.year for entry in mine], [entry.error for entry in mine]
    ax.plot(years, errors, marker=marker, color=colour)
    ha: Literal["left", "center"] = "left" if right else "center"
    for year, error in zip(years, errors, strict=True):
        ax.text(year + right, error + 1.1, f"{error:.1f}", ha=ha)


def figure() -> Figure:
    """Best top-5 error by year: hand-made features as squares, convnets as circles."""
    fig, ax = plt.subplots(figsize=(4.8, 3))
    draw(ax, "hand-made", "s", "C0", right=0)
    draw(ax, "convnet", "o", "C2", right=0.1)
    ax.text(2012.3, 26.2, "hand-made features", va="center")
    ax.text(2012.9, 17.5, "convolutional networks")
    ax.hlines(5.1, 2009.6, 2014.8, "0.5", "dashed", linewidth=1)
    ax.text(2009.7, 5.6, "one trained person: 5.1")
    ax.set(ylim=(0, 31), xlim=(2009.6, 2017.5), ylabel="top-5 error, %")
    ax.set_xticks([2010, 2012, 2015, 2017])
    ax.set_yticks([0, 10, 20, 30])
    return fig


if __name__ == "__main__":
    print("year  winner          top-5 error  fell by")
    first, *rest = winners()
    print(f"{first.year}  {first.team:15} {first.error:10.1f}%")
    for entry in rest:
        points, share = steps()[entry.year]
        told = f"{points:4.1f} points, {share:.0%}"
        print(f"{entry.year}  {entry.team:15} {entry.error:10.1f}%  {told}")
