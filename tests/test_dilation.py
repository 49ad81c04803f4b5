"""The page on dilation, and the snippet of that name."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from snippets.dilation import figure, outputs, span, spread


@pytest.mark.parametrize("kernel", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
def test_a_dilated_kernel_spans_what_torch_needs(kernel, dilation):
    side = span(kernel, dilation)
    layer = nn.Conv2d(1, 1, kernel, dilation=dilation)
    assert layer(torch.zeros(1, 1, side, side)).shape[-2:] == (1, 1)
    if side > 1:
        with pytest.raises(RuntimeError, match=r"[Kk]ernel size can't be greater"):
            layer(torch.zeros(1, 1, side - 1, side - 1))


@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (2, 5)])
@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
def test_zeros_between_the_taps_do_the_same(kernel, dilation):
    torch.manual_seed(0)
    image = torch.randn(2, 1, 24, 25, dtype=torch.float64)
    taps = torch.randn(1, 1, *kernel, dtype=torch.float64)
    wide = spread(taps[0, 0], dilation)[None, None]
    torch.testing.assert_close(
        conv2d(image, wide), conv2d(image, taps, dilation=dilation)
    )
    assert wide.count_nonzero() == taps.numel()


@pytest.mark.parametrize(
    ("kernel", "dilation"), [(0, 1), (-1, 1), (3, 0), (3, 1.0), (3, -2)]
)
def test_a_wrong_argument_is_named(kernel, dilation):
    with pytest.raises(
        ValueError, match=r"^kernel must" if kernel != 3 else r"^dilation must"
    ):
        span(kernel, dilation)


def test_a_dilation_of_zero_has_no_spread():
    with pytest.raises(
        ValueError, match=r"^dilation must be a whole number from 1, not 0$"
    ):
        spread(torch.ones(3, 3), 0)


def test_a_window_larger_than_the_image_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        outputs(4, 3, dilation=2)


def test_the_page_counts_taps_and_pixels_right(says):
    a, b = outputs(7, 3, 2), outputs(4, 3, 1)
    share = 9 / span(3, 2) ** 2
    says(
        "dilation",
        f"Nine taps each. With dilation 2 they span {span(3, 2)} × {span(3, 2)} "
        f"pixels and read {share:.0%} of them; a 7 × 7 input gives {a} × {a} outputs. With "
        f"dilation 1 they span {span(3, 1)} × {span(3, 1)}, and a 4 × 4 input gives {b} × {b}.",
    )
    says(
        "dilation",
        f"Left, 7 by 7 pixels: the nine taps of the first window stand on every "
        f"second pixel of every second row; the output is {a} by {a}. Right, 4 by 4 pixels: the "
        f"nine taps touch each other; the output is {b} by {b}.",
    )
    says(
        "index", f"a 7 × 7 input, a kernel of 3 and dilation 2 give a {a} × {a} output."
    )
    says("index", f"Change the {a} × {a} above to 4 × 4")


def test_a_larger_kernel_reads_towards_a_quarter(says):
    reads = span(3, 2) ** 2
    says("dilation", f"9 of {reads}, which is {9 / reads:.0%}.")
    says("dilation", f"a kernel of 31 reads {31**2 / span(31, 2) ** 2:.0%}")
    assert abs(1001**2 / span(1001, 2) ** 2 - 1 / 4) < 1e-3


def test_padding_by_the_rate_keeps_the_size(says):
    for dilation in range(1, 9):
        layer = nn.Conv2d(1, 1, 3, dilation=dilation, padding=dilation)
        assert layer(torch.zeros(1, 1, 20, 21)).shape == (1, 1, 20, 21)
    says(
        "dilation",
        f"With dilation {layer.dilation[0]}, a border of {layer.padding[0]} pixels",
    )
    says(
        "dilation",
        f"A kernel of 3 with dilation 4 spans {span(3, 4)} pixels: "
        f"an unpadded image of {span(3, 4) - 1} pixels raises an error",
    )
    with pytest.raises(RuntimeError):
        nn.Conv2d(1, 1, 3, dilation=4)(torch.zeros(1, 1, 8, 8))


def test_the_figure_fills_the_cells_it_speaks_of():
    counts = [len(dots.get_offsets()) for dots in figure().axes[0].collections]
    assert counts == [49, 9, 9, 9, 16, 9, 9, 4]


def test_the_figure_sets_its_taps_on_every_second_pixel():
    taps = figure().axes[0].collections[1].get_offsets().tolist()
    assert sorted(taps) == [[x, y] for x in (0, 2, 4) for y in (0, 2, 4)]
