"""What of a bias survives behind the layers that can follow it."""

import re

import pytest
import torch
from torch import nn

from snippets.bias_survives import dead, figure, followers

EXPECTED = {
    "BatchNorm": (8, 0),
    "MaxPool, BatchNorm": (8, 0),
    "conv, BatchNorm": (8, 0),
    "padded conv, BatchNorm": (0, 0),
    "Dropout, BatchNorm": (0, 0),
    "ReLU, BatchNorm": (0, 0),
    "InstanceNorm": (8, 8),
    "GroupNorm, 8 groups": (8, 8),
    "GroupNorm, 4 groups": (4, 4),
    "GroupNorm, 1 group": (1, 1),
    "LayerNorm": (1, 1),
}


def test_the_table_is_what_the_ranks_say(says):
    found = {
        name: (dead(after), dead(after, training=False))
        for name, after in followers().items()
    }
    assert found == EXPECTED
    says(
        "batchnorm",
        f"BatchNorm kills all {found['BatchNorm'][0]}, in training mode only",
    )
    says(
        "batchnorm",
        f"4 groups of 2 channels kill {found['GroupNorm, 4 groups'][0]} of 8 directions. "
        "LayerNorm over a whole image has one group and kills "
        f"{found['LayerNorm'][0]}.",
    )
    says("batchnorm", f"They kill all {found['InstanceNorm'][0]}, and")


@pytest.mark.parametrize("name", EXPECTED)
@pytest.mark.parametrize("training", [True, False])
def test_a_dead_bias_has_no_gradient_and_a_change_of_it_is_not_seen(name, training):
    after = followers()[name].double().train(training)
    maps = torch.randn(4, 8, 6, 6, dtype=torch.float64)
    bias = torch.zeros(8, dtype=torch.float64, requires_grad=True)

    def output(bias):
        torch.manual_seed(2)
        return after(maps + bias[:, None, None])

    out = output(bias)
    out.backward(torch.randn_like(out))
    all_dead = EXPECTED[name][not training] == 8
    assert (bias.grad.abs().max() < 1e-12) == all_dead
    step = torch.randn(8, dtype=torch.float64)
    assert ((output(step) - out).abs().max() < 1e-10) == all_dead


@pytest.mark.parametrize("channels", [4, 6, 12])
@pytest.mark.parametrize("groups", [1, 2, 3, 4, 6, 12])
def test_group_norm_with_g_groups_kills_g_directions(groups, channels):
    if channels % groups:
        with pytest.raises(ValueError, match="divisible by num_groups"):
            nn.GroupNorm(groups, channels)
    else:
        assert dead(nn.GroupNorm(groups, channels), channels=channels) == groups


def test_group_norm_is_instance_norm_and_layer_norm_at_its_ends():
    maps = torch.randn(4, 8, 6, 6)
    torch.testing.assert_close(nn.GroupNorm(8, 8)(maps), nn.InstanceNorm2d(8)(maps))
    torch.testing.assert_close(nn.GroupNorm(1, 8)(maps), nn.LayerNorm([8, 6, 6])(maps))


def test_with_running_statistics_instance_norm_lets_the_bias_live_in_eval_mode():
    norm = nn.InstanceNorm2d(8, track_running_stats=True)
    assert (dead(norm), dead(norm, training=False)) == (8, 0)


@pytest.mark.parametrize("padding", [0, 1, 2])
@pytest.mark.parametrize("mode", ["zeros", "reflect", "circular"])
def test_the_padding_of_the_convolution_that_owns_the_bias_does_not_matter(
    padding, mode
):
    torch.manual_seed(0)
    conv = nn.Conv2d(3, 8, 3, padding=padding, padding_mode=mode)
    out = nn.Sequential(conv, nn.BatchNorm2d(8)).double()(
        torch.randn(4, 3, 8, 8).double()
    )
    out.backward(torch.randn_like(out))
    assert conv.bias.grad.abs().max() < 1e-12


def test_channels_that_do_not_fit_raise_what_torch_raises():
    with pytest.raises(RuntimeError, match="should contain 6 elements not 8"):
        dead(nn.BatchNorm2d(8), channels=6)


def test_the_sum_over_a_group_is_zero(says):
    maps = torch.randn(4, 12, 6, 6, dtype=torch.float64)
    bias = torch.zeros(12, dtype=torch.float64, requires_grad=True)
    out = nn.GroupNorm(3, 12).double()(maps + bias[:, None, None])
    out.backward(torch.randn_like(out))
    sums = bias.grad.reshape(3, 4).sum(1)
    assert (sums.abs() < 1e-10).all()
    assert (bias.grad.abs() > 1e-6).all()
    says(
        "batchnorm", f"A bias with {bias.numel()} channels stands before GroupNorm with"
    )
    says("batchnorm", f"GroupNorm with {len(sums)} groups. No gradient is zero.")


def test_each_follower_is_what_its_name_says():
    for name, after in followers().items():
        layers = list(after) if isinstance(after, nn.Sequential) else [after]
        parts = re.findall(r"MaxPool|conv|Dropout|ReLU|\w+Norm", name)
        for part, layer in zip(parts, layers, strict=True):
            assert part.lower() in type(layer).__name__.lower()


def test_softmax_kills_one_direction():
    assert dead(nn.LogSoftmax(dim=1)) == dead(nn.Softmax(dim=1)) == 1


def test_the_figure_draws_eight_marks_in_every_row_and_mode(says):
    ax = figure().axes[0]
    counts = [len(dots.get_offsets()) for dots in ax.collections]
    live = counts[::2]
    assert [a + b for a, b in zip(live, counts[1::2], strict=True)] == [8] * 22
    assert [8 - n for n in live] == [v[0] for v in EXPECTED.values()] + [
        v[1] for v in EXPECTED.values()
    ]
    assert [t.get_text() for t in ax.texts] == ["training", "eval", *EXPECTED]
