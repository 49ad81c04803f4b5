"""The two pictures of the experiment, artist by artist: where, in which colour, how large."""

import pytest
import torch
from matplotlib.colors import same_color

from snippets.bag import figures
from snippets.bag.comparison import Difference

JUDGED = {
    "gain": Difference("shapes", "cosine", "resnet-d", 8, 3.0, 2.0, 4.0, 0.001),
    "loss": Difference("shapes", "zero-gamma", "warm-up", 8, -3.0, -4.0, -2.0, 0.001),
    "less than a point": Difference(
        "shapes", "resnet-d", "scratch", 8, 0, -0.5, 0.5, 0.9
    ),
    "not shown": Difference("shapes", "low-precision", "baseline", 8, 0.5, -2, 3, 0.7),
}
COLOURS = ["C2", "C1", "C0", "0.5"]  # of the output, the kernel, the input; grey
MARKS = ["^", "v", "o", "s"]  # a triangle, one upside down, a disc, a square


@pytest.fixture
def drawn(monkeypatch):
    """The picture of one comparison of each verdict."""
    monkeypatch.setattr(figures, "differences", lambda *_: list(JUDGED.values()))
    return figures.changes([], "shapes", ["shapes"])


def test_each_verdict_has_its_own_colour_and_its_own_mark_as_the_lab_says(drawn, says):
    says("labs/bag", "A triangle is a gain or, upside down, a loss")
    says("labs/bag", "disc is less than a point; a square is not shown")
    bars, points = drawn.axes[0].lines[1::2], drawn.axes[0].lines[2::2]
    assert [point.get_marker() for point in points] == MARKS
    for lines in (bars, points):
        for line, colour in zip(lines, COLOURS, strict=True):
            assert same_color(line.get_color(), colour)


def test_rows_go_down_from_zero_each_with_its_name_and_room_above_and_below(drawn):
    (ax,) = drawn.axes
    rows = [0, -1, -2, -3]
    assert [list(line.get_ydata()) for line in ax.lines[1::2]] == [[n, n] for n in rows]
    assert [list(line.get_ydata()) for line in ax.lines[2::2]] == [[n] for n in rows]
    assert list(ax.get_yticks()) == rows
    named = [label.get_text() for label in ax.get_yticklabels()]
    assert named == [
        "cosine",
        "zero-gamma",
        "resnet-d after scratch",
        "low-precision after baseline",
    ]
    assert ax.get_ylim() == pytest.approx((-3.4, 0.6))


def test_a_thin_grey_line_marks_no_change_and_the_axis_says_what_it_counts(drawn):
    (ax,) = drawn.axes
    zero = ax.lines[0]
    assert list(zero.get_xdata()) == [0, 0]
    assert same_color(zero.get_color(), "0.5")
    assert zero.get_linewidth() == 1
    assert ax.get_xlabel() == "change in points"


def test_the_picture_is_as_wide_as_the_others_and_grows_with_its_rows(
    drawn, monkeypatch
):
    assert tuple(drawn.get_size_inches()) == pytest.approx((4.8, 1.8))
    monkeypatch.setattr(figures, "differences", lambda *_: [JUDGED["gain"]] * 8)
    larger = figures.changes([], "shapes", ["shapes"])
    assert tuple(larger.get_size_inches()) == pytest.approx((4.8, 2.8))


def test_samples_share_one_scale_of_grey_without_axes(monkeypatch):
    images = torch.arange(20.0).view(20, 1, 1, 1).expand(20, 1, 3, 3)
    monkeypatch.setattr(figures, "halves", lambda *_: [(images, None), None])
    figure = figures.samples("shapes")
    assert tuple(figure.get_size_inches()) == pytest.approx((4.8, 1.3))
    assert len(figure.axes) == 16
    for n, ax in enumerate(figure.axes):
        (shown,) = ax.images
        assert shown.get_clim() == (-1, 2)  # darkest clutter, brightest shape
        assert (shown.get_array() == n).all()
        assert not ax.axison
