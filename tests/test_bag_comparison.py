"""What is said of the tricks follows from the numbers, by rules that can be tested."""

from statistics import mean, stdev

import pytest
import torch
from scipy import stats

from snippets.bag import comparison
from snippets.bag.comparison import (
    Difference,
    chance,
    differences,
    holm,
    interval,
    pairs,
    verdicts,
)
from snippets.bag.figures import MARKS, ROLES, changes, samples
from snippets.bag.recipes import RECIPES, TRANSFERRED
from snippets.bag.results import Result
from snippets.bag.tables import printed, rows
from tests.test_bag_work import result


def invented(
    data: str, spread: float = 0.01, gain: float = 0.0, seeds: int = 5
) -> list[Result]:
    """Results in which cosine gains so much and nothing else does."""
    names = TRANSFERRED if data == "masks" else RECIPES
    noise = torch.randn(
        len(names), seeds, generator=torch.Generator().manual_seed(0)
    ).double()
    order, cut = list(RECIPES), list(RECIPES).index("cosine")
    return [
        result(
            data=data, recipe=name, seed=seed,
            score=0.8 + 0.02 * seed + spread * float(noise[row, seed])
            + gain * (name in order and order.index(name) >= cut),
        )
        for row, name in enumerate(names)
        for seed in range(seeds)
    ]  # fmt: skip


def test_intervals_and_chances_are_those_of_a_paired_t_test():
    torch.manual_seed(0)
    for seeds in range(2, 12):
        new, old = torch.randn(2, seeds).double().tolist()
        values = [a - b for a, b in zip(new, old, strict=True)]
        oracle = stats.ttest_rel(new, old)
        ends = oracle.confidence_interval(0.95)
        assert chance(values) == pytest.approx(oracle.pvalue)
        assert interval(values) == pytest.approx((ends.low, ends.high))
    assert chance([0.0, 0.0]) == 1
    assert chance([2.0, 2.0]) == 0


def test_an_interval_has_the_mean_of_five_in_95_of_100():
    torch.manual_seed(0)
    draws = torch.randn(4000, 5).tolist()
    held = [low < 0 < high for low, high in map(interval, draws)]
    assert mean(held) == pytest.approx(0.95, abs=0.012)


def test_holm_holds_the_chance_of_any_error_and_is_never_above_bonferroni():
    torch.manual_seed(0)
    for _ in range(50):
        chances = torch.rand(7).tolist()
        corrected = holm(chances)
        order = sorted(range(7), key=chances.__getitem__)
        assert [corrected[at] for at in order] == sorted(corrected)
        assert all(
            c <= min(1, 7 * p) + 1e-12 for c, p in zip(corrected, chances, strict=True)
        )
        assert corrected[order[0]] == pytest.approx(min(1, 7 * chances[order[0]]))
    nulls = torch.rand(4000, 7).tolist()
    errors = [min(holm(chances)) < 0.05 for chances in nulls]
    assert mean(errors) == pytest.approx(0.05, abs=0.012)


def test_every_trick_is_compared_once_with_what_it_stands_on():
    for data in ("shapes", "digits"):
        assert [new for new, _ in pairs(data)] == [
            name for name in RECIPES if name not in ("baseline", "teacher")
        ]
        assert all(RECIPES[new].after == old for new, old in pairs(data))
    assert len(pairs("masks")) == len(TRANSFERRED) - 1
    assert sum(len(pairs(data)) for data in ("shapes", "digits", "masks")) == 36


def test_differences_are_paired_by_seed_in_points():
    results = invented("shapes", spread=0.0, gain=0.03)
    found = {d.recipe: d for d in differences(results, ["shapes"])}
    assert found["cosine"].mean == pytest.approx(3)
    assert found["mixup"].mean == pytest.approx(0, abs=1e-9)
    less = [r for r in results if r.recipe != "cosine" or r.seed > 2]
    assert {d.recipe: d.seeds for d in differences(less, ["shapes"])}["cosine"] == 2
    least = [r for r in results if r.recipe != "cosine" or r.seed > 3]
    assert "cosine" not in {d.recipe for d in differences(least, ["shapes"])}


def told(low: float, high: float, p: float) -> str:
    return verdicts(
        [Difference("shapes", "b", "a", 5, (low + high) / 2, low, high, p)]
    )[0]


def test_verdicts_follow_the_rules():
    assert told(1, 3, 0.01) == "gain"
    assert told(-3, -1, 0.01) == "loss"
    assert told(-0.9, 0.9, 0.9) == "less than a point"
    assert told(-1.1, 0.9, 0.9) == "not shown"
    assert told(-0.9, 1.1, 0.9) == "not shown"
    assert told(-1, 0.9, 0.9) == told(-0.9, 1, 0.9) == "not shown"
    assert told(1, 3, 0.05) == "not shown"
    assert told(0.1, 0.5, 0.049) == "gain"
    one = Difference("shapes", "b", "a", 5, 2, 0.1, 3.9, 0.02)
    assert verdicts([one]) == ["gain"]
    assert verdicts([one, one, one]) == ["not shown"] * 3


def test_a_gain_is_found_where_there_is_one_and_nowhere_else():
    results = [*invented("shapes", gain=0.1), *invented("digits")]
    found = differences(results, ["shapes", "digits"])
    judged = dict(
        zip([(d.data, d.recipe) for d in found], verdicts(found), strict=True)
    )
    assert [at for at, verdict in judged.items() if verdict in ("gain", "loss")] == [
        ("shapes", "cosine")
    ]


def test_the_table_says_what_was_computed():
    results = [*invented("shapes", gain=0.1), *invented("masks")]
    table = {(row[0], row[1]): row[2:] for row in rows(results)}
    assert len(table) == len(RECIPES) + len(TRANSFERRED)
    compared = [(row[0], row[1], row[4]) for row in rows(results) if row[4]]
    found = differences(results, ["shapes", "masks"])
    assert sorted(compared) == sorted((d.data, d.recipe, d.after) for d in found)
    own = [100 * r.score for r in results if (r.data, r.recipe) == ("shapes", "cosine")]
    other = [
        100 * r.score for r in results if (r.data, r.recipe) == ("shapes", "resnet-d")
    ]
    change = [a - b for a, b in zip(own, other, strict=True)]
    half = stats.t.ppf(0.975, 4) * stdev(change) / 5**0.5
    assert table["shapes", "cosine"] == [
        "5", f"{mean(own):.1f}", "resnet-d", f"{mean(change):+.1f}",
        f"{mean(change) - half:+.1f} to {mean(change) + half:+.1f}", "gain",
    ]  # fmt: skip
    assert table["shapes", "teacher"][2:] == [""] * 4


def test_the_printed_table_names_where_its_results_come_from():
    text = printed(invented("masks"), "tiny")
    assert "masks  mixup-distillation  5" in text
    assert text.endswith("45 results: none, 1 process, torch 2, code 0")
    mixed = [*invented("masks"), result(torch="3")]
    assert printed(mixed, "tiny").endswith(
        "\n1 results: none, 1 process, torch 3, code 0"
    )
    with pytest.raises(ValueError, match="no results of the scale 'small'"):
        printed(invented("masks"), "small")


def test_the_figure_shows_each_change_with_its_interval_and_its_verdict():
    results = [*invented("shapes", gain=0.1), *invented("masks")]
    (ax,) = changes(results, "shapes", ["shapes", "masks"]).axes
    found = differences(results, ["shapes", "masks"])
    own = [d for d in found if d.data == "shapes"]
    judged = dict(zip(found, verdicts(found), strict=True))
    drawn = ax.lines[1:]
    for difference, bar, point in zip(own, drawn[::2], drawn[1::2], strict=True):
        assert list(bar.get_xdata()) == [difference.low, difference.high]
        assert list(point.get_xdata()) == [difference.mean]
        assert point.get_marker() == MARKS[judged[difference]]
    labels = [label.get_text() for label in ax.get_yticklabels()]
    assert labels == [d.recipe for d in own]
    assert set(ROLES) == set(MARKS)
    (ax,) = changes(results, "masks", ["masks"]).axes
    assert ax.get_yticklabels()[0].get_text() == "resnet-d after scratch"


def test_samples_are_the_first_images_of_seed_zero():
    from snippets.bag.data import halves
    from snippets.bag.scales import SCALES

    figure = samples("digits")
    images = halves("digits", SCALES["small"], 0)[0][0]
    shown = [ax.images[0].get_array() for ax in figure.axes]
    assert len(shown) == 16
    assert all(
        torch.equal(torch.tensor(a), b[0]) for a, b in zip(shown, images, strict=False)
    )


def test_two_levels_were_fixed():
    assert (comparison.LEVEL, comparison.NOTHING) == (0.05, 1.0)
