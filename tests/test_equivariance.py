"""The two laws, and the snippet and the page of that name."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from snippets.equivariance import (
    cat,
    difference,
    figure,
    move,
    networks,
    unequivariant,
    uninvariant,
)

SHIFTS = [(0, 0), (1, 0), (0, -1), (30, 45), (-7, 99)]


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", ["convolution", "+ ReLU"])
def test_a_convolution_is_equivariant_and_not_invariant(name, shift):
    network = networks()[name]
    with torch.no_grad():
        assert unequivariant(network, cat(), shift) < 1e-10
        assert (uninvariant(network, cat(), shift) > 0.01) == (shift != (0, 0))


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("pool", ["mean", "max"])
def test_a_mean_or_maximum_over_all_positions_makes_it_invariant(pool, shift):
    network = networks()[f"+ ReLU + global {pool}"]
    with torch.no_grad():
        assert uninvariant(network, cat(), shift) < 1e-10
        assert unequivariant(network, cat(), shift) < 1e-10


@pytest.mark.parametrize("shift", SHIFTS[1:])
def test_a_linear_layer_obeys_neither_law(shift):
    with torch.no_grad():
        assert uninvariant(networks()["+ ReLU + linear"], cat(), shift) > 0.1
        assert unequivariant(networks()["+ ReLU + linear"], cat(), shift) > 0.1


@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize("shift", SHIFTS)
def test_moving_is_a_convolution_and_commutes_with_any_other(kernel, shift):
    torch.manual_seed(0)
    layer = nn.Conv2d(
        1, 2, kernel, padding=kernel // 2, padding_mode="circular", dtype=torch.float64
    )
    with torch.no_grad():
        torch.testing.assert_close(layer(move(cat(), shift)), move(layer(cat()), shift))


def test_half_a_pixel_is_a_convolution_too_and_relu_breaks_its_law():
    def half(maps):
        return (maps + move(maps, (0, 1))) / 2

    conv, squashed = networks()["convolution"], networks()["+ ReLU"]
    with torch.no_grad():
        torch.testing.assert_close(conv(half(cat())), half(conv(cat())))
        torch.testing.assert_close(conv(half(cat())).mean(), conv(cat()).mean())
        assert difference(squashed(half(cat())), half(squashed(cat()))) > 0.01
        assert squashed(half(cat())).mean() != pytest.approx(squashed(cat()).mean())
        assert half(cat()).amax() < cat().amax() - 0.001


@pytest.mark.parametrize("shift", SHIFTS)
def test_what_leaves_at_one_edge_enters_at_the_other(shift):
    moved, image = move(cat(), shift)[0, 0], cat()[0, 0]
    for row, column in [(0, 0), (3, 97), (99, 50)]:
        at = (row + shift[0]) % 100, (column + shift[1]) % 100
        assert moved[at] == image[row, column]


def test_outputs_of_different_shapes_are_refused():
    with pytest.raises(
        ValueError,
        match=r"^a and b must have one shape, not torch.Size\(\[2\]\) and torch.Size\(\[1, 2\]\)$",
    ):
        difference(torch.ones(2), torch.ones(1, 2))


def test_with_zero_padding_the_mean_is_off_and_the_maximum_more(says):
    zeros = networks("zeros")
    with torch.no_grad():
        mean, top = (
            uninvariant(zeros[f"+ ReLU + global {pool}"], cat(), (30, 45))
            for pool in ("mean", "max")
        )
    says("equivariance", f"the mean is off by {mean:.1%} and the maximum by {top:.1%}.")


def test_zeros_at_the_border_tell_left_from_right():
    """Over all 3 x 3 kernels of one tap: six of nine see the difference of two edges."""
    left, right = torch.zeros(2, 1, 1, 5, 5)
    left[..., 2, 0] = right[..., 2, -1] = 1
    told = []
    for tap in range(9):
        kernel = torch.eye(9)[tap].reshape(1, 1, 3, 3)
        sums = [conv2d(x, kernel, padding=1).sum().item() for x in (left, right)]
        told.append(sums[0] != sums[1])
    assert told == [True, False, True] * 3


def test_the_figure_moves_the_map_with_the_image(says):
    images = [ax.images[0].get_array() for ax in figure().axes]
    for still, moved in [(images[0], images[2]), (images[1], images[3])]:
        rolled = move(torch.as_tensor(still), (30, 45))
        torch.testing.assert_close(rolled, torch.as_tensor(moved))
    assert images[1].max() > 0.5 > images[1].mean() > 0.01, "the map is not empty"
    titles = [ax.get_title() for ax in figure().axes]
    mean = f"{images[1].mean():.3f}"
    assert titles[1] == titles[3] == f"its feature map, mean {mean}"
    says("equivariance", f"Both maps are titled mean {mean}.")
    says("equivariance", f"The mean of both maps is {mean}: invariant.")
