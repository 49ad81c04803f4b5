"""The matrix of a convolution and the gradient of a shared kernel, against torch."""

import numpy as np
import pytest
import torch
from scipy.linalg import toeplitz as bands
from torch.nn.functional import conv2d

from snippets.sharing import figure, gradients, toeplitz, unshared


@pytest.mark.parametrize("kernel", [(1, 1), (3, 3), (1, 3), (5, 3)])
@pytest.mark.parametrize("size", [(8, 8), (5, 7), (1, 4)])
def test_the_matrix_convolves(kernel, size):
    torch.manual_seed(0)
    taps = torch.randn(*kernel, dtype=torch.float64)
    image = torch.randn(*size, dtype=torch.float64)
    expected = conv2d(image[None, None], taps[None, None], padding="same")
    matrix = toeplitz(taps, *size)
    assert matrix.shape == (image.numel(), image.numel())
    torch.testing.assert_close(matrix @ image.flatten(), expected.flatten())


def test_every_block_is_a_toeplitz_matrix():
    matrix = toeplitz(torch.randn(3, 3), 6, 6).reshape(6, 6, 6, 6).transpose(1, 2)
    for row in range(6):
        for column in range(6):
            block = matrix[row, column].numpy()
            np.testing.assert_array_equal(block, bands(block[:, 0], block[0]))
            at = (row + 1) % 6, (column + 1) % 6
            if min(at):
                np.testing.assert_array_equal(block, matrix[at].numpy())


@pytest.mark.parametrize("size", [(8, 8), (4, 6), (1, 5)])
def test_a_kernel_for_each_position_can_do_the_same(size):
    torch.manual_seed(0)
    image = torch.randn(1, 1, *size, dtype=torch.float64)
    kernel = torch.randn(1, 1, 3, 3, dtype=torch.float64)
    same = kernel.reshape(9, 1).expand(9, image.numel())
    expected = conv2d(image, kernel, padding=1).flatten()
    torch.testing.assert_close(unshared(image, same), expected)


def test_kernels_of_their_own_are_applied_where_they_belong():
    torch.manual_seed(0)
    image, kernels = torch.randn(1, 1, 4, 5), torch.randn(9, 20)
    for position in range(20):
        own = kernels[:, position].reshape(1, 1, 3, 3)
        expected = conv2d(image, own, padding=1).flatten()[position]
        torch.testing.assert_close(unshared(image, kernels)[position], expected)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("size", [(8, 8), (3, 5)])
def test_the_gradient_of_the_shared_kernel_is_the_sum_of_theirs(seed, size):
    torch.manual_seed(seed)
    image = torch.randn(1, 1, *size, dtype=torch.float64)
    kernel = torch.randn(1, 1, 3, 3, dtype=torch.float64)
    target = torch.randn(image.numel(), dtype=torch.float64)
    one, each = gradients(image, kernel, target)
    assert each.shape == (9, image.numel())
    torch.testing.assert_close(one, each.sum(1))
    assert (each.std(1) > 0.01).all(), "the positions disagree"


def test_the_page_counts_the_weights_right(says):
    torch.manual_seed(0)
    matrix = toeplitz(torch.randn(3, 3), 8, 8)
    places, full = matrix.numel(), int(matrix.count_nonzero())
    values = matrix[matrix != 0].unique().numel()
    assert full == (3 * 8 - 2) ** 2
    says(
        "equivariance",
        f"{full} of {places:,} places are not zero, and they hold {values} distinct values",
    )
    says(
        "equivariance",
        f"A linear layer would learn {places:,} weights. Reading only neighbours leaves {full}; "
        f"sharing them leaves {values}.",
    )
    says("equivariance", f"a {3} × {3} convolution of an {8} × {8} image")
    says("equivariance", f"A square of {len(matrix)} by {len(matrix)} places")
    says("equivariance", f"give each of the {len(matrix)} positions its own kernel")


def test_a_wrong_shape_raises_what_torch_raises():
    with pytest.raises(RuntimeError):
        toeplitz(torch.ones(3), 8, 8)
    with pytest.raises(RuntimeError, match="must match the size"):
        unshared(torch.ones(1, 1, 4, 4), torch.ones(9, 15))


def test_the_figure_draws_nine_diagonals_that_grow():
    ax = figure().axes[0]
    (dots,) = ax.collections
    offsets, sizes = dots.get_offsets(), dots.get_sizes()
    assert len(offsets) == 484
    diagonals = {}
    for (x, y), size in zip(offsets, sizes, strict=True):
        diagonals.setdefault(round(x - y), set()).add(round(float(size), 3))
    assert sorted(diagonals) == [-9, -8, -7, -1, 0, 1, 7, 8, 9]
    grown = [size for key in sorted(diagonals) for size in diagonals[key]]
    assert grown == sorted(grown)
    assert len(grown) == 9
