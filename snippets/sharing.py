"""One kernel for all positions: its gradient is a sum, its matrix repeats itself."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import conv2d, unfold


# --8<-- [start:toeplitz]
def toeplitz(kernel: Tensor, height: int, width: int) -> Tensor:
    """The matrix that convolves an image of that size, padded by zeros, laid in a row.

    >>> toeplitz(torch.tensor([[1, 2, 3]]), 1, 4).tolist()
    [[2, 3, 0, 0], [1, 2, 3, 0], [0, 1, 2, 3], [0, 0, 1, 2]]
    """
    pixels = torch.eye(height * width, dtype=kernel.dtype)
    images = pixels.reshape(-1, 1, height, width)  # one image for each single pixel
    return conv2d(images, kernel[None, None], padding="same").flatten(1).T


# --8<-- [end:toeplitz]


# --8<-- [start:unshared]
def unshared(image: Tensor, kernels: Tensor) -> Tensor:
    """A layer with a kernel of its own for each position: (9, positions).

    Takes an image (1, 1, height, width), returns one output per pixel, laid in a row.
    """
    windows = unfold(image, 3, padding=1)[0]
    return (windows * kernels).sum(0)


# --8<-- [end:unshared]


def gradients(image: Tensor, kernel: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
    """Of the squared error: for the shared kernel (9,), for unshared ones (9, n)."""
    shared = kernel.clone().requires_grad_()
    (conv2d(image, shared, padding=1).flatten() - target).square().sum().backward()
    each = kernel.reshape(9, 1).repeat(1, target.numel()).requires_grad_()
    (unshared(image, each) - target).square().sum().backward()
    assert shared.grad is not None
    assert each.grad is not None
    return shared.grad.flatten(), each.grad


def figure() -> Figure:
    """The matrix for an 8 x 8 image; each of the nine weights has a size of square."""
    fig, ax = plt.subplots(figsize=(4.8, 4.4))
    matrix = toeplitz(torch.arange(1.0, 10).reshape(3, 3), 8, 8)
    rows, columns = matrix.nonzero().T
    ax.scatter(columns, rows, 1.6 * matrix[rows, columns], "C1", marker="s")
    ax.text(1, 47, "first row\nof the kernel")
    ax.text(38, 16, "last row\nof the kernel")
    ax.set(xlim=(-1, 64), ylim=(64, -1), aspect="equal", xticks=(0, 63), yticks=(0, 63))
    ax.set(xlabel="pixel of the input", ylabel="pixel of the output")
    return fig


if __name__ == "__main__":
    torch.manual_seed(0)
    matrix = toeplitz(torch.randn(3, 3), 8, 8)
    print(f"matrix         {matrix.shape[0]} x {matrix.shape[1]}")
    print(f"not zero       {matrix.count_nonzero()} of {matrix.numel():,}")
    print(f"distinct       {matrix[matrix != 0].unique().numel()}")
    image, kernel = torch.randn(1, 1, 8, 8), torch.randn(1, 1, 3, 3)
    one, each = gradients(image, kernel, torch.randn(64))
    print(f"gradient is the sum of {each.shape[1]}: {torch.allclose(one, each.sum(1))}")
