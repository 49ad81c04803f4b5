"""Learning-rate schedules against torch's."""

import pytest
import torch
from torch.optim.lr_scheduler import (
    CosineAnnealingLR,
    LinearLR,
    MultiStepLR,
    SequentialLR,
)

from snippets.schedules import cosine, figure, stairs


def followed(make, steps):
    """The learning rates that a scheduler of torch gives, with a top rate of 1."""
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=1.0)
    scheduler, rates = make(optimizer), []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


@pytest.mark.parametrize("steps", [2, 7, 90, 120])
def test_the_cosine_is_that_of_torch(steps):
    wanted = followed(lambda o: CosineAnnealingLR(o, steps), steps)
    assert [cosine(step, steps) for step in range(steps)] == pytest.approx(
        wanted, abs=1e-10
    )


@pytest.mark.filterwarnings("ignore:The epoch parameter")
@pytest.mark.parametrize("warm", [2, 5, 20])
def test_the_warm_up_is_that_of_torch(warm):
    def make(optimizer):
        first = LinearLR(optimizer, 1 / warm, total_iters=warm - 1)
        second = CosineAnnealingLR(optimizer, 60 - warm)
        return SequentialLR(optimizer, [first, second], [warm])

    rates = [cosine(step, 60, warm) for step in range(60)]
    assert rates == pytest.approx(followed(make, 60), abs=1e-10)


@pytest.mark.parametrize("falls", [(30, 60, 90), (1, 2), (0, 3), ()])
def test_the_stairs_are_those_of_torch(falls):
    wanted = followed(lambda o: MultiStepLR(o, list(falls)), 120)
    found = [stairs(step, falls) for step in range(120)]
    assert found == pytest.approx(wanted, abs=1e-10)


@pytest.mark.parametrize("warm", [1, 5, 20])
def test_a_warm_up_climbs_evenly_to_the_top(warm):
    climbed = [(step + 1) / warm for step in range(warm)]
    assert [cosine(step, 60, warm) for step in range(warm)] == climbed
    assert [stairs(step, warm=warm) for step in range(warm)] == climbed


@pytest.mark.parametrize(("steps", "warm"), [(5, 5), (5, -1), (0, 0)])
def test_a_warm_up_longer_than_the_run_is_named(steps, warm):
    with pytest.raises(ValueError, match=f"below steps={steps}, not {warm}"):
        cosine(0, steps, warm)


def test_the_caption_compares_the_means(says):
    steps = sum(stairs(epoch, warm=5) for epoch in range(120)) / 120
    smooth = sum(cosine(epoch, 120, 5) for epoch in range(120)) / 120
    says(
        "tricks",
        f"the cosine walks {smooth / steps:.1f} times as far: its mean rate is {smooth:.0%} of "
        f"the top, that of the stairs {steps:.0%}.",
    )
    half = sum(cosine(epoch, 120, 5) > 0.5 for epoch in range(5, 120)) + 5
    says(
        "tricks",
        "over 120 epochs. Both curves climb to 1 in five epochs. The dashed stairs fall to "
        f"{stairs(30):.1f} at epoch 30 and to {stairs(60):.2f} at epoch 60; the cosine falls "
        f"below one half at epoch {half} and ends at zero.",
    )
    assert cosine(119, 120, 5) < 2e-4


def test_the_figure_steps_through_120_epochs():
    ax = figure().axes[0]
    assert [len(line.get_ydata()) for line in ax.lines] == [120, 120]
    assert [text.get_text() for text in ax.texts] == ["cosine", "steps"]
    assert [max(line.get_ydata()) for line in ax.lines] == [1.0, 1.0]
