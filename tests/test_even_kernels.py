"""What an even kernel does to the place of things."""

import pytest
import torch
from torch import nn

from snippets.even_kernels import centre, drift, figure


@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5, 6, 7])
@pytest.mark.parametrize("layers", [0, 1, 3])
def test_only_even_kernels_shift_by_half_a_pixel_per_layer(kernel, layers):
    assert drift(kernel, layers) == pytest.approx(-layers / 2 if kernel % 2 == 0 else 0)


def test_the_centre_is_that_of_the_columns():
    assert centre(torch.tensor([[0, 0.5, 0], [0, 0, 0.5]])) == 1.5


def test_torch_pads_an_even_kernel_at_the_end():
    image = torch.arange(5.0)[None, None]
    taps = torch.ones(1, 1, 2)
    with pytest.warns(UserWarning, match="even kernel lengths"):
        same = nn.functional.conv1d(image, taps, padding="same")
    assert torch.equal(
        same, nn.functional.conv1d(nn.functional.pad(image, (0, 1)), taps)
    )


def test_the_page_says_which_kernels_stay(says):
    ends = {kernel: drift(kernel, 8) for kernel in (2, 3, 4, 5)}
    assert ends[3] == ends[5] == 0
    says(
        "kernel-size",
        f"from 0 to 8. Kernels of 3 and 5 stay at {ends[3]:.0f}; kernels of 2 and 4 fall along one line to minus {-ends[2]:.0f} pixels.",
    )
    assert ends[2] == ends[4]
    says("kernel-size", "Kernels of 2 and 4 shift by half a pixel per layer")
    says(
        "kernel-size",
        "A kernel of 3 reads as many pixels to the left as to the right. A kernel of 2 or 4 cannot",
    )


def test_a_negative_kernel_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="negative dimension"):
        drift(-1, 1)


def test_the_figure_has_a_level_line_and_a_falling_one():
    ends = [line.get_ydata()[-1] for line in figure().axes[0].lines]
    assert ends == [0, 0, -4, -4]
