"""The stored results are those of this code, all of them, and two computed again are the same."""

from collections import Counter

import pytest
import torch

from snippets.bag.__main__ import NAMES
from snippets.bag.comparison import differences, pairs, scores, verdicts
from snippets.bag.recipes import RECIPES, TRANSFERRED
from snippets.bag.results import Cell, stored
from snippets.bag.work import CODE, Place, cells, filled

# Another processor rounds otherwise, and training makes more of it: as much as two seeds differ.
TOLERANCE = 0.03
DATA = ["shapes", "digits", "masks"]
PAGE = "labs/bag"
AGAIN = [
    Cell("small", "masks", "scratch", 0),
    Cell("small", "digits", "large-batch", 1),
]


@pytest.mark.whole
@pytest.mark.parametrize("cell", AGAIN, ids=str)
def test_a_cell_computed_again_has_its_stored_score(cell, tmp_path):
    (known,) = [result for result in stored() if result.cell == cell]
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    again = filled(cell, Place(tmp_path / "results.jsonl"), lambda *_: None)
    torch.set_num_threads(threads)
    assert again.score == pytest.approx(known.score, abs=TOLERANCE)


def test_every_cell_of_the_design_is_there_once_and_no_other():
    design = cells("small", DATA, NAMES, list(range(8)))
    found = [result.cell for result in stored()]
    assert sorted(map(str, found)) == sorted(map(str, design))


def test_all_results_come_from_one_program_one_library_and_one_kind_of_machine():
    ways = {
        (r.code, r.torch, r.numpy, r.python, r.device, r.threads, r.processes)
        for r in stored()
    }
    assert len(ways) == 1
    (code, *_) = ways.pop()
    assert code == CODE, "run the experiment again: what decides a score has changed"


def test_the_baseline_is_neither_at_the_ceiling_nor_at_chance():
    for data in ("shapes", "digits"):
        reached = scores(stored(), data, "baseline").values()
        assert 60 < min(reached) < max(reached) < 95


@pytest.fixture(scope="module")
def found():
    """Each comparison and its verdict, by data set, recipe and what it stands on."""
    all_of_them = differences(stored(), DATA)
    judged = zip(all_of_them, verdicts(all_of_them), strict=True)
    return {(d.data, d.recipe, d.after): (d, verdict) for d, verdict in judged}


@pytest.fixture(scope="module")
def changed(found):
    """The change and the verdict by a recipe, against the trick before it, for shapes and digits."""

    def look(recipe, after):
        pairs = [found[data, recipe, after] for data in ("shapes", "digits")]
        return [abs(d.mean) for d, _ in pairs], [verdict for _, verdict in pairs]

    return look


def mean(data, recipe):
    own = scores(stored(), data, recipe).values()
    return sum(own) / len(own)


def test_the_verdicts_are_counted(found, says):
    count = Counter(verdict for _, verdict in found.values())
    says(
        PAGE,
        f"Of {len(found)} comparisons {count['gain']} are gains, {count['loss']} are losses, "
        f"{count['less than a point']} is less than a point and {count['not shown']} are not shown",
    )
    assert count.most_common(1)[0][0] == "not shown"


def test_d_gains_on_two_data_sets_and_the_cosine_everywhere(found, changed, says):
    d, verdicts_of_d = changed("resnet-d", "resnet-c")
    cosine, verdicts_of_cosine = changed("cosine", "resnet-d")
    assert {*verdicts_of_d, *verdicts_of_cosine} == {"gain"}
    says(
        PAGE,
        f"D adds {d[0]:.1f} points on shapes and {d[1]:.1f} on digits, the cosine "
        f"{cosine[0]:.1f} and {cosine[1]:.1f}. On masks B, C and D together add "
        f"{found['masks', 'resnet-d', 'low-precision'][0].mean:.1f} points, the cosine "
        f"{found['masks', 'cosine', 'resnet-d'][0].mean:.1f}.",
    )
    assert found["masks", "resnet-d", "low-precision"][1] == "gain"
    assert found["masks", "cosine", "resnet-d"][1] == "gain"
    elsewhere = [key for key, (_, verdict) in found.items() if verdict == "gain"]
    assert {(data, recipe) for data, recipe, _ in elsewhere} == {
        *((data, recipe) for data in DATA for recipe in ("resnet-d", "cosine")),
        ("digits", "distillation"),
    }


def test_a_larger_batch_loses_and_what_mends_it_is_not_shown(found, changed, says):
    batch, judged = changed("large-batch", "baseline")
    assert judged == ["loss", "loss"]
    says(
        PAGE,
        f"**Four times the batch loses** {batch[0]:.1f} points on shapes and {batch[1]:.1f} on digits",
    )
    warm, of_warm = changed("warm-up", "scaling")
    says(PAGE, f"rises with warm-up, by {warm[0]:.1f} and {warm[1]:.1f} points")
    assert {*of_warm, *changed("scaling", "large-batch")[1]} == {"not shown"}
    for data in ("shapes", "digits"):
        assert found[data, "scaling", "large-batch"][0].mean < 0
        assert found[data, "warm-up", "scaling"][0].mean > 0
    steps = [("scaling", "large-batch"), ("warm-up", "scaling")]
    four = [found[data, *step][0] for data in ("shapes", "digits") for step in steps]
    assert sum(d.low > 0 or d.high < 0 for d in four) == 3
    says(PAGE, f"zero, but not after the correction for {len(found)}.")
    ends = scores(stored(), "digits", "scaling").values()
    assert sum(end < 25 for end in ends) == 2
    says(PAGE, "two of the eight networks for digits end below 25%")


def test_zero_gamma_and_b_lose(changed, says):
    lost, judged = changed("zero-gamma", "warm-up")
    assert judged == ["loss", "loss"]
    says(PAGE, f"**Zero γ loses** {lost[0]:.1f} and {lost[1]:.1f} points")
    lost, judged = changed("resnet-b", "low-precision")
    assert judged == ["not shown", "loss"]
    says(
        PAGE,
        f"**ResNet-B loses** {lost[1]:.1f} points on digits and is not shown on shapes",
    )
    assert changed("resnet-c", "resnet-b")[1] == ["not shown", "not shown"]


def test_three_tricks_are_shown_nowhere_and_change_little(found, says):
    pairs = [("no-bias-decay", "zero-gamma"), ("low-precision", "no-bias-decay")]
    keys = [(data, *pair) for pair in pairs for data in ("shapes", "digits")]
    keys += [(data, "smoothing", "cosine") for data in DATA]
    own = [found[key] for key in keys]
    assert {verdict for _, verdict in own} == {"not shown"}
    assert len(own) == 7
    ends = max(abs(end) for d, _ in own for end in (d.low, d.high))
    assert ends < 3.1
    says(PAGE, "their seven intervals end within 3.1 points of zero")


def test_distillation_and_mixup_do_what_is_said(found, says):
    d, verdict = found["digits", "distillation", "smoothing"]
    assert verdict == "gain"
    says(PAGE, f"**Distillation gains** {d.mean:.1f} points on digits")
    for data in ("shapes", "masks"):
        assert found[data, "distillation", "smoothing"][1] == "not shown"
        assert found[data, "mixup", "smoothing"][1] == "not shown"
    assert found["digits", "mixup", "smoothing"][1] == "less than a point"
    top = [found[data, "mixup-distillation", "distillation"][1] for data in DATA]
    assert top == ["not shown"] * 3
    says(
        PAGE, "**Mixup** changes digits by less than a point and is not shown elsewhere"
    )


def test_squares_beside_zero_are_counted(found, says):
    aside = [
        d
        for d, verdict in found.values()
        if verdict == "not shown" and (d.low > 0 or d.high < 0)
    ]
    says(PAGE, f"are not: {len(aside)} squares have intervals that leave out zero.")


def test_masks_gain_from_what_was_learnt_before(found, says):
    d, verdict = found["masks", "resnet-d", "scratch"]
    assert verdict == "gain"
    says(
        PAGE,
        f"The network of ResNet-D reaches {mean('masks', 'scratch'):.1f} points from scratch "
        f"and {d.mean:.1f} more with blocks that learnt shapes.",
    )
    better, worse = (
        [mean(data, recipe) for recipe in ("resnet-d", "baseline")]
        for data in ("shapes", "masks")
    )
    assert better[0] > better[1]
    assert worse[0] < worse[1]
    assert ("resnet-d", "baseline") not in pairs("masks")
    says(
        PAGE,
        "ResNet-D is above the baseline on shapes, {:.1f} to {:.1f}, "
        "and below it on masks, {:.1f} to {:.1f}".format(*better, *worse),
    )
    d, verdict = found["masks", "low-precision", "baseline"]
    assert verdict == "loss"
    says(
        PAGE,
        f"The large batch and the five tricks on it cost {-d.mean:.1f} of the baseline's "
        f"{mean('masks', 'baseline'):.1f}",
    )


def test_for_masks_some_recipes_are_several_changes_apart(says):
    steps = list(RECIPES)
    between = {name: steps.index(name) for name in TRANSFERRED if name != "scratch"}
    assert between["low-precision"] - between["baseline"] == 6
    assert between["resnet-d"] - between["low-precision"] == 3
    says(PAGE, "`low-precision` is compared with `baseline`, six changes at once")
    says(PAGE, "`resnet-d` with `low-precision`, three at once")
    others = set(TRANSFERRED) - {"scratch", "baseline", "low-precision", "resnet-d"}
    assert all(TRANSFERRED[name] == RECIPES[name].after for name in others)


def test_the_cost_is_that_of_the_stored_cells(says):
    minutes = sum(result.cpu for result in stored()) / 60
    says(PAGE, f"All runs together took {minutes:.0f} minutes of processor time")
