"""Where the parameters of a block with a depthwise convolution stand."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, gelu

from snippets.large_kernels import block, figure, share


@pytest.mark.parametrize("kernel", [3, 7, 31])
@pytest.mark.parametrize("channels", [4, 96])
def test_the_share_is_counted_right(kernel, channels):
    depthwise = channels * (kernel**2 + 1)
    pointwise = 2 * 4 * channels**2 + 5 * channels
    assert share(kernel, channels) == pytest.approx(depthwise / (depthwise + pointwise))


def test_the_block_keeps_shape_and_takes_no_memory():
    assert all(weight.is_meta for weight in block(7).parameters())
    assert block(7)(torch.zeros(1, 96, 8, 9, device="meta")).shape == (1, 96, 8, 9)


def test_the_block_is_a_depthwise_kernel_and_two_layers_around_a_gelu():
    torch.manual_seed(0)
    layers, maps = block(3, 4).to_empty(device="cpu"), torch.randn(2, 4, 5, 6)
    for weight in layers.parameters():
        nn.init.normal_(weight)
    spread, widen, narrow = (layer for layer in layers if isinstance(layer, nn.Conv2d))
    near = conv2d(maps, spread.weight, spread.bias, padding=1, groups=4)
    wide = conv2d(near, widen.weight, widen.bias)
    torch.testing.assert_close(
        layers(maps), conv2d(gelu(wide), narrow.weight, narrow.bias)
    )


def test_a_negative_kernel_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="negative dimension"):
        block(-1)


def test_the_page_names_the_shares(says):
    says(
        "kernel-size",
        f"With 96 channels a 7 × 7 depthwise kernel holds {share(7, 96):.1%} of the block, with 768 channels {share(7, 768):.1%}. The 1 × 1 layers around it hold the rest.",
    )
    says(
        "kernel-size",
        f"from 3 to 31 pixels. With 96 channels the curve rises to {share(31, 96):.0%}".replace(
            "%", " percent"
        )
        + f", with 768 channels to {share(31, 768):.0%}".replace("%", " percent"),
    )


def test_a_dense_layer_has_a_kernel_for_each_pair_of_channels():
    dense, depthwise = nn.Conv2d(96, 96, 7), nn.Conv2d(96, 96, 7, groups=96)
    assert dense.weight.numel() == 96 * depthwise.weight.numel()
    small = nn.Conv2d(96, 96, 3, groups=96)  # without pairs the square stays
    assert depthwise.weight.numel() / small.weight.numel() == 7**2 / 3**2


def test_the_figure_rises_with_the_kernel_and_falls_with_the_channels():
    few, many = (line.get_ydata() for line in figure().axes[0].lines)
    assert all(a < b for a, b in pairwise(few))
    assert all(a > b for a, b in zip(few, many, strict=True))
