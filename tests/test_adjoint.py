"""The transposed convolution, against the transpose of a matrix and against autograd."""

import pytest
import torch
from torch.nn.functional import conv2d

from snippets.adjoint import BOX, back, figure, lost, ring

GRID = [
    (size, kernel, (stride, padding, dilation))
    for size in (7, 8, 10)
    for kernel in (1, 2, 3)
    for stride in (1, 2, 3, 4)
    for padding in (0, 1, 2)
    for dilation in (1, 2, 3)
]


def weights(kernel, out=4, channels=3):
    torch.manual_seed(0)
    return torch.randn(out, channels, kernel, kernel, dtype=torch.float64)


@pytest.mark.parametrize("size", [7, 8, 10])
def test_the_transposed_convolution_is_the_adjoint(size):
    for _, kernel, options in (row for row in GRID if row[0] == size):
        weight = weights(kernel)
        x = torch.randn(1, 3, size, size, dtype=torch.float64)
        ax = conv2d(x, weight, None, *options)
        y = torch.randn_like(ax)
        aty = back(y, weight, size, options)
        assert aty.shape == x.shape
        torch.testing.assert_close((ax * y).sum(), (x * aty).sum())


@pytest.mark.parametrize("options", [(1, 0, 1), (2, 1, 1), (2, 0, 2), (3, 2, 1)])
def test_its_matrix_is_the_transpose_of_the_matrix(options):
    weight, size = weights(3, 2, 2), 7
    pixels = torch.eye(2 * size**2, dtype=torch.float64).view(-1, 2, size, size)
    there = conv2d(pixels, weight, None, *options)
    places = torch.eye(there[0].numel(), dtype=torch.float64).view(-1, *there.shape[1:])
    again = back(places, weight, size, options)
    torch.testing.assert_close(again.flatten(1), there.flatten(1).T)


@pytest.mark.parametrize("options", [(1, 0, 1), (2, 1, 1), (3, 2, 2)])
def test_it_is_what_back_propagation_applies_to_the_gradient(options):
    weight = weights(3)
    x = torch.randn(2, 3, 10, 10, dtype=torch.float64, requires_grad=True)
    maps = conv2d(x, weight, None, *options)
    gradient = torch.randn_like(maps)
    maps.backward(gradient)
    torch.testing.assert_close(x.grad, back(gradient, weight, 10, options))


def test_with_a_stride_images_of_several_sizes_give_maps_of_one_size():
    weight = weights(3)
    sides = [
        conv2d(torch.zeros(1, 3, n, n).double(), weight, stride=3) for n in (9, 10, 11)
    ]
    assert len({maps.shape for maps in sides}) == 1
    for size, maps in zip((9, 10, 11), sides, strict=True):
        assert back(maps, weight, size, (3, 0, 1)).shape[-1] == size


def test_maps_of_another_image_are_an_error():
    with pytest.raises(ValueError, match=r"^size 9 gives maps of 7 pixels a side$"):
        back(torch.zeros(1, 4, 6, 6).double(), weights(3), 9)
    with pytest.raises(ValueError, match=r"^size 9 gives maps of 7 pixels a side$"):
        back(torch.zeros(1, 4, 6, 7).double(), weights(3), 9)
    with pytest.raises(RuntimeError, match="expected input"):
        back(torch.zeros(1, 3, 7, 7).double(), weights(3), 9)


def test_there_and_back_is_another_picture(says):
    small = conv2d(ring(), BOX, stride=2)
    again = back(small, BOX, 33, (2, 0, 1))
    side, less = ring().shape[-1], small.shape[-1]
    share = lost(ring(), again)
    says(
        "tips",
        f"A bright ring of {side} by {side} pixels with sharp edges; the ring averaged, {less} by "
        f"{less} pixels; and a ring of {side} by {side} pixels again",
    )
    kernel = BOX.shape[-1]
    says(
        "tips",
        f"A {kernel} × {kernel} average with stride 2, then its transpose. The size is back, the "
        f"picture is not: even the best multiple of it leaves {share:.0%} of the energy of the "
        "ring, its sum of squares, unexplained.",
    )


def test_what_is_lost_is_what_least_squares_leaves():
    torch.manual_seed(0)
    for _ in range(10):
        x, other = torch.randn(2, 1, 1, 6, 6, dtype=torch.float64)
        best = torch.linalg.lstsq(other.view(-1, 1), x.view(-1, 1)).solution
        rest = ((x - best * other) ** 2).sum() / (x**2).sum()
        assert lost(x, other) == pytest.approx(rest.item(), abs=1e-9)
        assert lost(x, other) == float(f"{lost(x, other):.10f}")  # no rounding shows


def test_a_pixel_is_read_by_one_two_or_four_windows(says):
    windows = torch.ones(1, 1, 7, 7, dtype=torch.float64)
    counts = back(windows, torch.ones_like(BOX), 15, (2, 0, 1))
    one, two, four = counts.unique().int().tolist()
    says(
        "tips",
        f"with kernel {BOX.shape[-1]} and stride 2, a pixel is read by {one}, {two} or {four} "
        "windows",
    )
    for kernel, stride in [(2, 2), (3, 3), (4, 2), (6, 3), (3, 1)]:
        taps = torch.ones(1, 1, kernel, kernel, dtype=torch.float64)
        read = back(windows, taps, stride * 6 + kernel, (stride, 0, 1))
        inner = read[..., kernel:-kernel, kernel:-kernel]
        assert len(inner.unique()) == 1


def test_haar_kernels_lose_nothing(says):
    signs = torch.tensor([[1, 1, 1, 1], [1, -1, 1, -1], [1, 1, -1, -1], [1, -1, -1, 1]])
    haar = signs.view(4, 1, 2, 2).double() / 2
    torch.testing.assert_close(
        haar.flatten(1) @ haar.flatten(1).T, torch.eye(4).double()
    )
    image = torch.randn(1, 1, 12, 12, dtype=torch.float64)
    maps = conv2d(image, haar, stride=2)
    torch.testing.assert_close(back(maps, haar, 12, (2, 0, 1)), image)
    count, channels, side, _ = haar.shape
    says(
        "tips",
        f"Find a convolution with {channels} channel in, {count} out and stride 2 for which the "
        "transpose is the inverse.",
    )
    length = haar[0].norm()
    says(
        "tips",
        f"Take the {count} Haar kernels of {side} × {side}. Each has length {length:.0f}, they "
        "are perpendicular, and with stride 2 no two windows share a pixel.",
    )


def test_the_figure_shows_three_planes_and_the_grid_of_the_last():
    planes = [ax.images[0].get_array() for ax in figure().axes]
    assert [plane.shape for plane in planes] == [(33, 33), (16, 16), (33, 33)]
    bright = planes[2][16, 1:12]  # across the ring: brighter and darker in turn
    turns = (bright[2:] - bright[1:-1]) * (bright[1:-1] - bright[:-2])
    assert (turns < 0).sum() >= 5
