"""An even kernel has no centre: with padding="same" each layer shifts the image."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d, pad


# --8<-- [start:drift]
def drift(kernel: int, layers: int) -> float:
    """How far a stack of box kernels moves the centre of mass of a bright pixel.

    In pixels, to the right and downwards alike.

    >>> drift(3, layers=8), round(drift(4, layers=8), 2)
    (0.0, -4.0)
    """
    image = torch.zeros(1, 1, 65, 65, dtype=torch.float64)
    image[..., 32, 32] = 1
    box = torch.full((1, 1, kernel, kernel), 1 / kernel**2, dtype=torch.float64)
    before, after = (kernel - 1) // 2, kernel // 2  # as padding="same" in torch
    for _ in range(layers):
        image = conv2d(pad(image, (before, after, before, after)), box)
    return round(centre(image[0, 0]) - 32, 10) + 0.0


# --8<-- [end:drift]


def centre(image: Tensor) -> float:
    """Column of the centre of mass of an image (height, width) that sums to 1."""
    columns = image.sum(0)
    return (columns @ torch.arange(len(columns), dtype=image.dtype)).item()


def figure() -> Figure:
    """Drift of the centre of mass against the number of layers, kernels of 2 to 5."""
    fig, ax = plt.subplots()
    layers = range(9)
    for kernel, marker in zip((3, 5, 2, 4), "soD^", strict=True):
        ax.plot(layers, [drift(kernel, n) for n in layers], marker=marker, markersize=5)
    ax.text(7.9, 0.2, "3 and 5", ha="right")
    ax.text(4.3, -3.2, "2 and 4", ha="right")
    ax.set(xticks=[0, 2, 4, 6, 8], yticks=[0, -2, -4], ylim=(-4.3, 0.8))
    ax.set_xlabel('layers with padding="same"')
    ax.set_ylabel("shift, pixels")
    return fig


if __name__ == "__main__":
    for kernel in (2, 3, 4, 5):
        print(f"kernel {kernel}: {drift(kernel, layers=8):5.1f} pixels after 8 layers")
