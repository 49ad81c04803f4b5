"""Zero padding alters a band of outputs, one pixel wider with each layer."""

from typing import Literal

import matplotlib.pyplot as plt
import torch
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor, nn

Padding = Literal["zeros", "reflect", "replicate", "circular"]


# --8<-- [start:altered]
def altered(depth: int, padding_mode: Padding = "zeros") -> Tensor:
    """Where a stack of 3 x 3 layers answers a constant image unlike in its middle.

    Returns 33 x 33 truth values. torch raises a `ValueError` for an unknown padding.

    >>> altered(1)[:3, :3].int().tolist()
    [[1, 1, 1], [1, 0, 0], [1, 0, 0]]
    """
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for channels in [1] + [8] * (depth - 1):
        layer = nn.Conv2d(channels, 8, 3, padding=1, padding_mode=padding_mode)
        layers += [layer, nn.ReLU()]
    image = torch.ones(1, 1, 33, 33, dtype=torch.float64)
    maps: Tensor = nn.Sequential(*layers).double()(image)[0]
    return ((maps - maps[:, 16:17, 16:17]).abs() > 1e-12).any(0)


# --8<-- [end:altered]


def figure() -> Figure:
    """The altered outputs of stacks of 1, 2, 4 and 8 layers."""
    fig, axes = plt.subplots(1, 4, figsize=(4.8, 1.7))
    for ax, depth in zip(axes, (1, 2, 4, 8), strict=True):
        mask = altered(depth)
        ax.imshow(mask.numpy(), cmap=ListedColormap(["none", "C2"]), vmin=0, vmax=1)
        share = mask.double().mean()
        ax.set(title=f"depth {depth}\n{share:.0%}")
        ax.set_axis_off()
    return fig


if __name__ == "__main__":
    modes: list[Padding] = ["zeros", "circular"]
    for mode in modes:
        for depth in (1, 2, 4, 8):
            mask = altered(depth, mode)
            band = int(mask[16].int().argmin())  # from the edge to the first unaltered
            share = mask.double().mean()
            print(
                f"{mode:8}  depth {depth}: band of {band} px, {share:5.1%} of the map"
            )
