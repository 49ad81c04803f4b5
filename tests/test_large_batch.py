"""Larger batches: the variance of their gradients, and the step that they allow."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from snippets.large_batch import RATES, figure, gap, gradients, noise, problem


def test_the_gradients_are_those_of_autograd():
    torch.manual_seed(1)
    inputs, labels = problem(40)
    weight = torch.randn(20, 10, dtype=torch.float64, requires_grad=True)
    for image in range(0, 40, 7):
        rows = slice(image, image + 1)
        loss = cross_entropy(inputs[rows] @ weight, labels[rows])
        (slope,) = torch.autograd.grad(loss, weight)
        torch.testing.assert_close(
            gradients(weight.detach(), inputs, labels)[image], slope
        )


@pytest.mark.parametrize("batch", [1, 2, 8, 32, 128, 512])
def test_variance_times_batch_size_is_constant(batch):
    each = gradients(torch.zeros(20, 10, dtype=torch.float64), *problem()).flatten(1)
    theory = (each - each.mean(0)).square().sum(1).mean().item()
    assert noise(batch) * batch == pytest.approx(theory, rel=0.03)
    assert round(theory) == 18


@pytest.mark.parametrize("rate", [1e-4, 1e-3, 1e-2])
def test_the_gap_is_proportional_to_a_small_rate(rate):
    assert gap(rate) / rate == pytest.approx(gap(1e-5) / 1e-5, rel=0.01)


@pytest.mark.parametrize("size", [1, 32])
def test_eight_steps_are_those_of_an_optimizer(size):
    inputs, labels = problem(8 * size)
    ends = []
    for batch, rate in [(size, 0.1), (8 * size, 0.8)]:
        weight = torch.zeros(20, 10, dtype=torch.float64, requires_grad=True)
        optimizer = torch.optim.SGD([weight], lr=rate)
        for x, y in zip(inputs.split(batch), labels.split(batch), strict=True):
            optimizer.zero_grad()
            cross_entropy(x @ weight, y).backward()
            optimizer.step()
        ends.append(weight.detach())
    missed = (ends[1] - ends[0]).norm() / ends[0].norm()
    assert gap(0.1, batch=size) == pytest.approx(missed.item(), abs=1e-10)
    assert gap(0.1) == gap(0.1, batch=32)


def test_a_step_that_is_not_scaled_goes_an_eighth_of_the_way(says):
    assert gap(1e-6, factor=1) == pytest.approx(7 / 8, abs=1e-5)
    says("tricks", "A step that is not scaled goes an eighth of the way.")
    says(
        "tricks", f"misses the end of {8} small steps by {gap(1e-4, 1):.1%} of the way"
    )
    says("tricks", f"What would it miss of {16} steps?")
    says("tricks", f"15 sixteenths, or {15 / 16:.2%}.")
    says("tricks", f'??? question "Why {7 / 8:.1%}?"')


def test_the_caption_says_by_how_much_one_step_misses(says):
    says(
        "tricks",
        f"as long as η is small: at 0.01 it misses by {gap(0.01):.1%} of the way",
    )
    says(
        "tricks",
        "against the learning rate from 0.0001 to 1, both axes logarithmic. With the rate "
        f"times eight, a straight line rises from {gap(1e-4):.3%} to {gap(1):.0%}. With the "
        "rate left alone, a flat line lies just below 100%.",
    )
    assert all(0.82 < gap(rate, factor=1) < 0.88 for rate in RATES)


def test_a_batch_below_one_is_named():
    with pytest.raises(ValueError, match="batch must be at least 1, not 0"):
        gap(0.1, batch=0)


def test_the_figure_draws_a_rising_line_under_a_flat_one():
    rising, flat = (line.get_ydata() for line in figure().axes[0].lines)
    assert len(rising) == len(flat) == len(RATES)
    assert list(rising) == sorted(rising)
    assert all(low < high for low, high in zip(rising, flat, strict=True))
