"""The comparison of kernel sizes at one budget: the stored results, and a part run again."""

import math

import pytest
import torch
from scipy.stats import t

from snippets import kernel_budget
from snippets.kernel_budget import PLANS, SEEDS, digits, figure, network, stored, trial


def test_what_is_trained_again_is_stored_as_before(monkeypatch, tmp_path):
    known, before = stored(), kernel_budget.STORED.read_bytes()
    file = tmp_path / "again.json"
    monkeypatch.setattr(kernel_budget, "trial", lambda plan, seed: known[plan][seed])
    monkeypatch.setattr(kernel_budget, "STORED", file)
    kernel_budget.store()
    assert file.read_bytes() == before


def size(plan):
    return sum(weight.numel() for weight in network(*PLANS[plan]).parameters())


def interval(a, b):
    """The paired 95% t-interval of the difference of two plans, in points."""
    differences = 100 * (torch.tensor(stored()[a]) - torch.tensor(stored()[b]))
    half = (
        t.ppf(0.975, len(differences) - 1)
        * differences.std().item()
        / math.sqrt(len(differences))
    )
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


def test_a_trial_learns_by_adam_from_batches_of_64_and_asks_about_the_rest():
    torch.manual_seed(0)
    images, labels = digits()
    train, test = torch.randperm(1797).split([1297, 500])
    net = network(*PLANS["7 × 7"])
    own = list(net.parameters())
    means, squares = ([torch.zeros_like(w) for w in own] for _ in range(2))
    batches = [b for _ in range(3) for b in train[torch.randperm(1297)].split(64)]
    for step, batch in enumerate(batches, start=1):
        scores = net(images[batch]).log_softmax(1)
        loss = -scores[torch.arange(len(batch)), labels[batch]].mean()
        slopes = torch.autograd.grad(loss, own)
        for w, slope, mean, square in zip(own, slopes, means, squares, strict=True):
            mean.lerp_(slope, 0.1)
            square.lerp_(slope**2, 0.001)
            rms = (square / (1 - 0.999**step)).sqrt() + 1e-8
            w.data -= 3e-3 * mean / (1 - 0.9**step) / rms
    right = (net(images[test]).argmax(1) == labels[test]).sum() / 500
    assert 0.3 < right < 0.7  # on its way: any other way would show
    assert trial("7 × 7", 0, epochs=3) == pytest.approx(right.item(), abs=0.005)


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
    assert shown == [
        pytest.approx([100 * a for a in runs]) for runs in stored().values()
    ]


def test_the_page_concludes_what_the_intervals_say(says):
    told = []
    for a, b in [("3 × 3", "5 × 5"), ("3 × 3", "7 × 7"), ("5 × 5", "7 × 7")]:
        low, high = interval(a, b)
        assert low < 0 < high
        told.append(f"−{-low:.1f} to {high:.1f}")
    says(
        "kernel-size",
        f"The intervals are {told[0]} points for 3 × 3 against 5 × 5, {told[1]} for 3 × 3 against 7 × 7, and {told[2]} for 5 × 5 against 7 × 7: all of them contain zero.",
    )
    spread = {
        plan: 100 * torch.tensor(runs).std().item() for plan, runs in stored().items()
    }
    says(
        "kernel-size",
        f"{spread['3 × 3']:.1f} points for the deepest network and {spread['7 × 7']:.1f} for the shallowest",
    )
    runs = [100 * accuracy for plan in stored().values() for accuracy in plan]
    says(
        "kernel-size",
        f"between {min(runs):.0f} and {max(runs):.0f} percent, those of 3 by 3 widest apart, and the lines cross",
    )
    assert spread["3 × 3"] == max(spread.values())
    winners = {max(PLANS, key=lambda plan, s=seed: stored()[plan][s]) for seed in SEEDS}
    assert len(winners) > 1
    says("kernel-size", "Percent correct for kernels of 3, 5 and 7, ten marks each")


def test_the_page_describes_the_networks_that_were_trained(says):
    assert [(kernel, layers) for kernel, layers, _ in PLANS.values()] == [
        (3, 3),
        (5, 2),
        (7, 1),
    ]
    says(
        "kernel-size",
        "Three networks for the 8 × 8 digits of scikit-learn: three layers of 3 × 3, two of 5 × 5, one of 7 × 7",
    )
    says("kernel-size", f"test accuracy on {len(digits()[0]) - 1297} digits")
