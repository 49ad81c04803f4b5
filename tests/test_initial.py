"""Default weights: their range, and what it does to a signal."""

import math

import pytest
import torch
from torch import nn

from snippets.initial import bound, figure, passed


@pytest.mark.parametrize(
    ("inputs", "groups"), [(1, 1), (3, 1), (64, 1), (64, 4), (64, 64)]
)
@pytest.mark.parametrize("sides", [(1, 1), (3, 3), (2, 5)])
def test_weights_and_bias_fill_the_range_and_no_more(inputs, groups, sides):
    torch.manual_seed(0)
    layer = nn.Conv2d(inputs, 64 * 40, sides, groups=groups)
    largest = bound(layer)
    assert largest == pytest.approx(math.sqrt(groups / (inputs * math.prod(sides))))
    for values in (layer.weight, layer.bias):
        assert values.abs().max() <= largest * (1 + 1e-6)
        assert values.abs().max() > 0.99 * largest
        assert values.std().item() == pytest.approx(largest / math.sqrt(3), rel=0.05)


def test_one_feature_map_is_enough_to_tell_the_range():
    assert bound(nn.Conv2d(3, 1, 3)) == bound(nn.Conv2d(3, 10, 3))


def test_the_bound_of_three_channels_is_on_the_page(says):
    layer = nn.Conv2d(3, 10, 3)
    fan_in = layer.weight[0].numel()
    says(
        "conv2d", f"for 3 channels and 3 × 3 that is 1/√{fan_in} = {bound(layer):.5f}."
    )


def test_a_of_root_five_cancels_to_the_bound(says):
    weight = torch.empty(400, 3, 3, 3)
    torch.manual_seed(0)
    nn.init.kaiming_uniform_(weight, a=math.sqrt(5))
    largest = 1 / math.sqrt(27)
    assert weight.abs().max().item() == pytest.approx(largest, rel=1e-3)
    assert nn.init.calculate_gain("leaky_relu", math.sqrt(5)) * math.sqrt(
        3
    ) == pytest.approx(1)
    ratio = nn.init.calculate_gain("relu") * math.sqrt(3)
    assert ratio**2 == pytest.approx(6)
    says("conv2d", f"which is √{ratio**2:.0f} = {ratio:.3f} times wider.")
    torch.manual_seed(0)
    nn.init.kaiming_uniform_(weight, nonlinearity="relu")
    assert weight.abs().max().item() == pytest.approx(ratio * largest, rel=1e-3)


def test_the_same_seed_gives_the_default_by_name():
    torch.manual_seed(0)
    default = nn.Conv2d(3, 10, 3).weight
    named = torch.empty(10, 3, 3, 3)
    torch.manual_seed(0)
    nn.init.kaiming_uniform_(named, a=math.sqrt(5))
    assert torch.equal(default, named)


def test_a_layer_and_its_relu_keep_two_fifths_of_the_size(says):
    torch.manual_seed(0)
    layer = nn.Conv2d(64, 512, 3, padding=1, padding_mode="circular", bias=False)
    image = torch.randn(4, 64, 16, 16)
    kept = layer(image).relu().square().mean().sqrt() / image.square().mean().sqrt()
    assert kept.item() == pytest.approx(1 / math.sqrt(6), rel=0.03)
    says(
        "conv2d",
        f"a layer and its ReLU keep 1/√6 = {1 / math.sqrt(6):.0%} of the signal's size",
    )


def test_what_remains_after_twelve_layers_is_bias(says):
    default, he = passed(12), passed(12, he=True)
    assert (default[5:, 0] > 0.018).all()
    assert (default[5:, 0] < 0.036).all()
    falls = default[1:, 1] / default[:-1, 1]
    assert ((falls > 0.3) & (falls < 0.5)).all()  # a straight line on that axis
    says(
        "conv2d",
        f"Size against the number of layers, {1} to {len(default)}, on a logarithmic axis. The "
        f"default feature map falls at first and then stays near {default[5:, 0].mean():.2f}. The "
        f"default difference falls on a straight line to {default[-1, 1]:.5f}. The difference with "
        f"the weights of He and others falls only to {he[-1, 1]:.1f}.",
    )


def test_an_unbiased_stack_keeps_nothing():
    torch.manual_seed(0)
    maps = torch.randn(1, 32, 16, 16, dtype=torch.float64)
    for _ in range(12):
        layer = nn.Conv2d(32, 32, 3, padding=1, padding_mode="circular", bias=False)
        maps = layer.double()(maps).relu().detach()
    assert maps.square().mean().sqrt() < 1e-3 < passed(12)[-1, 0]


def test_the_figure_draws_three_lines_of_twelve_layers():
    ax = figure().axes[0]
    assert [len(line.get_xdata()) for line in ax.lines] == [12] * 3
    assert [text.get_text() for text in ax.texts] == [
        "default: feature map",
        "default: difference",
        "He: difference",
    ]
    places = [text.xy for text in ax.texts]
    ends = [(line.get_xdata()[-1], line.get_ydata()[-1]) for line in ax.lines]
    assert places == ends
