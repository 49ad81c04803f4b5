"""What the lab on the small bag of tricks says, from the program and its results."""

from snippets.bag.__main__ import parser
from snippets.bag.comparison import LEVEL, NOTHING, pairs
from snippets.bag.network import Network
from snippets.bag.recipes import RECIPES
from snippets.bag.scales import SCALES
from snippets.bag.training import CLASSES
from tests.prose import rows, source
from tests.test_bag_results import TOLERANCE

PAGE, SMALL = "labs/bag", SCALES["small"]


def test_the_network_is_as_wide_as_the_lab_says(says):
    widths = [block.path[0][0].out_channels for block in Network(SMALL.width).blocks]
    says(
        PAGE, "three bottleneck blocks of {}, {} and {} channels inside".format(*widths)
    )


def test_the_design_is_that_of_the_program(says):
    each = [len(pairs(data)) for data in ("shapes", "digits", "masks")]
    says(PAGE, f"{each[0]} comparisons for shapes and {each[1]} for digits")
    says(
        PAGE,
        f"start: {each[2]} comparisons more, one of them with a start from scratch",
    )
    says(PAGE, f"All {sum(each)} comparisons are one family")
    says(PAGE, f"Every run sees {SMALL.images:,} images {SMALL.epochs} times")
    says(PAGE, f"a run for masks sees {SMALL.masks}, {SMALL.epochs} times")
    says(PAGE, f"Accuracy on {SMALL.asked:,} images after the last epoch")
    says(PAGE, f"mean over {CLASSES + 1} classes of pixels")
    says(PAGE, f"The learning rate of the baseline is {SMALL.rate}")
    warm = RECIPES["warm-up"].warm * SMALL.epochs
    says(PAGE, f"warm-up takes {warm:.0f} epoch of {SMALL.epochs}")
    says(PAGE, f"the corrected chance is below {LEVEL:.0%}")
    assert NOTHING == 1
    says(PAGE, "the 95% interval of Student's t")


def test_the_seeds_of_the_program_are_those_of_the_lab(says):
    seeds = parser().parse_args([]).seeds
    assert len(seeds) == 8
    says(PAGE, f"Eight, from {seeds[0]} to {seeds[-1]}")


def test_the_recipes_are_those_of_the_design(says):
    last = RECIPES["mixup-distillation"]
    says(
        PAGE,
        f"smoothing gives ε = {last.smoothing} away, mixup draws with α = {last.mixup}",
    )
    says(PAGE, f"distillation has a temperature of {last.temperature:.0f}")
    assert last.batch == last.rate == 4
    assert RECIPES["teacher"].after == "smoothing"
    assert RECIPES["teacher"].wider == 2


def test_the_paper_is_told_as_the_page_on_the_tricks_cites_it(says):
    cited = " ".join(source("tricks").read_text("utf-8").split())
    assert "from a batch of 256 to 1,024, loses 0.9%" in cited
    assert "warm-up, zero γ and no bias decay together bring it back" in cited
    assert RECIPES["scaling"].batch == 1024 // 256
    table = rows(source("tricks"), "One paper stacked twelve changes on one network")
    assert [table[0][2], table[-1][2]] == ["75.3", "79.29"]
    says(
        PAGE,
        "All tricks together stand at 79.29% where the first row of its table has 75.3%",
    )
    says(PAGE, "four times as large, as here, loses 0.9% with linear scaling alone")
    says(PAGE, f"blocks and {SMALL.epochs} epochs")
    says(PAGE, f"{SMALL.epochs} epochs are short")


def test_the_cell_that_is_run_again_may_differ_as_much_as_the_tests_allow(says):
    says(PAGE, f"enlarges that: {100 * TOLERANCE:.0f} points are allowed")
    assert f"< {TOLERANCE}" in source(PAGE).read_text("utf-8")
