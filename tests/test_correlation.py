"""What PyTorch calls convolution, against SciPy."""

import pytest
import torch
from scipy.signal import convolve2d, correlate2d

from snippets.correlation import IMPULSE, NUMBERS, convolution, correlation, figure

SIDES = [(1, 1), (2, 3), (3, 3), (5, 4), (9, 9)]


def planes(*shapes):
    torch.manual_seed(0)
    return [torch.randn(shape, dtype=torch.float64) for shape in shapes]


@pytest.mark.parametrize("kernel", SIDES)
@pytest.mark.parametrize("image", SIDES)
def test_conv2d_is_what_scipy_calls_correlation(image, kernel):
    x, w = planes(image, kernel)
    torch.testing.assert_close(correlation(x, w), torch.from_numpy(correlate2d(x, w)))
    torch.testing.assert_close(convolution(x, w), torch.from_numpy(convolve2d(x, w)))
    same = torch.allclose(correlation(x, w), convolution(x, w))
    assert same == (kernel == (1, 1))


@pytest.mark.parametrize("kernel", SIDES)
@pytest.mark.parametrize("image", SIDES)
def test_convolution_commutes_and_correlation_comes_out_turned(image, kernel):
    x, w = planes(image, kernel)
    torch.testing.assert_close(convolution(x, w), convolution(w, x))
    turned = correlation(w, x).flip(0, 1)
    torch.testing.assert_close(correlation(x, w), turned)
    assert torch.allclose(correlation(x, w), correlation(w, x)) == (
        image == kernel == (1, 1)
    )


@pytest.mark.parametrize("kernel", SIDES)
def test_a_kernel_that_half_a_turn_leaves_alone_gives_the_same_twice(kernel):
    x, w = planes((7, 8), kernel)
    even = w + w.flip(0, 1)
    torch.testing.assert_close(correlation(x, even), convolution(x, even))


def test_an_impulse_prints_the_kernel_rotated_by_180_degrees(says):
    printed = correlation(IMPULSE, NUMBERS)[1:-1, 1:-1]
    assert torch.equal(printed, NUMBERS.rot90(2))
    assert torch.equal(convolution(IMPULSE, NUMBERS)[1:-1, 1:-1], NUMBERS)
    first, last = int(printed.flatten()[0]), int(printed.flatten()[-1])
    side = len(NUMBERS)
    says(
        "tips",
        f"Four grids of {side} by {side}. The image has a single {IMPULSE.max():.0f} in its "
        f"middle. The kernel holds the numbers {last} to {first} row by row. The result of conv2d "
        f"holds {first} to {last}. The result of the convolution holds {last} to {first} again.",
    )


def test_planes_alone_are_accepted():
    with pytest.raises(ValueError, match="unpack"):
        correlation(torch.ones(5, 5), torch.ones(1, 3, 3))
    with pytest.raises(RuntimeError, match=r"Input type|expected scalar type"):
        correlation(torch.ones(5, 5), torch.ones(3, 3, dtype=torch.float64))


def test_the_figure_prints_these_numbers():
    panels = [[text.get_text() for text in ax.texts] for ax in figure().axes]
    upwards = [str(number) for number in range(1, 10)]
    assert panels == [["1"], upwards, upwards[::-1], upwards]
    dots = [[len(d.get_offsets()) for d in ax.collections] for ax in figure().axes]
    assert dots == [[1, 8], [9, 0], [9, 0], [9, 0]]
