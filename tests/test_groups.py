"""Groups, depthwise layers and the shape of weights."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from snippets.groups import figure, grouped, reads


@pytest.mark.parametrize(
    ("channels", "kernels", "groups"),
    [(6, 4, 1), (6, 4, 2), (6, 6, 6), (6, 12, 6), (8, 12, 4)],
)
@pytest.mark.parametrize("sides", [(1, 1), (3, 3), (2, 5)])
def test_a_grouped_layer_is_several_layers_side_by_side(
    channels, kernels, groups, sides
):
    torch.manual_seed(0)
    image = torch.randn(2, channels, 9, 10, dtype=torch.float64)
    weight = torch.randn(kernels, channels // groups, *sides, dtype=torch.float64)
    there = conv2d(image, weight, groups=groups)
    torch.testing.assert_close(
        grouped(image, weight, groups), there, atol=1e-10, rtol=0
    )


@pytest.mark.parametrize(("channels", "kernels"), [(5, 4), (4, 5)])
def test_groups_that_do_not_divide_raise_what_torch_raises(channels, kernels):
    image, weight = torch.zeros(1, channels, 4, 4), torch.zeros(kernels, 2, 1, 1)
    for layer in (grouped, lambda i, w, g: conv2d(i, w, groups=g)):
        with pytest.raises(RuntimeError):
            layer(image, weight, 2)


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
@pytest.mark.parametrize("sides", [(2, 2), (3, 5)])
def test_the_weight_is_out_by_in_over_groups_by_height_by_width(groups, sides):
    for channels, kernels in [(6, 6), (6, 12), (12, 6)]:
        layer = nn.Conv2d(channels, kernels, sides, groups=groups)
        assert layer.weight.shape == (kernels, channels // groups, *sides)


def test_a_kernel_has_one_layer_of_taps_for_each_channel(says):
    for channels in (1, 3, 4, 13):
        layer = nn.Conv2d(channels, 10, 3)
        assert layer.weight.shape == (10, channels, 3, 3)
        assert layer(torch.zeros(1, channels, 8, 8)).shape == (1, 10, 6, 6)
    colour, infrared = (nn.Conv2d(c, 1, 1).weight.shape[1] for c in (3, 4))
    says(
        "conv2d",
        f"A camera's image has {colour} channels; one with near infrared has {infrared};",
    )


@pytest.mark.parametrize("groups", [1, 2, 3, 6])
def test_the_map_of_what_is_read_is_what_the_gradient_says(groups):
    image = torch.rand(1, 6, 3, 3, requires_grad=True)
    layer = nn.Conv2d(6, 6, 3, groups=groups)
    for kernel in range(6):
        image.grad = None
        layer(image)[0, kernel, 0, 0].backward()
        assert torch.equal(
            image.grad[0].abs().sum((1, 2)) > 0, reads(6, groups)[kernel]
        )


def test_a_depthwise_and_a_pointwise_layer_need_few_weights(says):
    depthwise = nn.Conv2d(64, 64, 3, groups=64, bias=False)
    pointwise, full = (
        nn.Conv2d(64, 128, 1, bias=False),
        nn.Conv2d(64, 128, 3, bias=False),
    )
    pair = depthwise.weight.numel() + pointwise.weight.numel()
    says(
        "conv2d",
        f"From {depthwise.in_channels} to {full.out_channels} channels the two together have "
        f"{pair:,} weights, where one full 3 × 3 layer has {full.weight.numel():,}.",
    )


def test_dirac_makes_a_layer_that_does_nothing(says):
    layer = nn.Conv2d(6, 6, 3, padding=1, groups=6, bias=False)
    nn.init.dirac_(layer.weight, groups=6)
    image = torch.rand(1, 6, 8, 8)
    assert torch.equal(layer(image), image)
    says(
        "conv2d",
        f"depthwise layer with a kernel of {layer.kernel_size[0]} that returns",
    )
    nn.init.dirac_(layer.weight)  # without groups it reaches the first kernel only
    assert not torch.equal(layer(image), image)


def test_the_figure_fills_the_slices_that_the_caption_counts(says):
    panels = figure().axes
    filled = [len(ax.collections[0].get_offsets()) for ax in panels]
    assert filled == [int(reads(6, groups).sum()) for groups in (1, 2, 6)]
    assert [len(ax.collections[1].get_offsets()) for ax in panels] == [
        36 - n for n in filled
    ]
    each = nn.Conv2d(6, 6, 3).weight[0, 0].numel()
    assert [nn.Conv2d(6, 6, 3, groups=g).weight.numel() for g in (1, 2, 6)] == [
        n * each for n in filled
    ]
    says(
        "conv2d",
        f"More groups, fewer weights: {filled[0]}, {filled[1]} and {filled[2]} kernel slices of "
        f"{each} weights.",
    )
    says(
        "conv2d",
        f"Three squares of 6 by 6 places, input channels across and output channels down. With 1 "
        f"group all {filled[0]} places are filled, with 2 groups two blocks of {filled[1] // 2}, with "
        f"6 groups only the {filled[2]} on the diagonal.",
    )
