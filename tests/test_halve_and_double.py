"""The price of a layer where the resolution halves and the channels double."""

from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from snippets.halve_and_double import STAGES, figure, price


def counted(layer, channels, side):
    """Floating point operations of a layer, by PyTorch's own counter."""
    with FlopCounterMode(display=False) as counter, torch.device("meta"):
        layer(torch.zeros(1, channels, side, side))
    return counter.get_total_flops()


def conv(inputs, outputs, **options):
    return nn.Conv2d(
        inputs, outputs, 3, padding=1, bias=False, device="meta", **options
    )


@pytest.mark.parametrize(("channels", "side"), [*STAGES, (1, 1), (3, 5), (16, 33)])
def test_the_price_is_what_the_layer_holds_and_the_counter_counts(channels, side):
    layer, cost = conv(channels, channels), price(channels, side)
    assert cost["parameters"] == sum(p.numel() for p in layer.parameters())
    out = layer(torch.zeros(1, channels, side, side, device="meta"))
    assert cost["outputs"] == out.numel()
    assert 2 * cost["multiplications"] == counted(layer, channels, side)


def test_the_counter_gives_the_same_for_all_four(says):
    (flops,) = {
        counted(conv(channels, channels), channels, side) for channels, side in STAGES
    }
    says("pooling", f"`FlopCounterMode`, gives {flops:,} for each of the four")
    says(
        "pooling",
        f"times twice the inputs, times twice the outputs, is {1 / 4 * 2 * 2:.0f}.",
    )


def test_from_stage_to_stage(says):
    costs = [price(*stage) for stage in STAGES]
    for one, two in pairwise(costs):
        assert two["parameters"] == 4 * one["parameters"]
        assert two["multiplications"] == one["multiplications"]
        assert 2 * two["outputs"] == one["outputs"]
    says(
        "pooling",
        f"From stage to stage a {3} × {3} layer has four times the parameters, the same "
        "multiplications and half the outputs.",
    )


def test_a_depthwise_layer_does_half_the_work_from_stage_to_stage():
    work = [counted(conv(c, c, groups=c), c, side) for c, side in STAGES]
    assert all(2 * two == one for one, two in pairwise(work))


def test_the_first_layer_of_a_stage_does_half_the_work_of_the_others():
    for (channels, _), (more, side) in pairwise(STAGES):
        first = counted(conv(channels, more), channels, side)
        assert 2 * first == counted(conv(more, more), more, side)
        strided = counted(conv(channels, more, stride=2), channels, 2 * side)
        assert strided == first


@pytest.mark.parametrize("channels", [-1, -64])
def test_negative_channels_raise_what_torch_raises(channels):
    with pytest.raises(RuntimeError, match="negative dimension"):
        price(channels, 7)


def test_half_a_channel_raises_what_torch_raises():
    with pytest.raises(ValueError, match="in_channels must be divisible"):
        price(1.5, 7)


def test_the_figure_starts_in_one_point(says):
    ax = figure().axes[0]
    ratios = {
        text.get_text(): [float(y) for y in line.get_ydata()]
        for text, line in zip(ax.texts, ax.lines, strict=True)
    }
    assert ratios == {
        "parameters": [1, 4, 16, 64],
        "multiplications": [1, 1, 1, 1],
        "outputs": [1, 1 / 2, 1 / 4, 1 / 8],
    }
    says(
        "pooling",
        f"Parameters rise to {ratios['parameters'][-1]:.0f} times the first stage, "
        f"multiplications stay at {ratios['multiplications'][-1]:.0f}, outputs fall to one eighth.",
    )
