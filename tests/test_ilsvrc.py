"""The table of winners, its sources, and what the page on ImageNet says about it."""

import pytest

from snippets.ilsvrc import TABLE, entries, figure, steps, winners
from tests.prose import sources


def test_every_row_has_a_source_that_the_page_cites():
    for entry in entries():
        assert entry.source in sources("imagenet"), entry


def test_a_year_without_a_winner_would_be_noticed(says):
    years = [entry.year for entry in winners()]
    assert years == list(range(2010, 2018))
    says(
        "imagenet",
        f"From {years[0]} to {years[-1]}, the ImageNet challenge counted how often",
    )


def test_each_winner_errs_less_than_the_last():
    errors = [entry.error for entry in winners()]
    assert errors == sorted(errors, reverse=True)
    assert len(set(errors)) == len(errors)


def test_from_2012_on_the_winner_was_a_convolutional_network(says):
    kinds = {entry.year: entry.kind for entry in winners()}
    first = min(year for year, kind in kinds.items() if kind == "convnet")
    assert {kind for year, kind in kinds.items() if year < first} == {"hand-made"}
    assert {kind for year, kind in kinds.items() if year >= first} == {"convnet"}
    says("imagenet", f"from {first} on, the winner was a convolutional network")
    says("imagenet", f"The winners of {first - 2} and {first - 1} described an image")
    says("imagenet", f"## In {first} the method changed")
    says("imagenet", f"In {first} all leading teams but one did so.")


def test_the_caption_quotes_the_table(says):
    last = {(entry.kind, entry.year): entry.error for entry in entries()}
    hand, net = last["hand-made", 2012], last["convnet", 2012]
    assert max(year for kind, year in last if kind == "hand-made") == 2012
    says(
        "imagenet",
        f"Hand-made features stood at {hand}% when the networks began at {net}%; five years "
        f"later these stood at {last['convnet', 2017]:.1f}%.",
    )
    says(
        "imagenet",
        f"Squares for hand-made features stay near the top: {last['hand-made', 2010]}, "
        f"{last['hand-made', 2011]} and {hand} percent from 2010 to 2012. Circles for "
        f"convolutional networks start at {net} percent in 2012 and fall to "
        f"{last['convnet', 2017]:.1f} percent in 2017. A dashed line at 5.1 percent, one trained "
        "person, is crossed between 2014 and 2015.",
    )
    assert last["convnet", 2015] < 5.1 < last["convnet", 2014]
    says(
        "imagenet",
        f"So {last['hand-made', 2011]}% and {hand}% do not mean that hand-made features got worse.",
    )


def test_in_points_2012_is_the_largest_step_and_as_a_share_it_is_not(says):
    points = {year: step[0] for year, step in steps().items()}
    shares = {year: step[1] for year, step in steps().items()}
    largest = max(points, key=points.__getitem__)
    larger = sorted(year for year in shares if shares[year] > shares[largest])
    says(
        "imagenet",
        f"In points, the step of {largest} is the largest. As a share of the errors that were "
        f"left, those of {larger[0]} and {larger[1]} are larger.",
    )
    assert larger == [2014, 2015]
    assert shares[2017] == pytest.approx(0.25, abs=0.01)  # as the SENet paper has it


@pytest.mark.parametrize("error", ["-1", "101", "nan"])
def test_a_row_without_a_percentage_is_named(tmp_path, error):
    broken = tmp_path / "broken.csv"
    lines = TABLE.read_text("utf-8").splitlines()
    broken.write_text(f"{lines[0]}\n{lines[1]}\n2011,XRCE,hand-made,{error},x\n")
    with pytest.raises(
        ValueError, match=f"^line 3: error must be 0 to 100, not {float(error)}$"
    ):
        entries(broken)


@pytest.mark.parametrize("error", ["0", "100"])
def test_no_error_and_nothing_but_errors_are_percentages(tmp_path, error):
    table = tmp_path / "table.csv"
    header = TABLE.read_text("utf-8").splitlines()[0]
    table.write_text(f"{header}\n2011,XRCE,hand-made,{error},x\n")
    assert [entry.error for entry in entries(table)] == [float(error)]


def test_the_figure_shows_every_entry_once_and_labels_it():
    ax = figure().axes[0]
    drawn = [point for line in ax.lines for point in line.get_xydata().tolist()]
    assert drawn == [[entry.year, entry.error] for entry in entries_by_kind()]
    told = [text.get_text() for text in ax.texts]
    assert told[: len(drawn)] == [f"{error:.1f}" for _, error in drawn]
    markers = [line.get_marker() for line in ax.lines]
    assert markers == ["s", "o"]
    assert ax.get_xlim() == (2009.6, 2017.5)


def entries_by_kind():
    return sorted(entries(), key=lambda e: (e.kind == "convnet", e.year))


def test_the_line_of_the_trained_person_is_crossed_and_ends_before_a_label():
    ax = figure().axes[0]
    start, end = ax.collections[0].get_segments()[0]
    assert start[1] == end[1] == 5.1
    before, after = (ax.lines[1].get_ydata()[n] for n in (2, 3))  # 2014 and 2015
    crossed = 2014 + (before - 5.1) / (before - after)
    label = next(text for text in ax.texts if text.get_text() == "3.6")
    assert 2014 < crossed < end[0] < label.get_position()[0] - 0.2
