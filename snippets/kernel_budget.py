"""Small or large kernels for the same number of weights: a comparison with seeds."""

import json
import sys
from itertools import pairwise
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import Tensor, nn

STORED = Path(__file__).with_name("kernel_budget.json")
PLANS = {"3 × 3": (3, 3, 16), "5 × 5": (5, 2, 13), "7 × 7": (7, 1, 82)}
SEEDS = range(10)


# --8<-- [start:network]
def network(kernel: int, layers: int, channels: int) -> nn.Sequential:
    """A stack of equal convolutions, a global mean and a linear layer."""
    sizes = [1] + [channels] * layers
    stack: list[nn.Module] = []
    for before, after in pairwise(sizes):
        stack += [nn.Conv2d(before, after, kernel, padding="same"), nn.ReLU()]
    pool = [nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    return nn.Sequential(*stack, *pool, nn.Linear(channels, 10))


# --8<-- [end:network]


def digits() -> tuple[Tensor, Tensor]:
    """The digits of scikit-learn (n, 1, 8, 8), scaled to 0–1, and their labels."""
    data = load_digits()
    images = torch.tensor(data.images, dtype=torch.float32)[:, None] / 16
    return images, torch.tensor(data.target)


# --8<-- [start:trial]
def trial(plan: str, seed: int, epochs: int = 30) -> float:
    """Test accuracy of one training; the seed draws the split, weights and batches.

    Raises a `ValueError` for a plan that is not one of the three.
    """
    if plan not in PLANS:
        raise ValueError(f"plan must be one of {list(PLANS)}, not {plan!r}")
    torch.set_num_threads(1)
    torch.manual_seed(seed)
    images, labels = digits()
    train, test = torch.randperm(len(images)).split([1297, 500])
    net = network(*PLANS[plan])
    optimizer = torch.optim.Adam(net.parameters(), lr=3e-3)
    for _ in range(epochs):
        for batch in train[torch.randperm(len(train))].split(64):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(images[batch]), labels[batch]).backward()
            optimizer.step()
    right = net(images[test]).argmax(1) == labels[test]
    return float(right.float().mean())


# --8<-- [end:trial]


def store() -> None:
    """Train all again, and write their accuracies."""
    fresh = {plan: [trial(plan, seed) for seed in SEEDS] for plan in PLANS}
    text = json.dumps(fresh, indent=1, ensure_ascii=False) + "\n"
    STORED.write_text(text, "utf-8")


def stored() -> dict[str, list[float]]:
    """The accuracies of all trials, by plan, in the order of the seeds."""
    found: dict[str, list[float]] = json.loads(STORED.read_text("utf-8"))
    return found


def figure() -> Figure:
    """The accuracy of each trial; a line joins the trials of one seed."""
    fig, ax = plt.subplots()
    runs = torch.tensor(list(stored().values())) * 100
    ax.plot(range(3), runs, color="0.5", linewidth=0.7)
    for place, marker in enumerate("soD"):
        ax.scatter(
            [place] * len(SEEDS), runs[place], 30, f"C{place}", marker=marker, zorder=2
        )
    ax.set(xticks=range(3), xticklabels=PLANS, xlim=(-0.5, 2.5), yticks=[80, 90, 100])
    ax.set(ylabel="% correct", xlabel="kernel")
    return fig


if __name__ == "__main__":
    if sys.argv[1:] == ["again"]:
        store()
    for plan, runs in stored().items():
        size = sum(weight.numel() for weight in network(*PLANS[plan]).parameters())
        values = torch.tensor(runs)
        print(f"{plan}  {size:5,} parameters  {values.mean():.1%} ± {values.std():.1%}")
