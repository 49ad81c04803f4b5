"""The table of publications, its sources, and its figure."""

import itertools
import re

import pytest

from snippets.timeline import TABLE, events, figure
from tests.prose import sources

YEARS = [event.year for event in events()]


def test_every_row_is_a_publication_in_order():
    assert sorted(YEARS) == YEARS
    assert all(1959 <= year <= 2025 for year in YEARS)
    assert all(re.fullmatch(r"10\.\d{4,9}/\S+", event.doi) for event in events())
    assert len({event.doi for event in events()}) == len(YEARS)


def test_every_publication_but_the_textbook_one_is_a_reference_of_the_page():
    missing = [e.what for e in events() if f"doi:{e.doi}" not in sources("history")]
    assert missing == ["back-propagation"]  # its DOI stands in the table on the page


def test_a_row_without_a_doi_stops_the_build(tmp_path):
    table = tmp_path / "history.csv"
    table.write_text(TABLE.read_text("utf-8").replace("10.1007/BF00344251", "none"))
    with pytest.raises(ValueError, match="doi of Fukushima 1980 is 'none'"):
        events(table)


def test_a_row_without_a_year_raises_what_int_raises(tmp_path):
    table = tmp_path / "history.csv"
    table.write_text(TABLE.read_text("utf-8").replace("1980,", "198O,"))
    with pytest.raises(ValueError, match="invalid literal"):
        events(table)


def test_four_of_the_nine_meet_in_five_years(says):
    assert len(YEARS) == 9
    assert len([y for y in YEARS if 1986 <= y <= 1990]) == 4
    says("history", f"fall into the years {1986} to {1990}")
    says("history", f"from {YEARS[0]} to {YEARS[-1]}, drawn to scale")
    cells = [event.year for event in events() if event.kind == "cells"]
    assert len(cells) == 3
    says("history", f"three times until {cells[-1]}.")
    says("history", f"four of the six between {1986} and {1990}")


def test_the_figure_has_a_mark_and_a_line_of_text_for_each():
    ax = figure().axes[0]
    assert [float(dot.get_offsets()[0][1]) for dot in ax.collections] == YEARS
    heights = [text.get_position()[1] for text in ax.texts]
    assert all(b - a > 4.5 for a, b in itertools.pairwise(heights))
    assert all(text.get_text().count("\n") == 1 for text in ax.texts)
