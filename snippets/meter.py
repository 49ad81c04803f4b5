"""How much borders and strides take from equivariance, measured on a cat."""

from itertools import product
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from skimage import color, data
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d


def cat() -> Tensor:
    """A grey picture of a cat, (1, 1, 100, 100)."""
    grey = torch.from_numpy(color.rgb2gray(data.cat()))[:, 75:375]
    return avg_pool2d(grey[None, None], 3)


def stack(depth: int, padding: str, *last: nn.Module, stride: int = 1) -> nn.Sequential:
    """Random 3 x 3 convolutions of 8 maps with ReLU; the modules of ``last`` end it."""
    torch.manual_seed(0)
    kind: dict[str, Any] = {"padding_mode": padding, "bias": False}
    layers: list[nn.Module] = []
    for maps in [1, *[8] * (depth - 1)]:
        layers += [nn.Conv2d(maps, 8, 3, stride, padding=1, **kind), nn.ReLU()]
    return nn.Sequential(*layers, *last).double()


# --8<-- [start:readings]
def wrong(a: Tensor, b: Tensor) -> Tensor:
    """Where two outputs (1, maps, height, width) differ in any map: true or false."""
    return ((a - b).abs() > 1e-9 * b.abs().max()).any(1)[0]


def reading(
    network: nn.Module, image: Tensor, shift: tuple[int, int], step: int = 1
) -> tuple[float, float]:
    """Share of positions that break the law, and relative size of the difference.

    The output of a network with one output every ``step`` pixels is moved by the
    nearest whole number of outputs, up or down, whichever fits better.
    """
    with torch.no_grad():
        a, b = network(image.roll(shift, (2, 3))), network(image)
    rounded = product(*({s // step, -(-s // step)} for s in shift))
    moved = [b.roll(by, (2, 3)) for by in rounded]
    best = min(moved, key=lambda b: (a - b).norm())
    return wrong(a, best).double().mean().item(), ((a - best).norm() / b.norm()).item()


# --8<-- [end:readings]


# --8<-- [start:coarse]
def coarse() -> dict[str, nn.Sequential]:
    """Four networks with one output every 2 pixels, without a border."""
    wrap = nn.CircularPad2d((0, 2, 0, 2))
    blur = [nn.AvgPool2d(2, 1), nn.AvgPool2d(2)]  # weights 1, 2, 1, then every second
    return {
        "stride 2": stack(1, "circular", stride=2),
        "max-pool 2": stack(1, "circular", nn.MaxPool2d(2)),
        "mean-pool 2": stack(1, "circular", nn.AvgPool2d(2)),
        "max, then blur": stack(1, "circular", wrap, nn.MaxPool2d(2, 1), *blur),
    }


# --8<-- [end:coarse]


def figure() -> Figure:
    """Where zero padding breaks the law after 1, 4 and 16 layers."""
    fig, axes = plt.subplots(1, 3, figsize=(4.8, 1.95))
    for ax, depth in zip(axes, (1, 4, 16), strict=True):
        network = stack(depth, "zeros")
        with torch.no_grad():
            moved = network(cat()).roll((40, -36), (2, 3))
            broken = wrong(network(cat().roll((40, -36), (2, 3))), moved)
        accent = torch.tensor(to_rgba("C3")).expand(*broken.shape, 4).clone()
        accent[..., 3] = broken
        ax.imshow(accent.numpy(), interpolation="none")
        layers = "layer" if depth == 1 else "layers"
        ax.set(
            xticks=[], yticks=[], title=f"{depth} {layers}: {broken.float().mean():.0%}"
        )
        ax.spines[:].set(visible=True, color="0.5")
    return fig


if __name__ == "__main__":
    print("padding    layers  positions  difference")
    for padding, depth in product(("circular", "zeros", "reflect"), (1, 4, 16)):
        share, size = reading(stack(depth, padding), cat(), (40, -36))
        print(f"{padding:9} {depth:7} {share:10.1%} {size:11.1%}")
    print("\nshift by               even         odd")
    for name, network in coarse().items():
        even, odd = [reading(network, cat(), s, 2)[1] for s in ((40, -36), (41, -35))]
        print(f"{name:16} {even:10.1%} {odd:11.1%}")
