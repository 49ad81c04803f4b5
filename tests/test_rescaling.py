"""The scale of the weights before BatchNorm, and what it does to learning."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from snippets.rescaling import figure, losses, network, stripes

torch.set_num_threads(1)


def gradient(scale):
    """Weights of the convolution, their gradient and the output, for one batch."""
    torch.manual_seed(0)
    (pictures, upright), layers = stripes(), network(scale, eps=1e-12)
    out = layers(pictures)
    cross_entropy(out, upright).backward()
    return layers[0].weight.detach(), layers[0].weight.grad, out.detach()


@pytest.mark.parametrize("scale", [0.5, 7, 100])
def test_the_output_stays_and_the_gradient_shrinks(scale, says):
    weight, slope, out = gradient(1)
    weight_s, slope_s, out_s = gradient(scale)
    torch.testing.assert_close(weight_s, scale * weight)
    torch.testing.assert_close(out_s, out, atol=1e-10, rtol=0)
    torch.testing.assert_close(slope_s, slope / scale, atol=1e-10, rtol=0)
    if scale == 7:
        ratio = (slope / slope_s).median()
        says(
            "batchnorm",
            f"Multiply the weights before BatchNorm by {scale}: mean and standard deviation "
            f"grow by {scale}, and the output stays. The gradient becomes {ratio:.0f} times "
            f"smaller. A step of SGD then changes weights that are {scale} times larger by "
            f"{ratio:.0f} times less, so that learning is {scale * ratio:.0f} times slower. A "
            f"learning rate {scale * ratio:.0f} times larger restores every loss.",
        )


@pytest.mark.parametrize("scale", [0.5, 3, 7])
def test_the_square_of_the_scale_in_the_learning_rate_restores_every_loss(scale):
    torch.testing.assert_close(
        losses(scale, scale**2), losses(1, 1), atol=1e-10, rtol=0
    )


def test_with_the_default_eps_the_losses_agree_to_five_digits():
    gap = (losses(7, 49, eps=1e-5) - losses(1, 1, eps=1e-5)).abs().max()
    assert 1e-10 < gap < 1e-5


def test_the_gradient_is_perpendicular_so_that_a_step_lengthens():
    weight, slope, _ = gradient(1)
    assert (weight * slope).sum().abs() < 1e-10
    stepped = weight - 0.3 * slope
    gain = stepped.square().sum() - weight.square().sum()
    torch.testing.assert_close(gain, (0.3 * slope).square().sum(), atol=1e-10, rtol=0)


def test_decay_alone_changes_no_output():
    torch.testing.assert_close(gradient(0.9)[2], gradient(1)[2], atol=1e-10, rtol=0)


def test_an_eps_of_zero_is_what_the_version_makes_of_it():
    if torch.__version__ >= "2.10":
        with pytest.raises(ValueError, match="eps must be positive"):
            losses(1, 1, eps=0)
    else:  # no channel of equal values is met
        torch.testing.assert_close(losses(1, 1, eps=0), losses(1, 1, eps=1e-12))


def test_the_figure_lays_the_dots_on_the_first_line(says):
    ax = figure().axes[0]
    first, second, dots = [line.get_ydata() for line in ax.lines]
    torch.testing.assert_close(
        torch.as_tensor(dots), torch.as_tensor(first)[::4], atol=1e-10, rtol=0
    )
    assert second[-1] > 0.7
    says(
        "batchnorm",
        f"Loss over {len(first)} steps. The line for unchanged weights falls from "
        f"{first[0]:.2f} to {first[-1]:.2f}. The line for weights times 7 barely falls. "
        "Dots for weights times 7 with a learning rate times 49 lie on the first line.",
    )
    says(
        "batchnorm",
        "Weights 7 times larger learn slowly; with 49 times the learning rate",
    )
