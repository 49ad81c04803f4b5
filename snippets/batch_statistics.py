"""BatchNorm divides by one variance, stores another, and forgets the past slowly."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor


# --8<-- [start:normalised]
def normalised(maps: Tensor, eps: float = 1e-5) -> Tensor:
    """Feature maps (N, C, H, W) with mean 0 and, but for eps, biased variance 1.

    >>> normalised(torch.tensor([-3.0, 3.0]).reshape(2, 1, 1, 1)).flatten()
    tensor([-1.0000,  1.0000])
    """
    if eps <= 0:
        raise ValueError("eps must be positive")
    variance, mean = torch.var_mean(maps, (0, 2, 3), correction=0, keepdim=True)
    return (maps - mean) / (variance + eps).sqrt()


# --8<-- [end:normalised]


# --8<-- [start:updated]
def updated(running: Tensor, maps: Tensor, momentum: float = 0.1) -> Tensor:
    """Running mean and unbiased variance, (2, C), after one more batch.

    >>> updated(torch.tensor([[0.0], [1.0]]), torch.ones(2, 1, 1, 1)).flatten()
    tensor([0.1000, 0.9000])
    """
    if maps[:, 0].numel() < 2:
        raise ValueError("Expected more than 1 value per channel")
    variance, mean = torch.var_mean(maps, (0, 2, 3), correction=1)
    return (1 - momentum) * running + momentum * torch.stack([mean, variance])


# --8<-- [end:updated]


# --8<-- [start:left]
def left(batches: float, momentum: float = 0.1) -> float:
    """Share of a bias that the running mean has not taken up after some batches.

    >>> [round(left(batches), 2) for batches in (0, 1, 10)]
    [1.0, 0.9, 0.35]
    """
    return float((1 - momentum) ** batches)


# --8<-- [end:left]


def figure() -> Figure:
    """Share of a bias that still shifts outputs in eval mode, over batches seen."""
    fig, ax = plt.subplots()
    batches = torch.logspace(0, 3, 60).tolist()
    for momentum, colour, place in [(0.1, "C1", (8, 0.5)), (0.01, "C0", (82, 0.5))]:
        ax.plot(batches, [left(n, momentum) for n in batches], color=colour)
        ax.text(*place, f"m = {momentum}")
    ax.plot([1, 1000], [0, 0], color="C2")
    ax.text(1, 0.05, "m = None")
    ax.set(xscale="log", xlabel="batches seen", ylabel="share of the bias left")
    ax.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1000"))
    ax.set_yticks((0, 0.5, 1), ("0%", "50%", "100%"))
    ax.minorticks_off()
    return fig


if __name__ == "__main__":
    print("batches  left with momentum 0.1  with 0.01")
    for batches in (1, 10, 44, 100, 1000):
        print(f"{batches:7}  {left(batches):22.1%}  {left(batches, 0.01):9.1%}")
