"""Equivariant: the map moves with the image. Invariant: it stays as it was."""

from collections.abc import Callable
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from skimage import color, data
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

Layer = Callable[[Tensor], Tensor]


def cat() -> Tensor:
    """A grey picture of a cat, (1, 1, 100, 100)."""
    grey = torch.from_numpy(color.rgb2gray(data.cat()))[:, 75:375]
    return avg_pool2d(grey[None, None], 3)


# --8<-- [start:laws]
def move(maps: Tensor, shift: tuple[int, int]) -> Tensor:
    """The maps moved down and right; what leaves at one edge enters at the other.

    >>> move(torch.tensor([[1, 2, 3]]), (0, 1)).tolist()
    [[3, 1, 2]]
    """
    return maps.roll(shift, (-2, -1))


def unequivariant(f: Layer, image: Tensor, shift: tuple[int, int]) -> float:
    """How far f of the moved image is from f moved, relative; 0 if equivariant."""
    return difference(f(move(image, shift)), move(f(image), shift))


def uninvariant(f: Layer, image: Tensor, shift: tuple[int, int]) -> float:
    """How far f of the moved image is from f of the image, relative; 0 if invariant."""
    return difference(f(move(image, shift)), f(image))


# --8<-- [end:laws]


def difference(a: Tensor, b: Tensor) -> float:
    """The distance of two tensors as a share of the length of the second.

    >>> difference(torch.tensor([3.0, 0.0]), torch.tensor([0.0, 4.0]))
    1.25
    """
    if a.shape != b.shape:
        raise ValueError(f"a and b must have one shape, not {a.shape} and {b.shape}")
    return float((a - b).norm() / b.norm())


# --8<-- [start:networks]
def networks(padding: str = "circular") -> dict[str, nn.Sequential]:
    """One random convolution, and what may follow it; for a 100 x 100 image."""
    torch.manual_seed(0)
    kind: dict[str, Any] = {"padding_mode": padding, "dtype": torch.float64}
    conv = nn.Conv2d(1, 8, 3, padding=1, **kind)
    features = [conv, nn.ReLU()]
    linear = nn.Linear(80_000, 10, dtype=torch.float64)
    return {
        "convolution": nn.Sequential(conv),
        "+ ReLU": nn.Sequential(*features),
        "+ ReLU + global mean": nn.Sequential(*features, nn.AdaptiveAvgPool2d(1)),
        "+ ReLU + global max": nn.Sequential(*features, nn.AdaptiveMaxPool2d(1)),
        "+ ReLU + linear": nn.Sequential(
            *features, nn.Flatten(), linear, nn.Unflatten(1, (10, 1, 1))
        ),
    }


# --8<-- [end:networks]


def figure() -> Figure:
    """The cat and its feature map; below, both again for the moved cat."""
    fig, axes = plt.subplots(2, 2, figsize=(4.8, 4.6))
    edges = torch.tensor([[1.0, 0.0, -1.0]] * 3, dtype=torch.float64)
    layer = nn.Conv2d(1, 1, 3, padding=1, padding_mode="circular", bias=False)
    layer.weight.data = edges[None, None]
    images = {"image": cat(), "moved image": move(cat(), (30, 45))}
    for row, (name, image) in zip(axes, images.items(), strict=True):
        maps = layer(image).relu().detach()
        row[0].imshow(image[0, 0].numpy(), interpolation="none")
        row[1].imshow(maps[0, 0].numpy(), interpolation="none")
        row[0].set_title(name)
        row[1].set_title(f"its feature map, mean {maps.mean():.3f}")
    for ax in axes.flat:
        ax.set_axis_off()
    return fig


if __name__ == "__main__":
    print(f"{'f(move(x)) against':20} move(f(x))    f(x)")
    with torch.no_grad():
        for name, network in networks().items():
            first = unequivariant(network, cat(), (30, 45))
            second = uninvariant(network, cat(), (30, 45))
            print(f"{name:20} {first:10.1%} {second:7.1%}")
