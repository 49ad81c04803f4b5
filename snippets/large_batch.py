"""A larger batch: a calmer gradient, and one long step in place of short ones."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import one_hot

RATES = torch.logspace(-4, 0, 9).tolist()


def problem(images: int = 1024) -> tuple[Tensor, Tensor]:
    """Random inputs (images, 20) in ten classes that overlap, and their labels."""
    torch.manual_seed(0)
    inputs = torch.randn(images, 20, dtype=torch.float64)
    scores = inputs @ torch.randn(20, 10, dtype=torch.float64)
    return inputs, (scores + 2 * torch.randn_like(scores)).argmax(1)


# --8<-- [start:gradients]
def gradients(weight: Tensor, inputs: Tensor, labels: Tensor) -> Tensor:
    """The gradient of each image's cross-entropy (images, 20, 10), softmax regression.

    >>> inputs, labels = problem(5)
    >>> gradients(torch.zeros(20, 10).double(), inputs, labels).shape
    torch.Size([5, 20, 10])
    """
    error = (inputs @ weight).softmax(1) - one_hot(labels, weight.shape[1])
    return inputs[:, :, None] * error[:, None]


def noise(batch: int, draws: int = 4000) -> float:
    """Mean squared distance of a random batch's gradient from that of all images."""
    each = gradients(torch.zeros(20, 10, dtype=torch.float64), *problem()).flatten(1)
    rows = torch.randint(len(each), (draws, batch))
    share = each.new_zeros(draws, len(each))
    share.scatter_add_(1, rows, torch.full_like(rows, 1 / batch, dtype=each.dtype))
    return (share @ each - each.mean(0)).square().sum(1).mean().item()


# --8<-- [end:gradients]


# --8<-- [start:gap]
def gap(rate: float, factor: int = 8, batch: int = 32) -> float:
    """How far one step of ``factor * rate`` on 8 batches ends from 8 steps of ``rate``.

    In units of the distance that the 8 steps walk.
    """
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}")
    inputs, labels = problem(8 * batch)
    start = torch.zeros(20, 10, dtype=torch.float64)
    weight = start
    for x, y in zip(inputs.split(batch), labels.split(batch), strict=True):
        weight = weight - rate * gradients(weight, x, y).mean(0)
    leap = start - factor * rate * gradients(start, inputs, labels).mean(0)
    return float((leap - weight).norm() / (weight - start).norm())


# --8<-- [end:gap]


def figure() -> Figure:
    """The gap against the learning rate: rate times eight, and rate left alone."""
    fig, ax = plt.subplots()
    for factor, colour, marker in [(8, "C2", "o"), (1, "C1", "s")]:
        gaps = [gap(rate, factor) for rate in RATES]
        ax.plot(RATES, gaps, colour, marker=marker, markersize=5)
    ax.text(1e-4, 1.3, "rate left alone")
    ax.text(1.2e-2, 2.2e-3, "rate times eight")
    ax.set(xscale="log", yscale="log", ylim=(1e-5, 8), xlabel="learning rate η")
    ax.set_ylabel("distance from eight steps")
    ax.set_xticks([1e-4, 1e-2, 1], ["0.0001", "0.01", "1"])
    ax.set_yticks([1e-4, 1e-2, 1], ["0.01%", "1%", "100%"])
    ax.minorticks_off()
    return fig


if __name__ == "__main__":
    print("batch  variance  variance × batch")
    for batch in (8, 32, 128):
        variance = noise(batch)
        print(f"{batch:5}  {variance:8.2f}  {variance * batch:16.0f}")
    print("rate   8 steps against 1: scaled  not scaled")
    for rate in (0.001, 0.01, 0.1, 1.0):
        print(f"{rate:5}  {gap(rate):25.1%}  {gap(rate, factor=1):10.1%}")
