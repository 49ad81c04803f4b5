"""LeNet-5 as it was published, and the network that is copied under its name."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

# --8<-- [start:reads]
READS = [  # the maps of S2 that each map of C3 reads: Table I of the paper
    *[[(i + j) % 6 for j in range(3)] for i in range(6)],
    *[[(i + j) % 6 for j in range(4)] for i in range(6)],
    *[[i, i + 1, i + 3, (i + 4) % 6] for i in range(3)],
    [0, 1, 2, 3, 4, 5],
]
# --8<-- [end:reads]


class Subsample(nn.Module):
    """Sums of 2 x 2 units, times one weight of the map, plus one bias of the map."""

    def __init__(self, maps: int) -> None:
        """Two parameters for each map."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(maps, 1, 1))
        self.bias = nn.Parameter(torch.zeros(maps, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Half as many rows and columns."""
        return 4 * avg_pool2d(x, 2) * self.weight + self.bias


class Partial(nn.Module):
    """A 5 x 5 convolution in which each map reads only some maps of its input."""

    def __init__(self, reads: list[list[int]]) -> None:
        """A kernel and a bias for each list of maps to read."""
        super().__init__()
        self.reads = reads
        self.maps = nn.ModuleList(nn.Conv2d(len(some), 1, 5) for some in reads)

    def forward(self, x: Tensor) -> Tensor:
        """One map for each list of maps to read."""
        pairs = zip(self.maps, self.reads, strict=True)
        return torch.cat([conv(x[:, some]) for conv, some in pairs], 1)


class Distance(nn.Module):
    """Squared distance of 84 units to a fixed code for each of ten classes."""

    def __init__(self) -> None:
        """Codes of -1 and 1: drawn characters in the paper, random ones here."""
        super().__init__()
        self.register_buffer("codes", torch.randint(2, (10, 84)) * 2.0 - 1)

    def forward(self, x: Tensor) -> Tensor:
        """Ten distances: the smallest is the answer."""
        return (x[:, None] - self.get_buffer("codes")).square().sum(2)


# --8<-- [start:published]
def published() -> dict[str, nn.Module]:
    """The layers of 1998, by their names in the paper, without the activations."""
    return {
        "C1": nn.Conv2d(1, 6, 5),
        "S2": Subsample(6),
        "C3": Partial(READS),
        "S4": Subsample(16),
        "C5": nn.Conv2d(16, 120, 5),
        "F6": nn.Sequential(nn.Flatten(), nn.Linear(120, 84)),
        "output": Distance(),
    }


def copied() -> dict[str, nn.Module]:
    """The layers that are commonly written down as LeNet-5."""
    return {
        "C1": nn.Conv2d(1, 6, 5),
        "S2": nn.MaxPool2d(2),
        "C3": nn.Conv2d(6, 16, 5),
        "S4": nn.MaxPool2d(2),
        "C5": nn.Conv2d(16, 120, 5),
        "F6": nn.Sequential(nn.Flatten(), nn.Linear(120, 84)),
        "output": nn.Linear(84, 10),
    }


# --8<-- [end:published]


def parameters(layers: dict[str, nn.Module]) -> dict[str, int]:
    """Numbers that training changes, in each layer.

    >>> sum(parameters(published()).values()), sum(parameters(copied()).values())
    (60000, 61706)
    """
    return {k: sum(p.numel() for p in v.parameters()) for k, v in layers.items()}


def figure() -> Figure:
    """Which maps of S2 each map of C3 reads (squares) and does not (dots)."""
    fig, ax = plt.subplots(figsize=(4.8, 2.2))
    for column in range(16):
        for row in range(6):
            read = row in READS[column]
            size, colour = (110, "C1") if read else (6, "0.5")
            ax.scatter(column, row, size, colour, marker="s")
    ax.set(xlabel="map of C3", ylabel="map of S2", aspect="equal", ylim=(5.6, -0.6))
    ax.set(xticks=(0, 6, 12, 15), yticks=(0, 5))
    return fig


if __name__ == "__main__":
    ours, theirs = parameters(published()), parameters(copied())
    print("layer   published  copied")
    for layer in ours:
        print(f"{layer:6}  {ours[layer]:9,}  {theirs[layer]:6,}")
    print(f"sum     {sum(ours.values()):9,}  {sum(theirs.values()):6,}")
