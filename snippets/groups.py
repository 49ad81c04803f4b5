"""Groups: each kernel reads its own slice of the input channels."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import conv2d


# --8<-- [start:grouped]
def grouped(image: Tensor, weight: Tensor, groups: int) -> Tensor:
    """One convolution for each slice of the channels; the results are stacked.

    Takes an image (batch, in, height, width) and a weight (out, in / groups, height,
    width). torch raises a `RuntimeError` where groups do not divide in and out.
    """
    slices = image.unflatten(1, (groups, -1)).unbind(1)
    kernels = weight.unflatten(0, (groups, -1))
    pairs = zip(slices, kernels, strict=True)
    return torch.cat([conv2d(part, kernel) for part, kernel in pairs], 1)


# --8<-- [end:grouped]


def reads(channels: int, groups: int) -> Tensor:
    """Which input channel (column) each output channel (row) reads.

    >>> reads(4, 2).int().tolist()
    [[1, 1, 0, 0], [1, 1, 0, 0], [0, 0, 1, 1], [0, 0, 1, 1]]
    """
    layer = nn.Conv2d(channels, channels, 1, groups=groups, bias=False)
    nn.init.ones_(layer.weight)
    one_at_a_time = torch.eye(channels)[:, :, None, None]
    reached: Tensor = layer(one_at_a_time)[:, :, 0, 0].T
    return reached > 0


def figure() -> Figure:
    """Six output channels against six input channels, for 1, 2 and 6 groups."""
    fig, axes = plt.subplots(1, 3, figsize=(4.8, 2.1))
    for ax, groups in zip(axes, (1, 2, 6), strict=True):
        read = reads(6, groups)
        rows, columns = read.nonzero().T
        ax.scatter(columns, rows, 90, "C1", marker="s")
        rows, columns = (~read).nonzero().T
        ax.scatter(columns, rows, 4, "0.5")
        ax.set(title=f"groups={groups}", aspect="equal", xlabel="input channel")
        ax.set(xlim=(-0.7, 5.7), ylim=(5.7, -0.7), xticks=[], yticks=[])
        ax.spines[["left", "bottom"]].set_visible(False)
    axes[0].set_ylabel("output channel")
    return fig


if __name__ == "__main__":
    for name, layer in {
        "grey": nn.Conv2d(1, 10, 3),
        "colour": nn.Conv2d(3, 10, 3),
        "with near infrared": nn.Conv2d(4, 10, 3),
        "Sentinel-2": nn.Conv2d(13, 10, 3),
        "6 channels, 1 group": nn.Conv2d(6, 6, 3),
        "6 channels, 2 groups": nn.Conv2d(6, 6, 3, groups=2),
        "6 channels, depthwise": nn.Conv2d(6, 6, 3, groups=6),
    }.items():
        shape = tuple(layer.weight.shape)
        print(f"{name:22} weight {shape!s:15} {layer.weight.numel():5} weights")
