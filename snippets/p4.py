"""A convolution that is equivariant to quarter turns, and the sizes that spoil it."""

from collections.abc import Callable

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d


# --8<-- [start:lifted]
def lifted(image: Tensor, weight: Tensor, stride: int = 1) -> Tensor:
    """The image convolved with four quarter turns of each kernel.

    Takes (batch, channels, height, width), returns (batch, maps, 4, height, width).
    """
    kernels = [weight.rot90(turn, (2, 3)) for turn in range(4)]
    padding = weight.shape[-1] // 2
    maps = [conv2d(image, kernel, None, stride, padding) for kernel in kernels]
    return torch.stack(maps, 2)


def turned(maps: Tensor) -> Tensor:
    """What a quarter turn of the image does: the maps turn, and change places."""
    return maps.rot90(1, (-2, -1)).roll(1, 2)


# --8<-- [end:lifted]


# --8<-- [start:deeper]
def deeper(maps: Tensor, weight: Tensor) -> Tensor:
    """The next layer: weights (maps out, maps in, 4, height, width), same law."""
    kernels = [weight.rot90(turn, (3, 4)).roll(turn, 2) for turn in range(4)]
    flat, padding = maps.flatten(1, 2), weight.shape[-1] // 2
    outs = [conv2d(flat, kernel.flatten(1, 2), padding=padding) for kernel in kernels]
    return torch.stack(outs, 2)


# --8<-- [end:deeper]


# --8<-- [start:fits]
def fits(size: int, kernel: int, stride: int, padding: int) -> bool:
    """Whether the last window of a row ends where the row ends.

    >>> [size for size in range(7, 13) if fits(size, kernel=3, stride=2, padding=1)]
    [7, 9, 11]
    """
    if stride < 1:
        raise ValueError(f"stride must be at least 1, not {stride}")
    return (size + 2 * padding - kernel) % stride == 0


# --8<-- [end:fits]


def holds(f: Callable[[Tensor], Tensor], size: int) -> bool:
    """Whether f of a turned image is f turned, for a random square image."""
    torch.manual_seed(0)
    image = torch.randn(1, 1, size, size, dtype=torch.float64)
    return torch.allclose(f(image.rot90(1, (2, 3))), f(image).rot90(1, (2, 3)))


def layers() -> dict[str, Callable[[Tensor], Tensor]]:
    """Strided layers, summed over the four turns; the pool treats all turns alike."""
    torch.manual_seed(1)
    weight = torch.randn(1, 1, 3, 3, dtype=torch.float64)

    def conv(image: Tensor) -> Tensor:
        return lifted(image, weight, stride=2).sum(2)

    return {
        "conv 3, stride 2": conv,
        "two of these": lambda image: conv(conv(image)),
        "max-pool 2": lambda image: max_pool2d(image, 2),
        "two such pools": lambda image: max_pool2d(max_pool2d(image, 2), 2),
    }


def figure() -> Figure:
    """Image sizes for which the law holds (squares) and for which not (dots)."""
    fig, ax = plt.subplots(figsize=(4.8, 2.5))
    sizes = range(8, 21)
    for row, (name, layer) in enumerate(layers().items()):
        good = [size for size in sizes if holds(layer, size)]
        bad = [size for size in sizes if size not in good]
        ax.scatter(good, [row] * len(good), 110, "C2", marker="s")
        ax.scatter(bad, [row] * len(bad), 12, "0.5")
        ax.text(7.6, row - 0.32, name)
    ax.set(xticks=(8, 9, 12, 16, 17, 20), yticks=[], ylim=(3.5, -0.8))
    ax.set_xlabel("side of the image, pixels")
    ax.spines.left.set_visible(False)
    return fig


if __name__ == "__main__":
    for name, layer in layers().items():
        sizes = [str(size) for size in range(8, 21) if holds(layer, size)]
        print(f"{name:16}  {' '.join(sizes)}")
