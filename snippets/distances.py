"""The curse of dimensionality: in a high cube, near and far become the same."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

DIMENSIONS = (2, 10, 100, 1_000, 10_000, 150_528)


# --8<-- [start:contrast]
def contrast(points: Tensor) -> float:
    """How much farther the farthest point is than the nearest, as a share of it.

    Takes points (number, dimension); the median over all points as the one that asks.

    >>> contrast(torch.tensor([[0.0], [1.0], [4.0]]))
    2.0
    """
    squares = points.square().sum(1)
    across = squares[:, None] + squares - 2 * points @ points.T
    distances = across.clamp_min(0).sqrt().fill_diagonal_(torch.nan)
    nearest = distances.nan_to_num(torch.inf).amin(1)
    return (distances.nan_to_num(0).amax(1) / nearest - 1).median().item()


# --8<-- [end:contrast]


# --8<-- [start:clouds]
def cube(dimension: int, number: int = 100) -> Tensor:
    """Random points that fill the cube of that dimension evenly."""
    torch.manual_seed(0)
    return torch.rand(number, dimension, dtype=torch.float64)


def plane(dimension: int, number: int = 100) -> Tensor:
    """Random points of a flat square, placed askew in a space of that dimension."""
    axes: Tensor = torch.linalg.qr(cube(dimension, 2).T - 0.5).Q
    return cube(2, number) @ axes.T


# --8<-- [end:clouds]


def figure() -> Figure:
    """Contrast against dimension: falling in the cube, constant on the plane."""
    fig, ax = plt.subplots()
    for cloud, marker, height in ((cube, "o", 0.025), (plane, "s", 45)):
        values = [contrast(cloud(dimension)) for dimension in DIMENSIONS]
        ax.plot(DIMENSIONS, values, marker=marker)
        name = {"cube": "filling the cube", "plane": "on a plane"}[cloud.__name__]
        ax.text(100, height, name, ha="center")
    ax.set(xscale="log", yscale="log", ylim=(0.003, 100))
    ax.set_xticks((2, 100, 10_000, 150_528), ["2", "100", "10,000", "150,528"])
    ax.set_yticks((0.01, 0.1, 1, 10), ["0.01", "0.1", "1", "10"])
    ax.minorticks_off()
    ax.set(xlabel="numbers per point", ylabel="contrast of distances")
    return fig


if __name__ == "__main__":
    print("numbers  in the cube  on a plane")
    for dimension in DIMENSIONS:
        cloud, flat = contrast(cube(dimension)), contrast(plane(dimension))
        print(f"{dimension:7,} {cloud:12.3f} {flat:11.3f}")
