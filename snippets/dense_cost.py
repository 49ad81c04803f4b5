"""From fully connected to convolutional: what locality and sharing each save."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import unfold


# --8<-- [start:local]
class LocallyConnected(nn.Module):
    """A 3 x 3 convolution that has a kernel and a bias of its own at every place."""

    def __init__(self, channels: int, maps: int, side: int) -> None:
        """Weights (places, maps, taps) and biases (maps, places), all of them zero."""
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(side * side, maps, channels * 9))
        self.bias = nn.Parameter(torch.zeros(maps, side * side))

    def forward(self, image: Tensor) -> Tensor:
        """Maps (images, maps, side, side) of images (images, channels, side, side)."""
        windows = unfold(image, 3, padding=1)  # images, channels x taps, places
        maps = torch.einsum("nwp, pmw -> nmp", windows, self.weight) + self.bias
        return maps.view(len(image), -1, *image.shape[2:])


# --8<-- [end:local]


# --8<-- [start:layers]
def layers(side: int, channels: int = 3, maps: int = 64) -> dict[str, nn.Module]:
    """Three ways from channels to maps of the same side; no memory is allocated."""
    with torch.device("meta"):
        return {
            "connected": nn.Linear(channels * side**2, maps * side**2),
            "local": LocallyConnected(channels, maps, side),
            "convolution": nn.Conv2d(channels, maps, 3, padding=1),
        }


def parameters(layer: nn.Module) -> int:
    """How many numbers a layer has to learn.

    >>> [parameters(layer) for layer in layers(4, maps=1).values()]
    [784, 448, 28]
    """
    return sum(p.numel() for p in layer.parameters())


# --8<-- [end:layers]


def told(count: int) -> str:
    """The size of so many float32 numbers, in decimal units of at most three digits.

    >>> told(1792), told(3_211_264), told(483_388_358_656)
    ('7.17 kB', '12.8 MB', '1.93 TB')
    """
    size, units = 4.0 * count, ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size, units = size / 1000, units[1:]
    return f"{size:.3g} {units[0]}"


def figure() -> Figure:
    """Bytes of three layers on a logarithmic axis, and of the maps that each writes."""
    counts = [parameters(layer) for layer in layers(224).values()]
    names = ["fully connected", "locally connected", "convolution"]
    fig, ax = plt.subplots(figsize=(4.8, 2.6))
    ax.barh(names, [4 * n for n in counts], color="C1", left=1)
    for y, count in enumerate(counts):
        ax.text(7 * count, y, told(count), va="center")
    maps = 64 * 224**2
    ax.axvline(4 * maps, color="C2", linestyle="dashed")
    ax.text(6 * maps, 2, f"the maps: {told(maps)}", va="center")
    ax.set(xscale="log", xlim=(1e2, 1e15), xlabel="float32 weights, bytes")
    ax.set_xticks([1e3, 1e6, 1e9, 1e12], ["kB", "MB", "GB", "TB"])
    ax.minorticks_off()
    ax.invert_yaxis()
    return fig


if __name__ == "__main__":
    before = None
    for name, layer in layers(224).items():
        count = parameters(layer)
        fewer = f"  1 / {before / count:,.0f}" if before else ""
        print(f"{name:12} {count:15,} parameters  {told(count):>7}{fewer}")
        before = count
    print(f"{'its maps':12} {64 * 224**2:15,} numbers     {told(64 * 224**2):>7}")
