"""Label smoothing against torch, and the distance at which its loss is least."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy

from snippets.smoothing import best, figure, loss, targets

GRID = [(k, e) for k in (2, 3, 10, 1000) for e in (0.05, 0.1, 0.3)]


@pytest.mark.parametrize(("classes", "epsilon"), [*GRID, (5, 0), (5, 1)])
def test_the_targets_are_those_of_torch(classes, epsilon):
    torch.manual_seed(0)
    logits = torch.randn(1, classes)
    label = torch.tensor([0])
    wanted = cross_entropy(logits, label, label_smoothing=epsilon)
    found = cross_entropy(logits, targets(classes, epsilon)[None])
    torch.testing.assert_close(found, wanted)


@pytest.mark.parametrize(("classes", "epsilon"), GRID)
def test_the_paper_gives_epsilon_to_the_wrong_classes_alone(classes, epsilon):
    shared = targets(classes, epsilon, paper=True)
    assert shared[0].item() == pytest.approx(1 - epsilon, abs=1e-6)
    assert shared[1:].sum().item() == pytest.approx(epsilon, abs=1e-6)
    torch.testing.assert_close(
        shared, targets(classes, epsilon * classes / (classes - 1))
    )


@pytest.mark.parametrize(("classes", "epsilon"), GRID)
def test_the_loss_is_that_of_torch_unless_it_is_told_to_be_the_papers(classes, epsilon):
    gap = torch.linspace(-1, 6, 8)
    logits = torch.zeros(8, classes)
    logits[:, 0] = gap
    wanted = cross_entropy(
        logits, torch.zeros(8).long(), label_smoothing=epsilon, reduction="none"
    )
    torch.testing.assert_close(loss(gap, classes, epsilon), wanted)
    papers = loss(gap, classes, epsilon, paper=True)
    assert (papers[gap > 0] > wanted[gap > 0]).all()


@pytest.mark.parametrize("paper", [False, True])
@pytest.mark.parametrize(("classes", "epsilon"), GRID)
def test_the_loss_is_least_at_the_best_distance(classes, epsilon, paper):
    gap = torch.linspace(0, 12, 1201)
    losses = loss(gap, classes, epsilon, paper)
    assert gap[losses.argmin()].item() == pytest.approx(
        best(classes, epsilon, paper), abs=0.05
    )
    place = torch.tensor(best(classes, epsilon, paper), requires_grad=True)
    (slope,) = torch.autograd.grad(loss(place, classes, epsilon, paper), place)
    assert abs(slope.item()) < 1e-5


@pytest.mark.parametrize(("classes", "epsilon"), GRID)
def test_the_best_distance_has_a_closed_form(classes, epsilon):
    torchs = math.log((1 - epsilon + epsilon / classes) / (epsilon / classes))
    papers = math.log((classes - 1) * (1 - epsilon) / epsilon)
    assert best(classes, epsilon) == pytest.approx(torchs, abs=1e-4)
    assert best(classes, epsilon, paper=True) == pytest.approx(papers, abs=1e-4)


def test_a_hard_label_has_no_best_distance():
    losses = loss(torch.linspace(0, 30, 31).double(), 10, 0)
    assert best(10, 0) == math.inf
    assert (losses[:15].diff() < 0).all()


@pytest.mark.parametrize("epsilon", [-0.1, 1.1])
def test_an_epsilon_outside_is_named(epsilon):
    with pytest.raises(ValueError, match=f"epsilon must be from 0 to 1, not {epsilon}"):
        targets(10, epsilon)


def test_the_page_names_the_best_distances(says):
    torchs, papers = best(2, 0.1), best(2, 0.1, paper=True)
    says(
        "tricks",
        f"Two classes, ε = 0.1. Without smoothing no distance is enough; with it, {torchs:.1f} "
        f"is best for torch, and {papers:.1f} for the paper",
    )
    says(
        "tricks",
        f"difference of two logits, 0 to 6. The dotted curve without ε falls towards zero. The "
        f"curve of torch has its lowest point at {torchs:.1f}, the dashed curve of the paper at "
        f"{papers:.1f}; both rise after it.",
    )
    assert best(1000, 0.1) - best(1000, 0.1, paper=True) < 0.002
    assert torchs - papers > 0.7
    says("tricks", "With 1,000 classes it hardly matters, with 2 it does.")
    says("tricks", "the targets of the paper with ε = 0.1 and 10 classes?")


def test_the_figure_marks_the_lowest_points():
    ax = figure().axes[0]
    marks = [line for line in ax.lines if len(line.get_ydata()) == 1]
    places = [float(mark.get_xdata()[0]) for mark in marks]
    assert places == pytest.approx([best(2, 0.1), best(2, 0.1, paper=True)], abs=1e-5)
    assert [text.get_text() for text in ax.texts] == ["no ε", "torch", "paper"]
