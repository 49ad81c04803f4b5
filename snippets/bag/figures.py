"""Two pictures of the results: what each trick changed, and what is drawn for it."""

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from snippets.bag.comparison import Difference, differences, verdicts
from snippets.bag.data import halves
from snippets.bag.recipes import RECIPES
from snippets.bag.results import Result
from snippets.bag.scales import SCALES

ROLES = {"gain": "C2", "loss": "C1", "less than a point": "C0", "not shown": "0.5"}
MARKS = {"gain": "^", "loss": "v", "less than a point": "o", "not shown": "s"}


def changes(results: list[Result], data: str, every: list[str]) -> Figure:
    """The change by each trick with its 95% interval, in points; marks are verdicts.

    Verdicts are corrected for the comparisons of ``every`` data set.
    """
    found = differences(results, every)
    judged = dict(zip(found, verdicts(found), strict=True))
    own = [difference for difference in found if difference.data == data]
    fig, ax = plt.subplots(figsize=(4.8, 0.8 + 0.25 * len(own)))
    ax.axvline(0, color="0.5", linewidth=1)
    for row, difference in enumerate(own):
        _bar(ax, -row, difference, judged[difference])
    ax.set_yticks([-row for row in range(len(own))], [_name(d) for d in own])
    ax.set(xlabel="change in points", ylim=(0.6 - len(own), 0.6))
    return fig


def _name(difference: Difference) -> str:
    """The recipe; what it is compared with, too, where that is not the one before."""
    if difference.after == RECIPES[difference.recipe].after:
        return difference.recipe
    return f"{difference.recipe} after {difference.after}"


def _bar(ax: Axes, row: int, found: Difference, verdict: str) -> None:
    colour = ROLES[verdict]
    ax.plot([found.low, found.high], [row, row], color=colour)
    ax.plot(found.mean, row, color=colour, marker=MARKS[verdict])


def samples(data: str, columns: int = 8) -> Figure:
    """The first images of a data set, as seed 0 draws them."""
    images, _ = halves(data, SCALES["small"], 0)[0]
    fig, axes = plt.subplots(2, columns, figsize=(4.8, 1.3))
    for ax, image in zip(axes.flat, images[:, 0], strict=False):
        ax.imshow(image.numpy(), vmin=-1, vmax=2)
        ax.set_axis_off()
    return fig
