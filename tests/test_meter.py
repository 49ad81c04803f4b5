"""What borders and strides take from equivariance: counted, against every other shift."""

from itertools import product

import pytest
import torch
from torch import nn

from snippets.meter import cat, coarse, figure, reading, stack, wrong

SHIFT = (40, -36)


@pytest.mark.parametrize("depth", [1, 4, 16])
def test_circular_padding_keeps_the_law_at_any_depth(depth):
    for shift in [SHIFT, (1, 0), (-3, 50)]:
        assert reading(stack(depth, "circular"), cat(), shift) == (0, 0)


@pytest.mark.parametrize("padding", ["zeros", "reflect", "replicate"])
@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_each_layer_carries_the_border_one_pixel_further_in(padding, depth):
    share, size = reading(stack(depth, padding), cat(), SHIFT)
    assert share * 100**2 == pytest.approx(100**2 - (100 - 4 * depth) ** 2, abs=9)
    assert size > 0.01


def test_the_page_counts_the_wrong_positions(says):
    counts = {}
    for depth in (1, 4, 16):
        counts[depth] = round(reading(stack(depth, "zeros"), cat(), SHIFT)[0] * 100**2)
        assert counts[depth] == 100**2 - (100 - 4 * depth) ** 2
    says(
        "equivariance",
        f"positions are wrong: {counts[1]}, {counts[4]:,} and {counts[16]:,} for "
        f"{1}, {4} and {16} layers.",
    )
    says("equivariance", f"After 16 layers, {counts[16] / 100**2:.0%} of the positions")
    down, left = SHIFT[0], -SHIFT[1]
    says(
        "equivariance", f"Here the cat moves {down} pixels down and {left} to the left."
    )


@pytest.mark.parametrize("depth", [1, 4])
def test_a_shift_of_fewer_pixels_breaks_fewer_positions(depth):
    most = 100**2 - (100 - 4 * depth) ** 2
    network = stack(depth, "zeros")
    for shift in [(2 * depth, -2 * depth), (100 - 2 * depth, 50)]:
        assert round(reading(network, cat(), shift)[0] * 100**2) == most
    for shift in [(2 * depth - 1, 50), (0, 50), (50, 99)]:
        assert round(reading(network, cat(), shift)[0] * 100**2) < most


def test_wrong_is_what_differs_by_more_than_a_billionth_of_the_largest():
    right = torch.tensor([[1.0, 50, 100], [0, 0, 0]], dtype=torch.float64)
    found = right + torch.tensor([[5e-8, 2e-7, 0], [0, 0, -2e-7]]).double()
    right, found = right.view(1, 2, 1, 3), found.view(1, 2, 1, 3)
    assert wrong(found, right).tolist() == [[False, True, True]]
    assert not wrong(0 * right, 0 * right).any()


@pytest.mark.parametrize("padding", ["zeros", "reflect"])
@pytest.mark.parametrize("depth", [1, 4, 16])
def test_all_other_positions_are_exactly_right(padding, depth):
    network = stack(depth, padding)
    with torch.no_grad():
        a, b = network(cat().roll(SHIFT, (2, 3))), network(cat()).roll(SHIFT, (2, 3))
    near = torch.ones(100, 100, dtype=torch.bool)
    near[depth : 100 - depth, depth : 100 - depth] = False
    near |= near.roll(SHIFT, (0, 1))
    assert torch.allclose(a[..., ~near], b[..., ~near], rtol=0, atol=1e-12)
    assert not wrong(a, b)[~near].any()


def test_reflection_spoils_each_by_less():
    for depth in (1, 4, 16):
        zeros = reading(stack(depth, "zeros"), cat(), SHIFT)
        reflect = reading(stack(depth, "reflect"), cat(), SHIFT)
        assert reflect[0] == pytest.approx(zeros[0], abs=0.001)
        assert reflect[1] < zeros[1] / 2


@pytest.mark.parametrize("name", list(coarse()))
def test_an_even_shift_passes_a_stride_of_2_and_an_odd_one_does_not(name):
    network = coarse()[name]
    for shift in [(2, 0), (40, -36), (0, -50)]:
        assert reading(network, cat(), shift, 2) == (0, 0)
    for shift in [(1, 0), (0, -1), (41, -35), (2, 3)]:
        share, size = reading(network, cat(), shift, 2)
        assert share > 0.9
        assert size > 0.03


@pytest.mark.parametrize("name", list(coarse()))
def test_no_other_whole_shift_of_the_output_fits_better(name):
    network = coarse()[name]
    with torch.no_grad():
        a, b = network(cat().roll((41, -35), (2, 3))), network(cat())
        fits = {
            by: float((a - b.roll(by, (2, 3))).norm() / b.norm())
            for by in product(range(50), range(0, -50, -1))
        }
    best = reading(network, cat(), (41, -35), 2)[1]
    assert min(fits.values()) == pytest.approx(best, rel=1e-12)


def test_the_blur_has_the_weights_1_2_1():
    blur = nn.Sequential(*list(coarse()["max, then blur"])[-2:])
    pulse = torch.zeros(1, 1, 7, 7)
    pulse[..., 3, 3] = 1
    seen = torch.stack([blur(pulse.roll(by, 3)).amax() for by in (-1, 0, 1)])
    assert blur(pulse).shape == (1, 1, 3, 3)
    weights = torch.tensor([1.0, 2, 1])
    one_row = nn.AvgPool1d(2, 1)(nn.AvgPool1d(2, 1)(torch.eye(5)[None, 2]))
    torch.testing.assert_close(one_row[0] * 4, weights)
    assert seen.max() == seen[1] == weights[1] ** 2 / 16


def test_the_page_says_how_much_a_blur_repairs(says):
    networks = coarse()
    plain, blurred = (
        reading(networks[name], cat(), (41, -35), 2)[1]
        for name in ("max-pool 2", "max, then blur")
    )
    says("equivariance", f"lowers the difference from {plain:.1%} to {blurred:.1%}.")


def test_a_stride_keeps_only_the_shifts_that_it_divides(says):
    signal = torch.rand(1, 1, 128, 128, dtype=torch.float64)
    conv = nn.Conv2d(1, 1, 3, 2, padding=1, padding_mode="circular").double()
    halvings = nn.Sequential(*[conv] * 5)
    side = 128 // halvings(signal).shape[-1]
    exact = [
        shift
        for shift in product(range(side), repeat=2)
        if reading(halvings, signal, shift, side) == (0, 0)
    ]
    assert exact == [(0, 0)]
    says(
        "equivariance",
        f"with a stride of {side} in all, {len(exact)} of {side**2:,} shifts passes exactly.",
    )


def test_a_shift_by_the_stride_moves_the_map_by_one(says):
    layer = stack(1, "circular", stride=2)
    with torch.no_grad():
        moved, still = layer(cat().roll(2, 3)), layer(cat())
    assert still.shape[-1] == 100 // 2
    torch.testing.assert_close(moved, still.roll(1, 3))
    says(
        "equivariance",
        f"A layer with stride {2} has one output per {2} pixels. A shift of {2} pixels moves "
        f"its map by {1}; a shift of {1} would have to move it by a half",
    )


def test_two_pools_keep_the_multiples_of_their_strides(says):
    torch.manual_seed(0)
    image = torch.randn(1, 1, 64, 64, dtype=torch.float64)
    pools = nn.Sequential(*[nn.MaxPool2d(2)] * 2)
    steps = [s for s in range(1, 13) if reading(pools, image, (s, 0), 4) == (0, 0)]
    assert steps == [4, 8, 12]
    says("equivariance", f"Two max-pools of {2} follow each other")
    says("equivariance", f"The multiples of {steps[0]}: strides multiply.")


def test_a_step_of_nothing_is_refused():
    with pytest.raises(ZeroDivisionError):
        reading(stack(1, "circular"), cat(), (1, 1), 0)
    with pytest.raises(ValueError, match="padding_mode"):
        stack(1, "mirror")


def test_the_figure_colours_the_positions_it_counts():
    axes = figure().axes
    assert [ax.get_title() for ax in axes] == [
        "1 layer: 8%",
        "4 layers: 29%",
        "16 layers: 87%",
    ]
    for ax, depth in zip(axes, (1, 4, 16), strict=True):
        alpha = ax.images[0].get_array()[..., 3]
        assert alpha.sum() == 100**2 - (100 - 4 * depth) ** 2
        assert alpha[0].all(), "the frame"
        assert alpha[:, 64].all(), "the cross stands where the border has moved"
        assert {spine.get_edgecolor()[:3] for spine in ax.spines.values()} == {
            (0.5,) * 3
        }
