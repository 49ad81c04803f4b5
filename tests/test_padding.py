"""Padding modes and padding="same", against torch."""

import warnings
from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.functional import pad

from snippets.padding import MODES, figure, same, stand_in

TORCHS = dict(zip(MODES, ("constant", *MODES[1:]), strict=True))


def by_hand(size, border, mode):
    """Pixel numbers from 1 and their border, written with `stand_in`; 0 for a zero."""
    places = [stand_in(place, size, mode) for place in range(-border, size + border)]
    return [0 if place is None else place + 1 for place in places]


@pytest.mark.parametrize("mode", MODES)
def test_the_stand_in_is_the_pixel_that_torch_copies(mode):
    for size, border in product(range(1, 8), range(9)):
        row = torch.arange(1.0, size + 1).view(1, 1, size)
        try:
            there = pad(row, (border, border), TORCHS[mode])[0, 0].int().tolist()
        except RuntimeError:
            with pytest.raises(ValueError, match="is too far from"):
                by_hand(size, border, mode)
        else:
            assert by_hand(size, border, mode) == there, (size, border)


@pytest.mark.parametrize(("mode", "width"), [("reflect", 4), ("circular", 5)])
def test_a_border_may_be_too_wide_on_either_side(mode, width):
    for place in (-width, 4 + width):
        assert stand_in(place, 5, mode) in range(5)
    for place in (-width - 1, 5 + width):
        with pytest.raises(ValueError, match=f"place {place} is too far from 5"):
            stand_in(place, 5, mode)


@pytest.mark.parametrize("mode", MODES)
def test_a_layer_pads_in_that_mode(mode):
    layer = nn.Conv2d(1, 1, 3, padding=2, padding_mode=mode, bias=False)
    image = torch.rand(1, 1, 6, 7)
    plain = nn.functional.conv2d(pad(image, (2, 2, 2, 2), TORCHS[mode]), layer.weight)
    torch.testing.assert_close(layer(image), plain)


def test_an_unknown_mode_is_named():
    with pytest.raises(ValueError, match="not 'mirror'"):
        stand_in(0, 5, "mirror")
    with pytest.raises(ValueError, match="padding_mode must be one of"):
        nn.Conv2d(1, 1, 3, padding_mode="mirror")


@pytest.mark.parametrize("dilation", [1, 2, 3])
@pytest.mark.parametrize("kernel", range(1, 8))
def test_same_adds_half_before_and_half_after(kernel, dilation):
    torch.manual_seed(0)
    layer = nn.Conv1d(1, 1, kernel, padding="same", dilation=dilation, bias=False)
    row = torch.randn(1, 1, 20)
    wide = pad(row, same(kernel, dilation))
    there = nn.functional.conv1d(wide, layer.weight, dilation=dilation)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # even kernels copy the input, and say so
        made = layer(row)
    assert made.shape == row.shape
    torch.testing.assert_close(made, there)
    assert sum(same(kernel, dilation)) == dilation * (kernel - 1)


def test_an_even_kernel_puts_the_extra_pixel_at_the_end():
    for kernel in range(1, 12):
        before, after = same(kernel)
        assert after - before == (kernel % 2 == 0)
        assert (before - (kernel - 1) / 2) == (
            0 if kernel % 2 else -0.5
        )  # half a pixel
    spike = torch.zeros(1, 1, 9, 9)
    spike[0, 0, 4, 4] = 1
    layer = nn.Conv2d(1, 1, 4, padding="same", bias=False)
    nn.init.ones_(layer.weight)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rows = layer(spike)[0, 0].sum(1).nonzero()[:, 0].tolist()
    assert rows == [2, 3, 4, 5]


@pytest.mark.parametrize(("kernel", "dilation"), [(0, 1), (3, 0)])
def test_a_wrong_argument_is_named(kernel, dilation):
    with pytest.raises(ValueError, match="^kernel" if kernel != 3 else "^dilation"):
        same(kernel, dilation)


def test_same_with_a_stride_raises(says):
    for stride in (2, 3, (1, 2)):
        with pytest.raises(ValueError, match="not supported for strided"):
            nn.Conv2d(1, 1, 3, stride=stride, padding="same")
    says(
        "conv2d",
        f"With a stride other than {nn.Conv2d(1, 1, 3, padding='same').stride[0]} it raises",
    )


def test_zeros_are_not_neutral(says):
    def of_ones(mode):
        layer = nn.Conv2d(1, 1, 3, padding=1, padding_mode=mode, bias=False)
        nn.init.ones_(layer.weight)
        return layer(torch.ones(1, 1, 6, 6))[0, 0].detach().int()

    made = of_ones("zeros")
    says(
        "conv2d",
        f"on an image of ones, a 3 × 3 kernel of ones returns {made[3, 3]} in the middle, "
        f"{made[0, 3]} at an edge and {made[0, 0]} in a corner. The other modes copy pixels of the "
        f"image and return {made[3, 3]} everywhere.",
    )
    for mode in MODES[1:]:
        assert (of_ones(mode) == 9).all()


def test_a_border_has_a_largest_width(says):
    def widest(mode):
        widths = []
        for width in range(9):
            try:
                pad(torch.zeros(1, 1, 5), (width, width), mode)
            except RuntimeError:
                break
            widths.append(width)
        return widths[-1]

    says(
        "conv2d",
        f"Five pixels and a border of 3. Reflection does not repeat the edge pixel, so 5 pixels "
        f"allow a border of at most {widest('reflect')}; circular padding allows {widest('circular')}.",
    )


def test_even_kernels_cannot_be_centred_without_dilation(says):
    def centred(kernel, dilation):
        sizes = [
            nn.Conv1d(1, 1, kernel, padding=p, dilation=dilation)(
                torch.zeros(1, 1, 30)
            ).shape[-1]
            for p in range(14)
        ]
        return 30 in sizes

    misses = [(k, d) for d in (1, 2) for k in range(1, 8) if not centred(k, d)]
    assert misses == [
        (k, d) for d in (1, 2) for k in range(1, 8) if len(set(same(k, d))) == 2
    ]
    (a, one), (b, _), (c, _) = misses
    says("conv2d", f"The misses are kernels of {a}, {b} and {c} with dilation {one}.")
    says("conv2d", f"and dilations {one} and {one + 1} can one number")


def test_the_figure_letters_what_stands_outside(says):
    letters = [text.get_text() for text in figure().axes[0].texts]
    drawn = ["".join(letters[row * 12 + 1 : row * 12 + 12]) for row in range(4)]
    assert [letters[row * 12] for row in range(4)] == list(MODES)
    assert drawn == ["000abcde000", "dcbabcdedcb", "aaaabcdeeee", "cdeabcdeabc"]
    zeros, reflect, replicate, circular = [f"{row[:3]} and {row[-3:]}" for row in drawn]
    says(
        "conv2d",
        f"Outside stand, for zeros, {zeros}; for reflect, {reflect}; for replicate, {replicate}; "
        f"for circular, {circular}.",
    )
