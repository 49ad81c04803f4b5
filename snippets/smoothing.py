"""Label smoothing gives the gap between logits a best value instead of none."""

import math

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor


# --8<-- [start:targets]
def targets(classes: int, epsilon: float, paper: bool = False) -> Tensor:
    """The smoothed distribution (classes,) of an image of class 0.

    torch shares ε among all K classes; the paper among the K − 1 wrong ones.

    >>> targets(5, 0.1), targets(5, 0.1, paper=True)
    (tensor([0.9200, 0.0200, 0.0200, 0.0200, 0.0200]),
     tensor([0.9000, 0.0250, 0.0250, 0.0250, 0.0250]))
    """
    if not 0 <= epsilon <= 1:
        raise ValueError(f"epsilon must be from 0 to 1, not {epsilon}")
    shared = torch.full((classes,), epsilon / (classes - 1 if paper else classes))
    shared[0] += 1 - shared.sum()
    return shared


# --8<-- [end:targets]


# --8<-- [start:best]
def best(classes: int, epsilon: float, paper: bool = False) -> float:
    """The gap between right and wrong logits at which the smoothed loss is least.

    >>> round(best(1000, 0.1), 2), round(best(10, 0.1), 2), best(10, 0)
    (9.1, 4.51, inf)
    """
    right, wrong = targets(classes, epsilon, paper)[:2].double().tolist()
    return math.log(right / wrong) if wrong else math.inf


# --8<-- [end:best]


def loss(gap: Tensor, classes: int, epsilon: float, paper: bool = False) -> Tensor:
    """Smoothed loss with the right logit ``gap`` above the wrong ones, all equal."""
    logits = torch.zeros(*gap.shape, classes)
    logits[..., 0] = gap
    return -(targets(classes, epsilon, paper) * logits.log_softmax(-1)).sum(-1)


def figure() -> Figure:
    """Loss against the gap for two classes: no smoothing, torch's and the paper's."""
    fig, ax = plt.subplots()
    gap = torch.linspace(0, 6, 121)
    ax.plot(gap, loss(gap, 2, 0), "C0:")
    ax.text(6.1, 0.01, "no ε")
    for paper, style, marker in [(False, "C1", "o"), (True, "C2--", "s")]:
        losses = loss(gap, 2, 0.1, paper)
        ax.plot(gap, losses, style)
        place = torch.tensor(best(2, 0.1, paper))
        ax.plot(place, loss(place, 2, 0.1, paper), style[:2], marker=marker)
        ax.text(6.1, losses[-1].item(), "paper" if paper else "torch")
    ax.set(xlabel="right logit minus wrong logit", ylabel="loss", ylim=(0, 0.75))
    ax.set_xticks([0, 2, 4, 6])
    ax.set_yticks([0, 0.3, 0.6])
    return fig


if __name__ == "__main__":
    print("classes  torch  paper")
    for classes in (2, 10, 100, 1000):
        row = f"{best(classes, 0.1):5.2f}  {best(classes, 0.1, paper=True):5.2f}"
        print(f"{classes:7}  {row}")
