"""A large depthwise kernel is cheap: most weights stand in the 1 x 1 layers."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import device, nn


# --8<-- [start:block]
def block(kernel: int, channels: int = 96) -> nn.Sequential:
    """A depthwise convolution and two 1 x 1 layers, as in ConvNeXt, on meta."""
    with device("meta"):
        return nn.Sequential(
            nn.Conv2d(channels, channels, kernel, padding="same", groups=channels),
            nn.Conv2d(channels, 4 * channels, 1),
            nn.GELU(),
            nn.Conv2d(4 * channels, channels, 1),
        )


# --8<-- [end:block]


def share(kernel: int, channels: int = 96) -> float:
    """Share of the block's parameters that the depthwise convolution holds.

    >>> f"{share(3):.1%} {share(7):.1%}"
    '1.3% 6.1%'
    """
    layers = block(kernel, channels)
    whole = sum(weight.numel() for weight in layers.parameters())
    return sum(weight.numel() for weight in layers[0].parameters()) / whole


def figure() -> Figure:
    """Share of the depthwise kernel against its side, for two numbers of channels."""
    fig, ax = plt.subplots()
    kernels = range(3, 32, 2)
    for channels, marker in [(96, "o"), (768, "s")]:
        shares = [100 * share(kernel, channels) for kernel in kernels]
        ax.plot(kernels, shares, marker=marker, markersize=4)
        ax.text(30, shares[-1] + 3, f"{channels} channels", ha="right")
    ax.set(xticks=[3, 7, 15, 31], yticks=[0, 25, 50], ylim=(0, 70))
    ax.set_xlabel("side of the depthwise kernel, pixels")
    ax.set_ylabel("% of the parameters")
    return fig


if __name__ == "__main__":
    for kernel in (3, 7, 15, 31):
        print(f"{kernel:2} x {kernel:<2}", end="")
        for channels in (96, 384, 768):
            print(f"   {channels} channels {share(kernel, channels):5.1%}", end="")
        print()
