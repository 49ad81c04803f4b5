"""The default weights of a convolution: a small uniform range, and what it does."""

import math

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn


# --8<-- [start:bound]
def bound(layer: nn.Conv2d) -> float:
    """Largest size of a default weight or bias: 1 / sqrt(fan-in).

    >>> round(bound(nn.Conv2d(3, 10, 3)), 5)
    0.19245
    """
    fan_in = layer.weight[0].numel()  # the taps of one kernel
    return 1 / math.sqrt(fan_in)


# --8<-- [end:bound]


# --8<-- [start:passed]
def passed(depth: int, he: bool = False) -> Tensor:
    """Two images through ``depth`` layers of convolution and ReLU, with 32 channels.

    The weights are torch's, or those of He and others without biases. Returns (depth,
    2): the root mean square of the first image's feature map, and of the difference
    between both images' maps, after each layer.
    """
    torch.manual_seed(0)
    maps, sizes = torch.randn(2, 32, 16, 16, dtype=torch.float64), []
    for _ in range(depth):
        layer = nn.Conv2d(32, 32, 3, padding=1, padding_mode="circular").double()
        if he:
            nn.init.kaiming_uniform_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(_bias(layer))
        maps = layer(maps).relu().detach()
        pair = torch.stack([maps[0], maps[0] - maps[1]])
        sizes.append(pair.square().mean((1, 2, 3)).sqrt())
    return torch.stack(sizes)


# --8<-- [end:passed]


def _bias(layer: nn.Conv2d) -> Tensor:
    assert layer.bias is not None
    return layer.bias


def figure() -> Figure:
    """Size of the feature map and of the difference of two, over twelve layers."""
    fig, ax = plt.subplots()
    depths = range(1, 13)
    default, he = passed(12), passed(12, he=True)
    lines = [("default: feature map", default[:, 0], "o")]
    lines += [("default: difference", default[:, 1], "s")]
    lines += [("He: difference", he[:, 1], "^")]
    for name, line, marker in lines:
        ax.plot(depths, line, marker=marker, markersize=5)
        offset = (0, -16 if marker == "s" else 8)
        place = (12, line[-1].item())
        ax.annotate(name, place, offset, textcoords="offset points", ha="right")
    ax.set(yscale="log", ylim=(2e-6, 9), xlabel="layers", xticks=[1, 4, 8, 12])
    ax.set_yticks([1e-5, 1e-3, 1e-1], ["0.00001", "0.001", "0.1"])
    ax.minorticks_off()
    return fig


if __name__ == "__main__":
    for shape in [(1, 10, 3), (3, 10, 3), (64, 64, 3), (64, 64, 1)]:
        layer = nn.Conv2d(*shape)
        print(f"Conv2d{shape}: weights and bias within {bound(layer):.5f}")
    for layers, (size, gap) in zip((1, 6, 12), passed(12)[[0, 5, 11]], strict=True):
        print(f"after {layers:2} layers: size {size:.3f}, difference {gap:.6f}")
