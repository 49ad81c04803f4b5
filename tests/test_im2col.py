"""Convolution as one matrix product, and the 1 x 1 case."""

from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, unfold

from snippets.im2col import figure, pointwise, unrolled

SIDES = [(1, 1), (2, 2), (3, 3), (2, 4)]


@pytest.mark.parametrize("sides", SIDES)
def test_a_convolution_is_a_matrix_product(sides):
    torch.manual_seed(0)
    image = torch.randn(2, 3, 11, 12, dtype=torch.float64)
    weight = torch.randn(5, 3, *sides, dtype=torch.float64)
    for stride, padding, dilation in product((1, 2, 3), (0, 1, 2), (1, 2)):
        there = conv2d(image, weight, None, stride, padding, dilation).flatten(2)
        here = unrolled(image, weight, stride, padding, dilation)
        torch.testing.assert_close(here, there, atol=1e-10, rtol=0)


def test_a_column_is_the_window_written_out():
    image = torch.randn(1, 3, 6, 7)
    columns, windows = unfold(image, (2, 3)), range(5 * 5)
    for window in windows:
        top, left = divmod(window, 5)
        there = image[0, :, top : top + 2, left : left + 3].flatten()
        assert torch.equal(columns[0, :, window], there)


@pytest.mark.parametrize(("inputs", "outputs"), [(1, 1), (3, 10), (16, 4)])
def test_a_1_by_1_convolution_is_linear_on_each_pixel(inputs, outputs):
    torch.manual_seed(0)
    image = torch.randn(2, inputs, 5, 7, dtype=torch.float64)
    layer = nn.Conv2d(inputs, outputs, 1, bias=False).double()
    torch.testing.assert_close(
        pointwise(image, layer.weight), layer(image), atol=1e-10, rtol=0
    )
    assert torch.equal(
        unfold(image, 1), image.flatten(2)
    )  # no copies: the pixels themselves


def test_wrong_shapes_raise_what_torch_raises():
    image = torch.zeros(1, 3, 8, 8)
    with pytest.raises(RuntimeError, match=r"size|shape"):
        unrolled(image, torch.zeros(5, 4, 3, 3))
    with pytest.raises(RuntimeError, match=r"size|shape"):
        pointwise(image, torch.zeros(5, 3, 2, 2))


def test_the_figure_writes_the_framed_window_as_the_framed_column(says):
    ax = figure().axes[0]
    numbers = [text.get_text() for text in ax.texts]
    pixels = unfold(torch.arange(16.0).view(1, 1, 4, 4), 3)[0]
    columns = [[f"{pixel:.0f}" for pixel in row] for row in pixels.tolist()]
    assert numbers[:16] == [str(n) for n in range(16)]
    assert numbers[16 : 16 + 36] == [pixel for row in columns for pixel in row]
    assert [(p.get_width(), p.get_height()) for p in ax.patches[:2]] == [(3, 3), (1, 9)]
    framed = pixels[:, 1].int().tolist()
    assert framed == [4 * (y) + x for y in range(3) for x in (1, 2, 3)]
    says(
        "conv2d",
        f"Left, {16} numbered pixels in a 4 by 4 square, nine of them framed. Right, a matrix of "
        f"{len(pixels)} rows and {pixels.shape[1]} columns; its second column holds the nine "
        f"framed numbers from {min(framed)} to {max(framed)}.",
    )
    assert int((pixels == 0).sum()) == 1
    says(
        "conv2d",
        f"Pixel 5 stands in all {int((pixels == 5).any(0).sum())} columns, pixel 0 in one",
    )
