"""Where the parameters and the work of a network live, counted without memory."""

from typing import NamedTuple

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn


# --8<-- [start:alexnet]
def alexnet() -> nn.Sequential:
    """The layers of AlexNet that hold parameters or change sizes; takes 227 x 227."""
    return nn.Sequential(
        *(nn.Conv2d(3, 96, 11, stride=4), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.MaxPool2d(3, 2)),
        nn.Conv2d(256, 384, 3, padding=1),
        nn.Conv2d(384, 384, 3, padding=1, groups=2),
        nn.Conv2d(384, 256, 3, padding=1, groups=2),
        *(nn.MaxPool2d(3, 2), nn.Flatten()),
        *(nn.Linear(256 * 6 * 6, 4096), nn.Linear(4096, 4096), nn.Linear(4096, 1000)),
    )


# --8<-- [end:alexnet]


def vgg16() -> nn.Sequential:
    """The layers of VGG-16 that hold parameters or change sizes; takes 224 x 224."""
    layers: list[nn.Module] = []
    before = 3
    for maps, depth in [(64, 2), (128, 2), (256, 3), (512, 3), (512, 3)]:
        for _ in range(depth):
            layers.append(nn.Conv2d(before, maps, 3, padding=1))
            before = maps
        layers.append(nn.MaxPool2d(2))
    layers += [nn.Flatten(), nn.Linear(512 * 7 * 7, 4096)]
    return nn.Sequential(*layers, nn.Linear(4096, 4096), nn.Linear(4096, 1000))


class Row(NamedTuple):
    """A layer's parameters, multiplications for one image, and numbers it writes."""

    convolves: bool
    parameters: int
    work: int
    writes: int


# --8<-- [start:budget]
def budget(net: nn.Sequential, side: int) -> list[Row]:
    """A row for each layer with weights, for one image of side x side pixels.

    >>> budget(nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(32, 2)), 4)
    [Row(convolves=True, parameters=224, work=864, writes=32),
     Row(convolves=False, parameters=66, work=64, writes=2)]
    """
    rows, maps = [], torch.zeros(1, 3, side, side, device=next(net.parameters()).device)
    for layer in net:
        maps = layer(maps)
        if isinstance(layer, nn.Conv2d | nn.Linear):
            work = maps.numel() * layer.weight[0].numel()  # an output, a kernel's taps
            held = sum(p.numel() for p in layer.parameters())
            rows.append(Row(isinstance(layer, nn.Conv2d), held, work, maps.numel()))
    return rows


# --8<-- [end:budget]


def shares(rows: list[Row]) -> Tensor:
    """Of each layer, its share of all parameters and of all work: (layers, 2)."""
    columns = torch.tensor([(row.parameters, row.work) for row in rows]).double()
    return columns / columns.sum(0)


def figure() -> Figure:
    """AlexNet, layer by layer: share of the parameters (left) and of the work."""
    with torch.device("meta"):
        rows = budget(alexnet(), 227)
    fig, axes = plt.subplots(1, 2, sharey=True, figsize=(4.8, 2.9))
    names = [f"{'conv' if r.convolves else 'fc'} {n}" for n, r in enumerate(rows, 1)]
    titles = ["parameters", "multiplications"]
    for ax, title, column in zip(axes, titles, shares(rows).T, strict=True):
        colours = ["C1" if row.convolves else "C3" for row in rows]
        ax.barh(names, (100 * column).tolist(), color=colours)
        for y, share in enumerate(column.tolist()):
            ax.text(100 * share + 1.5, y, f"{share:.1%}", va="center")
        ax.set(title=title, xlim=(0, 82), xticks=[])
        ax.spines["bottom"].set_visible(False)
        ax.tick_params(left=False)
    axes[0].invert_yaxis()
    return fig


if __name__ == "__main__":
    for name, net, side in [("AlexNet", alexnet, 227), ("VGG-16", vgg16, 224)]:
        with torch.device("meta"):
            rows = budget(net(), side)
        for what in ("parameters", "work"):
            total = sum(getattr(row, what) for row in rows)
            conv = sum(getattr(row, what) for row in rows if row.convolves)
            print(f"{name:8} {what:10} {total:14,}  convolutions {conv / total:5.1%}")
