"""What the lab on shifted digits says: from its printed tables, its functions and arithmetic."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.functional import pad

from snippets.digit_net import KINDS, SHIFTS, halves, placed
from tests.labs import pieces, row, rows
from tests.oracles.network import shipped

PAGE, LAB = "labs/shift", "shift"
PLACES = len(SHIFTS) ** 2
SEVEN = ("perceptron", "shown shifts", "strided", *KINDS)


@pytest.fixture(scope="module")
def lab():
    """The functions of the lab, with the digits that they ask about."""
    (learnt, known), (asked, truth) = halves()
    own = {"learnt": learnt, "known": known, "asked": asked[::4], "truth": truth[::4]}
    names = pieces(LAB)
    names.update(own)  # its functions look here for what they read
    return names


@pytest.fixture(scope="module")
def table():
    """The shares of each of the seven networks, from the first table of the lab."""
    return {kind: rows(LAB, f"{kind:12}")[0] for kind in SEVEN}


def test_the_stored_networks_are_read_whole(lab):
    networks = lab["stored"]()
    for kind, network in shipped()[1].items():
        for own, known in zip(
            networks[kind].parameters(), network.parameters(), strict=True
        ):
            assert torch.equal(own, known)


def test_the_digits_are_shown_at_all_places(lab, says):
    torch.manual_seed(0)
    ink = lab["anywhere"](torch.ones(4000, 1, 8, 8))[:, 0]
    tops = {(int(x.nonzero()[0, 0]) - 8, int(x.nonzero()[0, 1]) - 8) for x in ink}
    assert tops == set(product(SHIFTS, SHIFTS))
    assert ink.sum((1, 2)).eq(64).all()
    says(PAGE, f"Another of its kind is shown them at all {PLACES} places")
    says(PAGE, f"Shown digits at all {PLACES} places")
    says(PAGE, f"It has learnt {PLACES} places")
    assert torch.equal(lab["middle"](lab["asked"]), placed(lab["asked"]))


def test_training_follows_its_seed(lab):
    one, two = (lab["taught"](lab["strided"], lab["middle"], 1) for _ in range(2))
    assert all(map(torch.equal, one.parameters(), two.parameters()))
    strides = [m.stride[0] for m in lab["strided"]() if isinstance(m, nn.Conv2d)]
    assert strides == [2, 2]


def test_right_and_steady_count_what_they_say(lab, says):
    says(PAGE, f"**{len(lab['asked'])} digits, one kind of shift.**")
    says(PAGE, f"is asked for {len(lab['asked'])} digits at {PLACES} places")
    said = lab["truth"].expand(9, 9, -1).clone()
    assert lab["right"](said).eq(1).all()
    assert lab["steady"](said) == 1
    said[4, 4] = -1  # one place differs from its four neighbours
    pairs = 2 * 9 * 8
    assert lab["steady"](said) == pytest.approx(1 - 4 / pairs)
    assert lab["right"](said).sum() == PLACES - 1
    said[:] = torch.arange(9)[:, None, None]  # rows differ, columns do not
    assert lab["steady"](said) == pytest.approx(0.5)


def test_answers_are_those_of_the_network_at_each_place(lab):
    network = shipped()[1]["flatten"]
    said = lab["answers"](network)
    assert said.shape == (9, 9, len(lab["asked"]))
    with torch.no_grad():
        one = network(placed(lab["asked"], right=3, down=-2)).argmax(1)
    assert torch.equal(said[2, 7], one)


def test_the_perceptron_knows_the_middle(table, says):
    assert table["perceptron"][0] > 90
    assert table["perceptron"][1] < 30
    says(PAGE, f"reads over {90}% of the digits in the middle, and below {30}% over")
    says(PAGE, f"Seven maps of {len(SHIFTS)} by {len(SHIFTS)} squares")
    says("index", f"Seven networks, {PLACES} places")


def test_steady_is_not_right(table):
    dense = table["perceptron"], table["flatten"]
    assert table["strided"][3] < min(own[3] for own in dense)
    assert table["strided"][1] > max(own[1] for own in dense)
    assert table["no stride"][3] == 100
    assert len(set(table["no stride"][:3])) == 1


def test_shifts_that_were_not_shown_are_not_learnt(table, says):
    assert table["shown shifts"][1] > 70
    (near, far) = rows(LAB, "shown shifts")[1][::2]
    assert far < 50 < near
    assert table["shown shifts"][2] > 50
    says(PAGE, "the perceptron then reads most digits at each of them.")
    says(PAGE, f"Over all {PLACES} places it reads over {70}% of the digits, and at 6")
    says(PAGE, f"pixels off both ways below {50}% again")


def test_equal_scores_are_those_of_the_grid(lab, says):
    networks, counts = shipped()[1] | {"strided": lab["strided"]()}, {}
    for kind in ("no stride", "global max", "strided", "blur"):
        counts[kind] = lab["differing"](networks[kind], lab["asked"][:1])
    says(PAGE, f"Without stride there is {counts['no stride']}.")
    says(PAGE, f"over a stride of 2 has 2 × 2 = {counts['global max']}")
    says(PAGE, f"with a stride of 4, has {counts['strided']}")
    says(PAGE, f"Its {counts['strided']} scores remain")
    assert counts["blur"] > 16
    says(PAGE, "Zhang's blur has a stride of 4 as well, and gives more than 16")
    assert lab["differing"](networks["blur"], lab["asked"][:1], room=8) == 16
    says(PAGE, "Give the canvas 8 more pixels on each side")
    says(PAGE, "from a digit at 4 pixels from the edge its maps touch the border")
    says(PAGE, f"one digit gets at the {PLACES} places, in float64")
    says(PAGE, "a stride of 2 in both convolutions")


def test_the_second_max_pool_before_a_global_maximum_changes_nothing(lab, says):
    network = shipped()[1]["global max"]
    pools = [at for at, layer in enumerate(network) if isinstance(layer, nn.MaxPool2d)]
    assert len(pools) == 2
    fewer = nn.Sequential(*network[: pools[1]], *network[pools[1] + 1 :])
    for at in ((0, 0), (1, 3), (-4, 4)):
        canvas = placed(lab["asked"], *at)
        assert torch.equal(fewer(canvas), network(canvas))
    says(PAGE, "The second max-pool of `global max` changes nothing")


def test_clear_of_the_border_whole_steps_of_the_grid_keep_the_scores(lab, says):
    canvas, steps = placed(lab["asked"][:5]), {"global max": 2, "no stride": 1}
    networks = shipped()[1] | {"strided": lab["strided"]()}
    for kind, step in (steps | {"strided": 4}).items():
        network, wide = networks[kind].double(), pad(canvas.double(), [16] * 4)
        still = network(wide)
        for at in product(range(9), range(9)):
            same = torch.allclose(network(wide.roll(at, (2, 3))), still, atol=1e-10)
            assert same == (at[0] % step == at[1] % step == 0)
        cut = network(placed(lab["asked"][:5].double(), down=8))
        assert not torch.allclose(cut, still, atol=1e-3)
        network.float()
    says(
        PAGE, "stays clear of the border, two shifts that differ by whole steps of the"
    )
    says(PAGE, "others in general do not.")


def test_the_border_is_felt_where_kernels_reach_it(lab, says):
    drifts = {k: lab["drifts"](shipped()[1][k]) for k in ("no stride", "global max")}
    drifts["strided"] = lab["drifts"](lab["strided"]())
    still = {
        kind: (own < 1e-4).nonzero()[:, 0].tolist() for kind, own in drifts.items()
    }
    assert still == {
        "no stride": [*range(7)],
        "global max": [0, 2, 4],
        "strided": [0, 4],
    }
    says(PAGE, "against the pixels down, from 0 to 8. Strided: zero at 0 and 4, high")
    says(PAGE, "Global max: zero at 0, 2 and 4, high between. No stride: zero up to 6")
    says(PAGE, "At 6 pixels down, 2 are left below the digit")
    says(PAGE, "and two kernels of 3 × 3 reach 2 pixels")
    says(PAGE, "At 7, the lowest row of the map is cut off")
    for at, expected in ((6, 2), (7, 1)):
        rows = placed(torch.ones(1, 1, 8, 8), down=at)[0, 0].sum(1)
        assert 23 - int(rows.nonzero().max()) == expected


def test_on_the_edge_fewer_are_right(table):
    edge, middle = row(LAB, "no stride, on the edge:")
    assert edge < middle == table["no stride"][0]


def test_the_answer_of_the_first_exercise_is_sixty_four(lab, says):
    one, relu, two, *rest = lab["strided"]()
    third = nn.Conv2d(16, 16, 3, stride=2, padding=1, bias=False)
    deeper = nn.Sequential(one, relu, two, relu, third, *rest)
    assert lab["differing"](deeper, lab["asked"][:1], room=8) == 64
    says(PAGE, "Put a third convolution with stride 2 between")
    says(PAGE, f"at the {PLACES} places? Nothing needs to be trained")
    says(PAGE, f"agrees; it is not {PLACES}")


def test_a_circular_border_is_none(lab, says):
    network = lab["stored"]()["no stride"].double()
    canvas = placed(lab["asked"][:20].double())
    says(PAGE, f"says so for all of {canvas.shape[2]} × {canvas.shape[3]}")
    for layer in network:
        if isinstance(layer, nn.Conv2d):
            layer.padding_mode = "circular"
    with torch.no_grad():
        still = network(canvas)
        for at in product(range(0, 24, 5), range(0, 24, 7)):
            moved = network(canvas.roll(at, (2, 3)))
            torch.testing.assert_close(moved, still, rtol=0, atol=1e-10)
