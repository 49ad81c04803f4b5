"""A dilated convolution against plain ones on the interleaved images."""

import pytest
import torch
from torch.nn.functional import conv2d

from snippets.interleaving import figure, interleaved


@pytest.mark.parametrize("dilation", [1, 2, 3, 4])
@pytest.mark.parametrize("kernel", [(1, 1), (2, 2), (3, 3), (3, 2)])
@pytest.mark.parametrize("size", [(24, 24), (24, 36)])
def test_the_woven_result_is_the_dilated_convolution(dilation, kernel, size):
    torch.manual_seed(0)
    image = torch.randn(1, 1, *size, dtype=torch.float64)
    taps = torch.randn(1, 1, *kernel, dtype=torch.float64)
    expected = conv2d(image, taps, dilation=dilation)
    torch.testing.assert_close(interleaved(image, taps, dilation), expected)


def test_sides_that_do_not_divide_raise_what_torch_raises():
    with pytest.raises(RuntimeError, match="divisible by downscale_factor"):
        interleaved(torch.zeros(1, 1, 7, 8), torch.zeros(1, 1, 3, 3), 2)


@pytest.mark.parametrize("dilation", [0, -1])
def test_a_dilation_below_one_raises_what_torch_raises(dilation):
    with pytest.raises(RuntimeError, match="positive downscale_factor"):
        interleaved(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 3, 3), dilation)


def test_each_output_reads_one_of_the_four_images(says):
    image = torch.zeros(1, 1, 8, 8, requires_grad=True)
    conv2d(image, torch.ones(1, 1, 3, 3), dilation=2)[0, 0, 1, 0].backward()
    rows, columns = image.grad[0, 0].nonzero().T
    assert set(rows.tolist()) == {1, 3, 5}
    assert set(columns.tolist()) == {0, 2, 4}
    says("dilation", f"Dilation {2} splits an image into four")
    says(
        "dilation", "The nine framed pixels are the taps of one window with dilation 2"
    )


def test_the_figure_frames_nine_squares(says):
    *phases, framed = figure().axes[0].collections
    squares = phases[0].get_offsets().tolist()
    assert [len(dots.get_offsets()) for dots in phases] == [16] * 4
    assert len(framed.get_offsets()) == 9
    assert all(point in squares for point in framed.get_offsets().tolist())
    says("dilation", "A grid of 8 by 8 marks.")
    says("dilation", "a 3 by 3 block of that coarser grid, are framed")
