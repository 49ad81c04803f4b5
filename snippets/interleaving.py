"""A dilated convolution is a plain one on each of the interleaved images."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d, pixel_shuffle, pixel_unshuffle


# --8<-- [start:interleaved]
def interleaved(image: Tensor, kernel: Tensor, dilation: int) -> Tensor:
    """Convolve each of the interleaved images plainly, then weave the results.

    Takes an image (1, 1, height, width) whose sides are multiples of the dilation, and
    a kernel (1, 1, height, width); returns what ``conv2d`` returns with that dilation.
    torch raises a `RuntimeError` for other sides and for a dilation below 1.
    """
    # one image to each row of the batch
    images = pixel_unshuffle(image, dilation).transpose(0, 1)
    return pixel_shuffle(conv2d(images, kernel).transpose(0, 1), dilation)


# --8<-- [end:interleaved]


def figure() -> Figure:
    """Eight by eight pixels, a marker for each of the four interleaved images."""
    fig, ax = plt.subplots(figsize=(4.8, 2.8))
    rows, columns = torch.ones(8, 8).nonzero().T
    for phase, marker in enumerate("soD^"):
        mine = (rows % 2 * 2 + columns % 2) == phase
        ax.scatter(columns[mine], rows[mine], 70, f"C{phase}", marker=marker)
    x, y = torch.ones(3, 3).nonzero().T * 2 + 2
    ax.scatter(x, y, 260, "none", marker="s", edgecolor="0.5")
    ax.set(aspect="equal", xlim=(-0.7, 7.7), ylim=(7.7, -0.7))
    ax.set_axis_off()
    return fig


if __name__ == "__main__":
    torch.manual_seed(0)
    image, kernel = torch.randn(1, 1, 12, 12), torch.randn(1, 1, 3, 3)
    for dilation in (1, 2, 3):
        woven = interleaved(image, kernel, dilation)
        same = torch.allclose(
            woven, conv2d(image, kernel, dilation=dilation), atol=1e-5
        )
        print(f"dilation {dilation}: {dilation**2} images, equal: {same}")
