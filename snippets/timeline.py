"""Who built what, from the cells of a cat to LeNet-5, each with its source."""

import csv
import re
from pathlib import Path
from typing import NamedTuple

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

TABLE = Path(__file__).with_name("history.csv")
DOI = re.compile(r"10\.\d{4,9}/\S+")


class Event(NamedTuple):
    """A publication: when, whether of cells or of networks, who, what, and where."""

    year: int
    kind: str
    who: str
    what: str
    doi: str


# --8<-- [start:events]
def events(table: Path = TABLE) -> list[Event]:
    """The rows of a table, one publication each; a row without a DOI is an error.

    >>> events()[-1].what, events()[-1].year
    ('LeNet-5', 1998)
    """
    rows = list(csv.DictReader(table.read_text("utf-8").splitlines()))
    for row in rows:
        if not DOI.fullmatch(row["doi"]):
            raise ValueError(f"doi of {row['who']} {row['year']} is {row['doi']!r}")
    return [Event(int(row.pop("year")), **row) for row in rows]


# --8<-- [end:events]


def figure() -> Figure:
    """Years to scale at the left, each joined to its line of text."""
    fig, ax = plt.subplots(figsize=(4.8, 4))
    found = events()
    first, last = found[0].year, found[-1].year
    for line, event in enumerate(found):
        y = first + (last - first) * line / (len(found) - 1)
        colour, marker = {"cells": ("C0", "o"), "networks": ("C2", "s")}[event.kind]
        ax.plot([0, 1], [event.year, y], color="0.5", linewidth=1)
        ax.scatter(0, event.year, 40, colour, marker=marker, zorder=2)
        ax.text(1.1, y, f"{event.year}  {event.who}\n{event.what}", va="center")
    ax.set(xlim=(-0.2, 7), ylim=(last + 2, first - 2), xticks=[])
    ax.set_yticks([1960, 1970, 1980, 1990])
    ax.spines["bottom"].set_visible(False)
    return fig


if __name__ == "__main__":
    for event in events():
        print(f"{event.year}  {event.who:16}  {event.what:29}  {event.doi}")
