"""A bias right before BatchNorm: dead in training mode, alive in eval mode."""

import pytest
import torch
from torch import nn

from snippets.dead_bias import figure, gradients, images, output, pair, statistics

BIASES = [1.0, -2.0, 5.0, 100.0]


def test_the_gradient_of_the_bias_is_zero_and_that_of_the_weights_is_not():
    found = gradients()
    assert found["0.bias"] < 1e-14
    assert min(found["0.weight"], found["1.weight"], found["1.bias"]) > 1e-3


@pytest.mark.parametrize("bias", BIASES)
def test_in_training_mode_a_bias_moves_no_output(bias):
    torch.testing.assert_close(
        output(bias, 0, True), output(0, 0, True), atol=1e-10, rtol=0
    )


@pytest.mark.parametrize("bias", BIASES)
def test_the_running_mean_takes_the_bias_up_and_the_variance_stays(bias):
    mean, variance = statistics(bias)
    mean_0, variance_0 = statistics(0)
    torch.testing.assert_close(
        mean - mean_0, torch.full_like(mean, bias), atol=1e-10, rtol=0
    )
    torch.testing.assert_close(variance, variance_0, atol=1e-10, rtol=0)


@pytest.mark.parametrize("bias", BIASES)
def test_in_eval_mode_the_output_is_as_it_was(bias):
    torch.testing.assert_close(
        output(bias, bias, False), output(0, 0, False), atol=1e-10, rtol=0
    )


@pytest.mark.parametrize("bias", BIASES)
def test_in_eval_mode_a_bias_that_changes_moves_the_output_by_gamma_over_sigma(bias):
    layers = pair(0)
    layers(images())
    norm = layers[1]
    move = bias * norm.weight / (norm.running_var + norm.eps).sqrt()
    moved = output(bias, 0, False) - output(0, 0, False)
    expected = move.detach()[:, None, None].expand_as(moved)
    torch.testing.assert_close(moved, expected, atol=1e-10, rtol=0)


def test_the_page_says_by_how_much(says):
    moved = (output(1, 0, False) - output(0, 0, False)).mean((0, 2, 3))
    *first, last = [f"{value:.3f}" for value in moved.tolist()]
    says(
        "batchnorm",
        f"adding {1} moves channel `c` by γ/σ, where σ is the root of the running "
        f"variance plus `eps`. The four channels move by {', '.join(first)} and {last}.",
    )
    gap = (statistics(100)[0] - statistics(0)[0]).mean().item()
    says(
        "batchnorm",
        "Adding 100 to the bias moves no output. The running mean moves by "
        f"{gap:.0f}, the running variance stays",
    )
    variance = output(0, 0, True).var((0, 2, 3), correction=0)
    gamma = pair(0)[1].weight.detach()
    torch.testing.assert_close(variance, gamma**2, atol=1e-4, rtol=1e-4)
    says(
        "batchnorm", f"scales the rest to variance {(variance / gamma**2).mean():.0f},"
    )


def test_frozen_batchnorm_trains_the_bias():
    layers = pair(0).eval()
    layers(images()).square().sum().backward()
    assert layers[0].bias.grad.abs().min() > 1


def test_bias_false_saves_one_parameter_per_channel(says):
    without, with_bias = (
        sum(p.numel() for p in nn.Conv2d(1, 20, 5, bias=bias).parameters())
        for bias in (False, True)
    )
    says(
        "batchnorm",
        "A 5 × 5 convolution from 1 to 20 channels then has "
        f"{without} parameters instead of {with_bias}.",
    )


def test_the_reason_is_the_subtraction_and_not_beta():
    target = torch.randn(16, 4, 10, 10, dtype=torch.float64)
    for rest, lives in [
        ([nn.BatchNorm2d(4, affine=False)], False),
        ([nn.BatchNorm2d(4)], False),
        ([nn.ReLU(), nn.BatchNorm2d(4)], True),
        ([nn.ReLU(), nn.BatchNorm2d(4, affine=False)], True),
        ([], True),
    ]:
        conv = pair(0)[0]
        layers = nn.Sequential(conv, *rest).double()
        (layers(images()) - target).square().mean().backward()
        assert (conv.bias.grad.abs().max() > 1e-3) == lives
        assert lives or conv.bias.grad.abs().max() < 1e-14


def test_the_error_comes_in_training_mode_only():
    norm, one = nn.BatchNorm2d(3), torch.zeros(1, 3, 1, 1)
    with pytest.raises(ValueError, match="more than 1 value"):
        norm(one)
    assert norm.eval()(one).shape == one.shape


def test_large_biases_round_the_feature_map_away(says):
    large = torch.tensor(1e8)
    gap = torch.nextafter(large, torch.tensor(torch.inf)) - large
    says("batchnorm", f"numbers near {int(large):,}")
    says("batchnorm", f"are {gap:.0f} apart: a bias of that size")
    conv = nn.Conv2d(3, 4, 3)
    plain = nn.BatchNorm2d(4)(conv(images().float()))
    nn.init.constant_(conv.bias, 1e8)
    assert (nn.BatchNorm2d(4)(conv(images().float())) - plain).abs().mean() > 0.1


def test_a_shortcut_carries_the_bias_along():
    conv, norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)
    maps = conv(images().float())
    (norm(maps) + maps).square().sum().backward()
    assert conv.bias.grad.abs().min() > 1


def test_the_figure_moves_one_histogram_and_only_in_eval_mode(says):
    upper, lower = figure().axes

    def heights(patch):
        return sorted(y for _, y in patch.get_path().vertices if y > 0)

    assert [len(ax.patches) for ax in (upper, lower)] == [2, 2]
    spans = [
        [[x for x, y in p.get_path().vertices if y > 0] for p in ax.patches]
        for ax in (upper, lower)
    ]
    (a, b), (c, d) = [[(min(s), max(s)) for s in row] for row in spans]
    assert a == b == c
    assert d[0] > c[1]
    assert heights(upper.patches[0])[-1] == heights(upper.patches[1])[-1]
    labels = [[t.get_text() for t in ax.texts if t.get_text()] for ax in (upper, lower)]
    assert labels == [["bias 0 and bias 5", "training"], ["bias 0", "bias 5", "eval"]]
    moved = (output(5, 0, False) - output(0, 0, False))[:, 0]
    says(
        "batchnorm",
        "after BatchNorm has seen one batch with bias 0. Then the bias becomes 5. In "
        f"training mode nothing moves; in eval mode all outputs move by {moved.mean():.2f}.",
    )
    says(
        "batchnorm",
        "the filled histogram for bias 0 and the outline for bias 5 coincide. Lower row, "
        f"eval: the filled histogram stands at {output(0, 0, False)[:, 0].mean().abs():.0f}, "
        f"the outline has moved to the right, to about {moved.mean() - 0.05:.1f}",
    )


def test_resnet_18_would_have_4800_dead_parameters(says):
    says("batchnorm", "It has 20 convolutions with 4,800 output channels, so 4,800")
    convs = [(3, 64, 7)]
    width = 64
    for stage in (64, 128, 256, 512):
        for block in range(2):
            convs += [(width, stage, 3), (stage, stage, 3)]
            convs += [(width, stage, 1)] if block == 0 and width != stage else []
            width = stage
    with torch.device("meta"):
        layers = [nn.Conv2d(*size) for size in convs]
        norms = [nn.BatchNorm2d(size[1]) for size in convs]
        last = nn.Linear(512, 1000)
    dead = sum(layer.bias.numel() for layer in layers)
    weights = sum(layer.weight.numel() for layer in layers)
    assert (len(layers), dead) == (20, 4800)
    others = [*last.parameters(), *(p for n in norms for p in n.parameters())]
    assert weights + sum(p.numel() for p in others) == 11_689_512  # torchvision's count
    says("batchnorm", f"parameters would be dead: {dead / weights:.2%} of the weights")
    says("batchnorm", f"Dead parameters of a ResNet-{len(layers) - 3 + 1}")
