"""A receptive field, measured: which pixels can change one output of a network?"""

from copy import deepcopy

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import nn


# --8<-- [start:reads]
def reads(net: nn.Module, size: int = 256) -> range:
    """Rows (and columns), from first to last, that the output in the middle reads.

    The gradient of that output says it, on an image of ``size`` x ``size`` pixels that
    grows to the right and down, where a max pool passes on the last pixel of its
    window, and on one that falls.

    >>> len(reads(nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2))))
    4
    """
    net, ramp = averaging(net), torch.arange(1.0, size + 1, dtype=torch.float64)
    found = []
    for slope in (ramp, ramp.flip(0)):
        image = (slope[:, None] + slope)[None, None].requires_grad_()
        middle = (out := net(image)).shape[-1] // 2
        (gradient,) = torch.autograd.grad(out[0, 0, middle, middle], image)
        found += gradient[0, 0].sum(0).nonzero().flatten().tolist()
    if min(found) == 0 or max(found) == size - 1:
        raise ValueError(f"size must exceed the receptive field; {size} does not")
    return range(min(found), max(found) + 1)


# --8<-- [end:reads]


def averaging(net: nn.Module) -> nn.Module:
    """A copy of the network whose convolutions take means: every weight is positive."""
    net = deepcopy(net).double().eval()
    for layer in net.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.constant_(layer.weight, 1 / layer.weight[0].numel())
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
    return net


def vgg16(pooled: bool = True) -> list[nn.Module]:
    """The convolutions and max pools of VGG-16; one channel, which sees as far as 512.

    >>> len(vgg16()), len(vgg16(pooled=False)), len(reads(nn.Sequential(*vgg16())))
    (18, 13, 212)
    """
    layers: list[nn.Module] = []
    for depth in (2, 2, 3, 3, 3):
        layers += [nn.Conv2d(1, 1, 3, padding=1) for _ in range(depth)]
        layers += [nn.MaxPool2d(2)] if pooled else []
    return layers


def growth(layers: list[nn.Module], size: int = 256) -> list[int]:
    """The measured receptive field after each of the layers, in pixels a side.

    >>> growth([nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3)], size=32)
    [3, 4, 8]
    """
    depths = range(1, len(layers) + 1)
    return [len(reads(nn.Sequential(*layers[:depth]), size)) for depth in depths]


def figure() -> Figure:
    """The field after each layer of VGG-16 with pools (diamonds) and without."""
    fig, ax = plt.subplots()
    for pooled, size, colour in [(True, 256, "C2"), (False, 64, "C0")]:
        layers = vgg16(pooled)
        fields = growth(layers, size)
        pools = [n for n, x in enumerate(layers) if isinstance(x, nn.MaxPool2d)]
        others = [n for n in range(len(layers)) if n not in pools]
        depths = range(1, len(layers) + 1)
        ax.plot(depths, fields, f"{colour}o-", markersize=5, markevery=others)
        ax.plot(depths, fields, f"{colour}D", markevery=pools)
    ax.text(17, 212, "with pools", ha="right")
    ax.text(13.5, 21, "without pools")
    ax.set(ylim=(0, 235), xlabel="layer", ylabel="receptive field, pixels")
    ax.set_xticks([1, 3, 6, 10, 14, 18])
    ax.set_yticks([0, 44, 100, 212])
    return fig


if __name__ == "__main__":
    conv, pool = nn.Conv2d(1, 1, 3), nn.MaxPool2d(2)
    stacks: dict[str, list[nn.Module]] = {
        "four convolutions": [conv] * 4,
        "four, each with a pool": [conv, pool] * 4,
        "VGG-16": vgg16(),
        "VGG-16 without its pools": vgg16(pooled=False),
    }
    for name, layers in stacks.items():
        print(f"{name:24} {len(reads(nn.Sequential(*layers))):3} pixels a side")
