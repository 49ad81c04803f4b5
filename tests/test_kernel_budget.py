"""The comparison of kernel sizes at one budget: the stored results, and a part run again."""

import math

import pytest
import torch
from scipy.stats import t

from snippets.kernel_budget import PLANS, SEEDS, digits, figure, network, stored, trial


def size(plan):
    return sum(weight.numel() for weight in network(*PLANS[plan]).parameters())


def interval(a, b):
    """The paired 95% t-interval of the difference of two plans, in points."""
    differences = 100 * (torch.tensor(stored()[a]) - torch.tensor(stored()[b]))
    half = t.ppf(0.975, len(differences) - 1) * differences.std().item() / math.sqrt(len(differences))
    return differences.mean().item() - half, differences.mean().item() + half


def test_the_networks_have_the_same_budget_within_six_percent():
    sizes = [size(plan) for plan in PLANS]
    assert max(sizes) / min(sizes) < 1.06


def test_every_plan_was_trained_with_every_seed():
    assert list(stored()) == list(PLANS)
    assert {len(runs) for runs in stored().values()} == {len(SEEDS)}


@pytest.mark.parametrize(("plan", "seed"), [("7 × 7", 0), ("5 × 5", 3)])
def test_a_training_run_again_comes_out_as_stored(plan, seed):
    """Within 2 points: another processor rounds otherwise, and that grows in training."""
    assert trial(plan, seed) == pytest.approx(stored()[plan][seed], abs=0.02)


def test_the_network_maps_digits_to_ten_scores():
    images, labels = digits()
    assert images.shape == (1797, 1, 8, 8)
    assert 0 <= images.min() < images.max() <= 1
    assert sorted(labels.unique().tolist()) == list(range(10))
    for plan in PLANS.values():
        assert network(*plan)(images[:4]).shape == (4, 10)


def test_a_wrong_plan_is_named():
    with pytest.raises(ValueError, match="plan must be one of"):
        trial("4 × 4", 0)


def test_the_figure_shows_every_trial():
    dots = figure().axes[0].collections
    assert [len(d.get_offsets()) for d in dots] == [len(SEEDS)] * 3
    shown = [d.get_offsets()[:, 1].data.tolist() for d in dots]
    assert shown == [pytest.approx([100 * a for a in runs]) for runs in stored().values()]
