"""Which 7 x 7 kernels a stack of three 3 x 3 layers can be."""

import pytest
import torch
from scipy.signal.windows import gaussian
from torch import nn

from snippets.factoring import figure, fitted, missed, response, targets


def test_the_response_is_the_kernel_of_the_stack():
    torch.manual_seed(0)
    stack = nn.Sequential(*(nn.Conv2d(1, 1, 3, bias=False) for _ in range(3))).double()
    image = torch.randn(1, 1, 15, 16, dtype=torch.float64)
    one = nn.functional.conv2d(image, response(stack)[None, None])
    torch.testing.assert_close(stack(image), one)


def test_one_channel_misses_a_random_kernel_and_two_fit_it(says):
    target = targets()["random"]
    assert missed(target, 1, seeds=1) > 0.1
    assert missed(target, 2, seeds=1) < 1e-4
    counts = [
        sum(
            w.numel()
            for w in nn.ModuleList(
                [
                    nn.Conv2d(1, c, 3, bias=False),
                    nn.Conv2d(c, c, 3, bias=False),
                    nn.Conv2d(c, 1, 3, bias=False),
                ]
            ).parameters()
        )
        for c in (1, 2)
    ]
    says(
        "kernel-size",
        f"Not every 7 × 7 kernel is a product of three 3 × 3 kernels. With one channel in between, the stack has {counts[0]} weights for {target.numel()} numbers",
    )
    says("kernel-size", f"With two channels it has {counts[1]} and fits.")
    says("kernel-size", "A stack of three 3 × 3 layers with")
    says(
        "kernel-size",
        f"at least as many as the {target.numel()} numbers of a 7 × 7 kernel?",
    )
    says(
        "kernel-size", f"From {2} on: {counts[0]} for one channel, {counts[1]} for two."
    )
    assert counts[0] < 49 <= counts[1]
    says("kernel-size", f"has {9}`c` + {9}`c`² + {9}`c` weights")


def test_the_gaussian_is_scipys():
    line = torch.from_numpy(gaussian(7, std=1.5))
    torch.testing.assert_close(targets()["Gaussian"], torch.outer(line, line))


def test_a_gaussian_needs_one_channel_only():
    assert missed(targets()["Gaussian"], 1, seeds=1) < 1e-6


def test_another_shape_is_named():
    with pytest.raises(
        ValueError, match=r"^target must have shape \(7, 7\), not \(5, 5\)$"
    ):
        fitted(torch.zeros(5, 5), 1)


def test_the_figure_shows_the_fit_with_two_channels_equal_to_the_target(says):
    sizes = [torch.tensor(ax.collections[0].get_sizes()) for ax in figure().axes]
    torch.testing.assert_close(sizes[2], sizes[0], atol=0.1, rtol=0)
    assert (sizes[1] - sizes[0]).abs().max() > 5
    says("kernel-size", f"Three grids of {7} by {7} squares")
