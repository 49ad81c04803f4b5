"""Mixup: one loss or two, and how much is mixed."""

import pytest
import torch
from scipy import stats
from scipy.special import betaincinv
from torch.nn.functional import cross_entropy, one_hot

from snippets.mixup import below, figure, mixed, shapes, smaller


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.9, 1])
@pytest.mark.parametrize("classes", [2, 10])
def test_one_loss_on_the_mixed_target_is_the_mix_of_two(share, classes):
    torch.manual_seed(0)
    logits = torch.randn(8, classes, dtype=torch.float64)
    first, second = torch.randint(classes, (2, 8))
    targets = [one_hot(labels, classes).double() for labels in (first, second)]
    losses = [cross_entropy(logits, labels) for labels in (first, second)]
    one = cross_entropy(logits, mixed(*targets, share))
    torch.testing.assert_close(one, mixed(*losses, share), atol=1e-10, rtol=0)


@pytest.mark.parametrize("alpha", [0.1, 0.2, 1, 4])
@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5])
def test_the_probability_is_that_of_drawn_weights(alpha, share):
    torch.manual_seed(0)
    concentration = torch.tensor(float(alpha))
    drawn = torch.distributions.Beta(concentration, concentration).sample((200_000,))
    part = torch.minimum(drawn, 1 - drawn)
    assert below(share, alpha) == pytest.approx(
        (part < share).float().mean().item(), abs=0.006
    )
    assert smaller(alpha) == pytest.approx(part.mean().item(), abs=0.003)


@pytest.mark.parametrize("alpha", [0.2, 0.7, 1, 2])
def test_the_mean_is_an_integral(alpha):
    wanted = stats.beta(alpha, alpha).expect(lambda x: min(x, 1 - x))
    assert smaller(alpha) == pytest.approx(wanted, abs=1e-3)


@pytest.mark.parametrize("share", [-0.1, 1.5])
def test_a_share_outside_is_named(share):
    with pytest.raises(ValueError, match=f"share must be from 0 to 1, not {share}"):
        mixed(torch.zeros(1), torch.ones(1), share)


def test_two_images_in_three_are_hardly_mixed(says):
    shares = [float(betaincinv(0.2, 0.2, decile / 10)) for decile in range(1, 10)]
    pure = [min(share, 1 - share) < 0.1 for share in shares]
    assert pure == [True] * 3 + [False] * 3 + [True] * 3
    assert below(0.1, 0.2) == pytest.approx(2 / 3, abs=0.01)
    says("tricks", f"two images in three are at least {1 - 0.1:.0%} one of the two")
    says("tricks", "drawn from a Beta distribution with both parameters α. The paper")
    says("tricks", "mixed at the nine deciles of λ. With α = 0.2, two images in three")
    says(
        "tricks",
        "In the upper row, α = 0.2, three images at each end look like a cross or a disc "
        "alone. In the lower row, α = 1, the mix changes evenly.",
    )
    even = [float(betaincinv(1, 1, decile / 10)) for decile in range(1, 10)]
    assert even == pytest.approx([decile / 10 for decile in range(1, 10)])
    says("tricks", "weighted by λ and 1 − λ, and mixes their labels likewise")


def test_the_figure_runs_from_the_cross_to_the_disc():
    disc, cross = shapes()
    drawn = [torch.tensor(ax.images[0].get_array().tolist()) for ax in figure().axes]
    assert len(drawn) == 18
    assert (drawn[0] - cross).abs().max() < 0.001
    assert (drawn[8] - disc).abs().max() < 0.001
    torch.testing.assert_close(drawn[13], (disc + cross) / 2)
