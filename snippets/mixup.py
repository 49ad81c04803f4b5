"""Mixup: an image that is mostly one and a little another, and the loss to match."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from scipy.special import betainc, betaincinv
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot


# --8<-- [start:mixed]
def mixed(first: Tensor, second: Tensor, share: float) -> Tensor:
    """``share`` of the first tensor and the rest of the second: images or targets.

    >>> mixed(torch.tensor([1.0, 0.0]), torch.tensor([0.0, 1.0]), 0.75).tolist()
    [0.75, 0.25]
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share must be from 0 to 1, not {share}")
    return share * first + (1 - share) * second


# --8<-- [end:mixed]


# --8<-- [start:below]
def below(share: float, alpha: float) -> float:
    """Probability that the smaller part of a mixed image is below a share of it.

    >>> round(below(0.1, alpha=0.2), 3), round(below(0.1, alpha=1), 3)
    (0.673, 0.2)
    """
    return 2 * float(betainc(alpha, alpha, share))


# --8<-- [end:below]


def smaller(alpha: float) -> float:
    """Mean of the smaller part.

    >>> round(smaller(0.2), 3), round(smaller(1), 3)
    (0.101, 0.25)
    """
    return float(betainc(alpha + 1, alpha, 0.5))


def shapes(side: int = 16) -> tuple[Tensor, Tensor]:
    """A disc and a cross on a square image."""
    y, x = torch.meshgrid(*[torch.linspace(-1, 1, side)] * 2, indexing="ij")
    disc = ((x**2 + y**2) < 0.6).float()
    return disc, (torch.minimum(x.abs(), y.abs()) < 0.25).float()


def figure() -> Figure:
    """Two rows of images, mixed with the nine deciles of a Beta distribution."""
    fig, axes = plt.subplots(2, 9, figsize=(4.8, 1.9))
    disc, cross = shapes()
    for row, alpha in zip(axes, (0.2, 1.0), strict=True):
        for number, ax in enumerate(row, 1):
            share = float(betaincinv(alpha, alpha, number / 10))
            ax.imshow(mixed(disc, cross, share).numpy(), vmin=0, vmax=1)
            ax.set_axis_off()
        row[4].set_title(f"α = {alpha:g}")
    return fig


if __name__ == "__main__":
    torch.manual_seed(0)
    logits, first, second = torch.randn(6, 5), *one_hot(torch.randint(5, (2, 6)), 5)
    together = cross_entropy(logits, mixed(first, second, 0.3))
    one, other = (cross_entropy(logits, x.float()) for x in (first, second))
    print("one loss on mixed targets:", f"{together:.4f}")
    print("two losses, mixed:        ", f"{mixed(one, other, 0.3):.4f}")
    print("alpha  smaller part below 10%  mean smaller part")
    for alpha in (0.2, 1.0):
        print(f"{alpha:5}  {below(0.1, alpha):22.0%}  {smaller(alpha):17.0%}")
