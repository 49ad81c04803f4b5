"""Distillation: the loss, its gradient, and the temperature."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from snippets.distillation import TEMPERATURES, distance, figure, pull


def logits(size=1.0):
    torch.manual_seed(1)
    return size * torch.randn(2, 6, 10, dtype=torch.float64)


@pytest.mark.parametrize("temperature", [0.5, 1, 4, 20])
def test_the_gradient_is_the_difference_of_predictions(temperature):
    student, teacher = logits()
    student.requires_grad_()
    distance(student, teacher, temperature).backward()
    soft, goal = ((x / temperature).softmax(-1) for x in (student, teacher))
    torch.testing.assert_close(student.grad, temperature * (soft - goal).detach())


@pytest.mark.parametrize("temperature", [1, 4, 20])
def test_cross_entropy_with_the_soft_target_has_the_same_gradient(temperature):
    student, teacher = logits()
    student.requires_grad_()
    goal = (teacher / temperature).softmax(-1)
    bare = cross_entropy(student / temperature, goal, reduction="sum")
    found = torch.autograd.grad(distance(student, teacher, temperature), student)
    wanted = torch.autograd.grad(bare * temperature**2, student)
    torch.testing.assert_close(found, wanted)


def test_a_very_hot_teacher_asks_for_its_logits():
    student, teacher = (x - x.mean(-1, keepdim=True) for x in logits(3))
    student.requires_grad_()
    distance(student, teacher, 1e5).backward()
    torch.testing.assert_close(
        student.grad, (student - teacher).detach() / 10, atol=1e-4, rtol=1e-4
    )


def test_logits_that_differ_by_a_constant_are_at_no_distance():
    student, teacher = logits()
    assert distance(teacher + 3, teacher, 4).abs() < 1e-10
    assert distance(student, teacher, 4) > 0.01


@pytest.mark.parametrize("temperature", [0, -1])
def test_a_temperature_of_zero_is_named(temperature):
    with pytest.raises(
        ValueError, match=f"^temperature must be above 0, not {temperature}$"
    ):
        distance(*logits(), temperature)


def test_the_factor_holds_once_the_temperature_is_large(says):
    small = [pull(t) for t in TEMPERATURES]
    large = [pull(t, 6) for t in TEMPERATURES]
    assert max(small) / min(small) < 1.02
    assert max(large[2:]) / min(large[2:]) < 1.02
    assert large[1] < 0.75 * large[2]
    says(
        "tricks",
        "With logits of standard deviation 1 the factor holds the gradient. With 6 it holds "
        f"only from T = {TEMPERATURES[2]} on.",
    )
    says(
        "tricks",
        f"against the temperature from {TEMPERATURES[0]} to {TEMPERATURES[-1]}, both axes "
        f"logarithmic. Without T² it falls from {small[0]:.1f} to {small[-1] / 100**2:.5f}. With "
        f"T² it stays at {small[-1]:.1f}. With logits six times as large it rises from "
        f"{large[0]:.1f} to {large[-1]:.1f} and then stays.",
    )


def test_the_figure_draws_three_lines_over_seven_temperatures():
    ax = figure().axes[0]
    assert [len(line.get_ydata()) for line in ax.lines] == [7, 7, 7]
    ends = [line.get_ydata()[-1] for line in ax.lines]
    assert ends == pytest.approx([pull(100, 6), pull(100), pull(100) / 1e4])
