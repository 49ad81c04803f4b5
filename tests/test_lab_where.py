"""What the lab on places says: its layers anew, its training and its readouts as printed."""

import re

import pytest
import torch
from torch import nn

from snippets.where_am_i import images, net
from tests.labs import pieces, printed

PAGE = "labs/where"
OTHERS = ["reflect", "replicate", "circular"]


@pytest.fixture(scope="module")
def lab():
    return pieces("where")


@pytest.fixture(scope="module")
def told():
    return printed("where")


def numbers(told, label, end=""):
    """The numbers of each printed line that begins with a label."""
    lines = re.findall(rf"^{label} *((?:[ \d.]+{end})+)$", told, re.MULTILINE)
    return [[float(number) for number in re.findall(r"[\d.]+", line)] for line in lines]


def test_zeros_learn_and_circular_cannot(told, says):
    shares = {name: numbers(told, name, "%")[0][0] for name in ("zeros", *OTHERS)}
    assert shares["zeros"] > 80
    assert shares["circular"] == 50
    says(PAGE, "Zeros: over 80% in the end. Circular: half of the places at every step")
    says(PAGE, "Accuracy against steps of training, from 0 to 200.")


def test_without_zeros_circular_alone_leaves_nothing(told, says):
    left = {name: numbers(told, name, "%")[0][0] - 50 for name in ("zeros", *OTHERS)}
    assert left["circular"] == 0
    for name in ("reflect", "replicate"):
        assert 0 < left[name] < left["zeros"] / 2
    says(PAGE, "Take the zeros away, and much of what was learnt is gone")
    says(PAGE, "With circular padding, the network that learnt with zeros answers the")
    says(PAGE, "With the two others a part of it is left:")


@pytest.mark.parametrize("seed", range(3))
def test_circular_padding_is_right_for_exactly_half(lab, seed):
    torch.manual_seed(seed)
    assert lab["accuracy"](net("circular", 4)) == 0.5
    model = net("zeros", 4)
    assert {layer.padding_mode for layer in model if isinstance(layer, nn.Conv2d)} == {
        "zeros"
    }
    nn.init.constant_(lab["padded"](model, "circular")[-2].bias, 0.25)
    assert lab["accuracy"](model) == 0.5


def test_a_network_takes_another_padding_and_keeps_its_weights(lab):
    torch.manual_seed(0)
    model, other = net("zeros", 3), net("reflect", 3)
    other.load_state_dict(model.state_dict())
    pictures = images(range(2))[0]
    assert not torch.equal(model(pictures), other(pictures))
    assert torch.equal(lab["padded"](model, "reflect")(pictures), other(pictures))


@pytest.mark.parametrize(
    "kernels", [(3,), (5,), (3, 3), (7, 3), (5, 5, 5), (3,) * 6, (9, 9, 9)]
)
def test_a_row_has_twice_the_reach_and_one_kinds_of_pixel(lab, kernels):
    reach = sum(kernel // 2 for kernel in kernels)
    assert lab["kinds"](lab["stack"](kernels)) == 2 * reach + 1
    for padding in OTHERS:
        assert lab["kinds"](lab["stack"](kernels, padding)) == 1


def test_the_border_reaches_one_kernel_radius_a_layer(lab, says):
    one, three = (
        int(lab["kinds"](lab["stack"]((kernel,))) - 1) // 2 for kernel in (3, 7)
    )
    assert (one, three) == (1, 3)
    says(PAGE, "A 3 × 3 kernel carries it one pixel further in, a 7 × 7 kernel three")
    step = int(lab["kinds"](lab["stack"]((5,))) - 1) // 2
    says(
        PAGE,
        f"a stack of 5 by 5 kernels on a constant image. A frame along the border differs from the "
        f"middle; it is {step} pixels wide after the first layer and {step} wider after",
    )
    assert 0.45 < 1 - 2 * 4 * step / 33 < 0.55
    says(PAGE, "until half of the side of the square is left in the middle")
    found = lab["kinds"](lab["stack"]((3, 3), dilation=4))
    says(
        PAGE,
        f"two layers of rate 4 reach {2 * 4} pixels, in steps of 4, and leave {found} kinds.",
    )


def test_noise_hides_all_but_the_rows_near_the_border(lab, told, says):
    course = {name: numbers(told, name)[-1] for name in ("zeros", *OTHERS)}
    rows = torch.arange(33.0)
    ignorant = f"{rows.std(correction=0):.1f}"
    assert course["zeros"][-1] < 8
    assert all(
        abs(error - float(ignorant)) < 0.21 for name in OTHERS for error in course[name]
    )
    says(
        PAGE,
        f"Fit the best linear readout of a pixel's row on {len(lab['noisy'](1))} images",
    )
    says(PAGE, f"and ask it about {len(lab['noisy'](2))} others.")
    says(PAGE, "the layers of 3 × 3 stay random")
    says(
        PAGE, f"Left: with zeros, {lab['DEPTH']} layers bring the error below 8 pixels."
    )
    says(PAGE, f"Reflect, replicate and circular stay at {ignorant}, where")
    says(PAGE, f"zeros falls below {ignorant}, the other three stay there")
    says(PAGE, "for zeros after 2, 6 and 12 layers")
    says(PAGE, "dotted for 2 layers, dashed for 6, solid for 12:")


def test_the_named_rows_are_flat_where_the_border_does_not_reach(lab, says):
    rows = torch.arange(33, dtype=torch.float64).expand(16, 33, 33)
    known, new = (lab["layered"]("zeros", 12, lab["noisy"](seed)) for seed in (1, 2))
    named = {
        depth: lab["answers"](
            new[depth - 1], lab["readout"](known[depth - 1], rows)
        ).mean((0, 1))
        for depth in (2, 12)
    }
    assert named[2][3:30].max() - named[2][3:30].min() < 2
    assert named[12][8:25].max() - named[12][8:25].min() < 4
    assert named[12][3:30].max() - named[12][3:30].min() > 6
    says(
        PAGE, f"After two layers, the rows from {3} to {29} get nearly the same answer."
    )
    says(PAGE, f"After twelve, fewer rows do, but those from {8} to {24} still")
    reach = (lab["kinds"](lab["stack"]((3,) * 12)) - 1) // 2
    says(PAGE, f"without noise the border reaches {reach} pixels")


def test_four_layers_of_9_tell_all_pixels_apart(lab, says):
    kinds = {size: lab["kinds"](lab["stack"]((size,) * 4)) for size in (3, 5, 7, 9)}
    smallest = min(size for size, count in kinds.items() if count == 33)
    assert [size for size in kinds if lab["solved"]((size,) * 4)] == [smallest]
    for wrong in [(9, 9, 9), (9, 9, 9, 7), (11,) * 4]:
        assert not lab["solved"](wrong)
    says(PAGE, "shall make all 33 pixels of a row of a constant image different")
    says(
        PAGE,
        f"The border has to reach {33 // 2} pixels from either side, so each of the four layers must "
        f"bring it {smallest // 2} further: kernels of {smallest} × {smallest}. With "
        f"{smallest - 2} × {smallest - 2} there are {kinds[smallest - 2]} kinds.",
    )
