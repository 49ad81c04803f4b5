"""What the lab on the network of 1989 says: from its printed tables, its functions and arithmetic."""

from itertools import islice
from math import prod, sqrt

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, one_hot, unfold

from snippets.lecun1989 import digits, error, net, passes
from tests.labs import pieces, row, rows

PAGE, LAB = "labs/lecun", "lecun"
INPUTS = (25, 200, 192, 30)


@pytest.fixture(scope="module")
def lab():
    """The functions of the lab, with the digits that they read."""
    names, (images, labels) = pieces(LAB), digits()
    names |= {"learnt": images[:1297], "known": labels[:1297]}
    return names | {"asked": images[1297:], "truth": labels[1297:]}


@pytest.fixture(scope="module")
def wide(lab):
    """The network after 8 passes from wide weights, its biases kept at zero."""
    stages = lab["widened"](passes(lab["learnt"], lab["known"]))
    network = next(stages)
    for layer in network[:2]:
        layer.bias.requires_grad_(False)
    return list(islice(stages, 8))[-1]


def test_the_flat_piece_is_the_loss_of_saying_the_mean(says):
    wanted = one_hot(torch.arange(10), 10) * 2.0 - 1
    mean = wanted.mean().item()
    flat = (wanted - mean).square().mean().item()
    says(PAGE, f"answer −{-mean:.1f} to everything")
    says(PAGE, f"the loss is 1 − {-mean:.1f}² = {flat:.2f}.")
    says(PAGE, f"The loss soon falls to {flat:.2f} and stays")
    says(PAGE, f"a flat piece along a dotted line at {flat:.2f}")
    assert rows(LAB, "   2 ")[0][0] == pytest.approx(flat, abs=0.02)
    says(PAGE, "in each pass, and 500 others are asked")
    says(PAGE, f"sees {len(digits()[0]) - 500:,} digits in each pass")


def test_it_reads_digits_in_the_end(says):
    end = row(LAB, "  23 ")
    says(PAGE, f"less than {2}% of the digits that it has seen")
    says(PAGE, f"less than {5}% of the others")
    assert end[1] < 2
    assert end[2] < 5
    assert all(80 < share < 100 for share in rows(LAB, "   2 ")[0][1:])
    says(PAGE, "they stay near 90, then drop steeply")


def test_the_first_weights_let_less_than_a_thousandth_through(says):
    uniform = 2.4 / sqrt(3)  # the spread of numbers from -2.4 to 2.4
    says(PAGE, f"Their spread is {uniform:.2f}/n")
    says(PAGE, f"of spread 1 comes a sum of spread {uniform:.2f}/√n")
    says(PAGE, "For {}, {}, {} and {} inputs".format(*INPUTS))
    says(PAGE, f"that makes {prod(uniform / sqrt(n) for n in INPUTS):.4f}")
    layers = [net()[i] for i in (0, 1, 3, 5)]
    assert tuple(layer.weight[0].numel() for layer in layers) == INPUTS
    before = row(LAB, "before  0")
    assert before[-1] < 0.367 / 1000


def test_wide_weights_have_no_flat_piece(lab, says):
    network = next(lab["widened"](passes(lab["learnt"], lab["known"])))
    for layer, inputs in zip((network[i] for i in (0, 1, 3, 5)), INPUTS, strict=True):
        assert layer.weight.std().item() == pytest.approx(1 / sqrt(inputs), rel=0.1)
    usual, wide = (numbers[-1] for numbers in rows(LAB, "   3 "))
    assert wide < 15
    assert usual > 80
    says(PAGE, "after 3 passes the error on unseen digits is below 15%")
    says(PAGE, "where it was above 80%")


def rank(images):
    """The dimensions that patches span, away from the border."""
    patches = unfold(images, 5, stride=2).transpose(1, 2).reshape(-1, 25).double()
    return int(torch.linalg.matrix_rank(patches, rtol=1e-6))


def test_patches_of_doubled_digits_do_not_fill_a_kernel(lab, says):
    found = rank(lab["learnt"])
    says(PAGE, f"the patches span 4 × 4 = {found} dimensions")
    says(PAGE, f"lies in these {found} dimensions")
    says(PAGE, f"put into the other {25 - found} is still there after 23 passes")
    says(PAGE, "do not fill the 25 dimensions of a kernel")
    says(PAGE, "sharper images fill all 25 dimensions of a patch")
    assert rank(torch.rand(100, 1, 16, 16)) == 25
    says(
        PAGE,
        "were doubled from 8 × 8 pixels, and 5 neighbours in a row are mixtures of 4",
    )
    says(PAGE, "The digits were made from 8 × 8 pixels")
    says(PAGE, "Twelve kernels of 5 by 5 weights")
    small = torch.eye(8).view(8, 1, 1, 8).expand(8, 1, 8, 8)
    wide = torch.nn.functional.interpolate(small, scale_factor=2, mode="bilinear")
    for begin in range(2, 10, 2):  # one row; pixel by pixel of the small image
        assert int(wide[:, 0, 4, begin : begin + 5].any(1).sum()) == 4


def test_the_answer_of_the_second_exercise_is_nine(lab):
    small = avg_pool2d(lab["learnt"], 2)
    assert rank(small.repeat_interleave(2, 2).repeat_interleave(2, 3)) == 9


def test_a_kernel_moves_along_its_patches(lab, says):
    weight = torch.randn(3, 1, 5, 5, dtype=torch.float64, requires_grad=True)
    conv2d(lab["learnt"].double(), weight, stride=2).tanh().square().sum().backward()
    patches = unfold(lab["learnt"].double(), 5, stride=2).transpose(1, 2)
    along = torch.linalg.svd(patches.reshape(-1, 25), full_matrices=False)[2][:16]
    assert lab["share"](weight.grad, along) == pytest.approx(1)
    assert lab["share"](weight.detach(), along) < 0.9
    says(PAGE, "More than 99% of the change")
    assert row(LAB, "change")[0] > 99


def test_the_maps_have_the_sizes_of_the_lab(says):
    network, image = net(), torch.zeros(1, 1, 16, 16)
    h1 = network[0](image)
    (m1, s1), (m2, s2) = (x.shape[1:3] for x in (h1, network[1](h1)))
    says(PAGE, f"at 16 × 16 pixels; H1 answers with {m1} maps of {s1} × {s1} units")
    says(PAGE, f"H2 with {m2} maps of {s2} × {s2}")
    says(PAGE, "Left, 16 by 16 pixels. Middle")
    biases = [network[i].bias.numel() for i in (0, 1)]
    says(PAGE, "Each of the {} units of H1 and of the {} units of H2".format(*biases))
    says(PAGE, f"These {sum(biases)} parameters")


def test_twelve_maps_are_tiled_with_gaps(lab):
    maps = torch.arange(12.0)[:, None, None].expand(12, 2, 2)
    picture = lab["tiled"](maps)
    assert picture.shape == (16, 12)
    assert picture[1:3, 5:7].eq(1).all()
    assert picture[13:15, 9:11].eq(11).all()
    assert int(picture.isnan().sum()) == 16 * 12 - 12 * 4


def test_learning_makes_the_maps_alike(lab):
    before, after = (row(LAB, f"{name:6}  mean ")[0] for name in ("before", "after"))
    assert after > 1.5 * before

    def same(images):
        return images[:, :1].expand(-1, 12, -1, -1) * torch.tensor(-1.0)

    assert lab["likeness"](same) == pytest.approx(1)


def test_the_biases_can_be_taken_away(says):
    (changed, asked) = row(LAB, "with all of them at zero,")
    says(PAGE, f"At most {5} of {asked:.0f} answers change")
    assert changed <= 5


def test_one_map_is_missed_little_and_half_of_them_less_by_zeros(says):
    alone = row(LAB, "                 ")
    assert len(alone) == 12
    says(PAGE, f"Whichever is missing, the error stays below {7}%")
    assert max(alone) < 7
    zeros, means = row(LAB, "zeros"), row(LAB, "means")
    says(PAGE, f"maps of H1 that are replaced, from 0 to {len(zeros) - 1}")
    says(PAGE, f"With half of the maps at zero, the error stays below {15}%")
    assert zeros[6] < 15
    assert means[6] > 2 * zeros[6]
    says(PAGE, f"then climbs to {zeros[12]:.0f} per cent")


def test_refusing_a_tenth_leaves_fewer_than_half_of_the_mistakes():
    shares = {n: row(LAB, f"{n:3} refused: error")[0] for n in (0, 50)}
    assert 450 * shares[50] < 500 * shares[0] / 2


def test_it_learns_by_momentum_from_a_few_digits_at_a_time(lab, says, monkeypatch):
    made, sizes, usual = [], [], torch.optim.SGD

    def noted(*args, **settings):
        made.append(settings)
        return usual(*args, **settings)

    monkeypatch.setattr(torch.optim, "SGD", noted)
    stages = passes(lab["learnt"], lab["known"])
    network = next(stages)
    network.register_forward_hook(lambda _, given, __: sizes.append(len(given[0])))
    next(stages)
    assert [settings["momentum"] > 0 for settings in made] == [True]
    assert sum(sizes) == len(lab["learnt"])
    says(PAGE, f"Gradient descent with momentum, {max(sizes)} digits at a time")


def test_half_strength_is_read_nearly_as_before(says):
    assert row(LAB, "all twelve maps at half strength: error")[0] < 10
    says(PAGE, "this network answers a paler image nearly as before")


def test_twins_share_their_answer(says):
    three, eight, other = row(LAB, "mean outputs:")
    assert abs(three + eight) / 2 < 0.4
    assert other < -0.6
    says(PAGE, f"with less than {5}% of errors")
    assert row(LAB, "error on the eight other digits:")[0] < 5


def test_the_biases_are_not_missed_on_the_way(lab, wide, says):
    assert error(wide, lab["asked"], lab["truth"]) < 0.1
    assert not wide[0].bias.any()
    learning = sum(p.numel() for p in wide.parameters() if p.requires_grad)
    assert learning == 9760 - 960
    says(PAGE, "go on for 8 passes. How many parameters learn?")
    says(PAGE, "`avg_pool2d(learnt, 2)` makes them 8 × 8; repeat")
    says(PAGE, f"Of 500 digits, one is {1 / 500:.1%}")
