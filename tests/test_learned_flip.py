"""A learned kernel comes out as the library needs it."""

import pytest
import torch
from scipy.signal import convolve2d, correlate2d

from snippets.learned_flip import learned


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("turns", [0, 2])
def test_a_layer_learns_the_kernel_from_correlation_and_its_turn_from_convolution(
    seed, turns
):
    torch.manual_seed(seed)
    image = torch.randn(20, 24, dtype=torch.float64)
    kernel = torch.randn(3, 3, dtype=torch.float64)
    operation = convolve2d if turns else correlate2d
    target = torch.from_numpy(operation(image, kernel, mode="valid"))
    found = learned(image[None, None], target[None, None])
    torch.testing.assert_close(found, kernel.rot90(turns), atol=1e-6, rtol=0)


def test_the_page_names_as_many_weights_and_decimals_as_are_right(says):
    torch.manual_seed(0)
    image = torch.randn(32, 32, dtype=torch.float64)
    kernel = torch.arange(1.0, 10.0, dtype=torch.float64).view(3, 3)
    target = torch.from_numpy(convolve2d(image, kernel, mode="valid"))
    found = learned(image[None, None], target[None, None])
    assert (found - kernel.rot90(2)).abs().max() < 0.5e-4
    says("tips", f"All {found.numel()} weights come out, to 4 decimals")


def test_targets_of_another_size_are_an_error():
    images = torch.zeros(1, 1, 9, 9, dtype=torch.float64)
    with (
        pytest.warns(UserWarning, match="different to the input size"),
        pytest.raises(RuntimeError, match="must match"),
    ):
        learned(images, images)
