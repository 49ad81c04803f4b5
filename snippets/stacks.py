"""A stack of small linear kernels is one large kernel, with fewer weights."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d


# --8<-- [start:composed]
def composed(first: Tensor, second: Tensor) -> Tensor:
    """The one kernel that does what two do in a row, without padding.

    Takes weights (middle, in, h, w) and (out, middle, h, w) as `nn.Conv2d` holds them;
    returns (out, in, sum of the heights - 1, sum of the widths - 1). torch raises a
    `RuntimeError` if the channels in the middle differ.
    """
    height, width = second.shape[2:]
    images = first.transpose(0, 1)  # (in, middle, h, w): one image for each input
    kernel = conv2d(images, second.flip(2, 3), padding=(height - 1, width - 1))
    return kernel.transpose(0, 1)


# --8<-- [end:composed]


# --8<-- [start:weights]
def weights(kernel: int, layers: int, channels: int) -> int:
    """Weights of a stack of square kernels that keeps its number of channels.

    >>> weights(3, layers=3, channels=64), weights(7, layers=1, channels=64)
    (110592, 200704)
    """
    for name, value in {
        "kernel": kernel,
        "layers": layers,
        "channels": channels,
    }.items():
        if value < 1:
            raise ValueError(f"{name} must be at least 1, not {value}")
    return layers * kernel**2 * channels**2


# --8<-- [end:weights]


def figure() -> Figure:
    """Weights against the field, for one kernel and for a stack of 3 x 3 kernels."""
    fig, ax = plt.subplots()
    fields = range(3, 16, 2)
    one = [weights(field, 1, 64) / 1000 for field in fields]
    stack = [weights(3, (field - 1) // 2, 64) / 1000 for field in fields]
    ax.plot(fields, one, marker="s")
    ax.plot(fields, stack, marker="o")
    ax.text(12.4, one[-1] * 0.8, "one kernel", ha="right")
    ax.text(14.9, stack[-1] * 1.25, "stack of 3 × 3", ha="right")
    ax.set(xticks=[3, 7, 11, 15], yticks=[0, 400, 800], ylim=(0, None))
    ax.set_xlabel("side of the receptive field, pixels")
    ax.set_ylabel("thousand weights")
    return fig


if __name__ == "__main__":
    for field, layers in [(5, 2), (7, 3), (11, 5), (15, 7)]:
        one, stack = weights(field, 1, 64), weights(3, layers, 64)
        print(f"{field:2} x {field:<2} {one:9,}   {layers} of 3 x 3 {stack:9,}", end="")
        print(f"   {1 - stack / one:.0%} less")
