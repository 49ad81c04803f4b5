"""Stride, max, average and blur, when an image moves by one pixel."""

from itertools import pairwise

import pytest
import torch
from skimage import data
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d, max_pool2d, relu

from snippets.shift_by_one import WAYS, blur, changed, figure, half, response

EACH = pytest.mark.parametrize("name", WAYS)
CAMERA = torch.tensor(data.camera())[None, None].double()


def noise(side=16):
    torch.manual_seed(0)
    return torch.randn(1, 1, side, side, dtype=torch.float64)


@EACH
def test_every_way_halves_the_image(name):
    assert WAYS[name](noise()).shape == (1, 1, 8, 8)


@EACH
def test_a_shift_by_two_pixels_moves_the_halved_image_by_one(name, says):
    for image in (noise(), CAMERA):
        moved = WAYS[name](image.roll(-2, -1))
        torch.testing.assert_close(
            moved, WAYS[name](image).roll(-1, -1), atol=1e-10, rtol=0
        )
    says(
        "pooling",
        f"A shift by {2} pixels has no jitter: it moves each halved image by one pixel exactly.",
    )


def test_stride_after_max_is_max_pooling():
    image = noise()
    dense = max_pool2d(image, 2, stride=1)
    assert torch.equal(WAYS["stride"](dense), max_pool2d(image, 2))


def test_the_blur_is_a_loop_over_neighbours():
    image, weights = noise(6), {-1: 1 / 4, 0: 1 / 2, 1: 1 / 4}
    slow = torch.zeros_like(image)
    for down, a in weights.items():
        for right, b in weights.items():
            slow += a * b * image.roll((-down, -right), (-2, -1))
    torch.testing.assert_close(blur(image), slow, atol=1e-12, rtol=0)


def test_average_pooling_is_a_convolution_of_each_channel_with_equal_weights():
    image = torch.randn(2, 3, 8, 9, dtype=torch.float64)
    for size in (1, 2, 3):
        equal = torch.full((3, 1, size, size), 1 / size**2, dtype=torch.float64)
        depthwise = conv2d(image, equal, stride=size, groups=3)
        torch.testing.assert_close(depthwise, avg_pool2d(image, size))


def test_max_pooling_is_no_convolution():
    one, two = noise(), noise().flip(-1)
    assert torch.allclose(
        avg_pool2d(one + two, 2), avg_pool2d(one, 2) + avg_pool2d(two, 2)
    )
    assert not torch.allclose(
        max_pool2d(one + two, 2), max_pool2d(one, 2) + max_pool2d(two, 2)
    )


def test_max_pooling_and_relu_trade_places_and_average_pooling_does_not():
    image = noise()
    assert torch.equal(max_pool2d(relu(image), 2), relu(max_pool2d(image, 2)))
    assert not torch.allclose(avg_pool2d(relu(image), 2), relu(avg_pool2d(image, 2)))


def test_on_a_tie_the_first_one_learns():
    for shape in [(1, 1, 2, 2), (1, 1, 4, 6), (1, 3, 8, 8)]:
        image = torch.ones(shape, requires_grad=True)
        max_pool2d(image, 2).sum().backward()
        assert torch.equal(image.grad[..., ::2, ::2], torch.ones(shape)[..., ::2, ::2])
        assert image.grad.sum() == image.numel() / 4


def test_the_change_is_that_of_the_rows_and_columns_far_from_the_border():
    image = noise(64)
    even, odd = image[0, 0, ::2, ::2], image[0, 0, ::2, 1::2]
    far = even[8:24, 8:24]
    expected = (odd[8:24, 8:24] - far).norm() / far.norm()
    assert changed(WAYS["stride"], image)[0] == pytest.approx(expected.item())


def test_half_a_pixel_twice_is_a_pixel_on_an_image_of_any_height():
    for height in (1, 6, 16):
        wave = torch.arange(16).double().mul(torch.pi / 4).sin().repeat(height, 1)
        torch.testing.assert_close(half(half(wave)), wave.roll(-1, -1))


@EACH
def test_stripes_come_out_by_luck_or_not(name, says):
    stripes = (torch.arange(8) % 2).double().expand(1, 1, 8, 8)
    means = [WAYS[name](stripes.roll(shift, -1)).mean().item() for shift in (0, 1)]
    expected = {"stride": [0, 1], "max": [1, 1], "average": [0.5, 0.5]}
    if name in expected:
        assert means == expected[name]
    if name == "stride":
        says("pooling", f"the mean is {means[0]:.0f} or {means[1]:.0f}.")
    says("pooling", "Max pooling makes both white, average pooling both grey.")


def test_stripes_of_period_four_depend_on_where_they_stand(says):
    stripes = (torch.arange(8) % 4 >= 2).float().expand(1, 1, 8, 8)
    still, moved = (max_pool2d(stripes.roll(n, -1), 2).mean().item() for n in (0, 1))
    assert (still, moved) == (0.5, 1)
    says("pooling", f"Stripes of period {2} come out of max pooling white")


def test_the_output_is_white_wherever_stripes_of_period_two_stand():
    stripes = (torch.arange(8) % 2).float().expand(1, 1, 8, 8)
    assert all(max_pool2d(stripes.roll(n, -1), 2).min() == 1 for n in range(4))


def test_every_second_move_by_one_pixel_crosses_an_edge(says):
    crossed = 0
    for place in range(15):
        dot = torch.zeros(1, 1, 16, 16)
        dot[..., 5, place] = 1
        crossed += not torch.equal(max_pool2d(dot, 2), max_pool2d(dot.roll(1, -1), 2))
    assert crossed == 7  # of 15: eight moves stay inside, and seven edges lie between
    says(
        "pooling",
        f"With windows of {2}, every second move by one pixel crosses an edge.",
    )


@EACH
def test_half_a_pixel_twice_is_a_pixel(name):
    smooth = blur(
        blur(noise())
    )  # the highest frequency has no half-pixel move: blur ends it
    torch.testing.assert_close(
        half(half(smooth)), smooth.roll(-1, -1), atol=1e-10, rtol=0
    )


def test_nothing_moves_in_a_grey_image():
    grey = torch.full((1, 1, 64, 64), 0.5, dtype=torch.float64)
    for way in WAYS.values():
        assert changed(way, grey) == pytest.approx((0, 0), abs=1e-12)


def test_the_camera_changes_less_with_a_blur(says):
    found = {name: changed(way, CAMERA) for name, way in WAYS.items()}
    changes, jitters = zip(*found.values(), strict=True)
    assert list(changes) == sorted(changes, reverse=True)
    assert list(jitters) == sorted(jitters, reverse=True)
    left = found["max, blur, stride"][1] / found["max"][1]
    says(
        "pooling",
        f"A blur between the maximum and the stride leaves {left:.0%} of the jitter of max pooling.",
    )
    height, width = CAMERA.shape[-2:]
    says("pooling", f"On scikit-image's `camera`, {height} × {width} pixels")


@pytest.mark.parametrize("side", [0, 1])
def test_an_image_smaller_than_a_window_raises_what_torch_raises(side):
    with pytest.raises(RuntimeError):
        WAYS["max"](torch.zeros(1, 1, side, side))


def test_the_figure_draws_what_the_page_reads_from_it(says):
    ax = figure().axes[0]
    bars = [bar for bar in ax.patches if round(bar.get_width(), 6) == 0.9]
    assert len(bars) == 8 * len(WAYS)
    rows = {name: response(way) for name, way in WAYS.items()}
    drawn = [round(bar.get_height() / 0.62, 6) for bar in bars]
    assert drawn == [value for row in rows.values() for value in row]
    for name, row in rows.items():
        steps = [abs(b - a) for a, b in pairwise(row)]
        assert max(steps) == 1 if name in {"stride", "max"} else max(steps) <= 0.5
    shaded = next(patch for patch in ax.patches if patch not in bars)
    assert (shaded.get_x(), shaded.get_x() + shaded.get_width()) == (2.5, 4.5)
    told = {
        name: [(place, f"{value:g}") for place, value in enumerate(row, 1) if value]
        for name, row in rows.items()
    }
    one, both, mean, soft, last = told.values()
    says("pooling", f"places {both[0][0]} and {both[1][0]}, its window, are shaded.")
    says(
        "pooling",
        f"Stride: {one[0][1]} at place {one[0][0]}. Max: {both[0][1]} at {both[0][0]} and "
        f"{both[1][0]}. Average: {mean[0][1]} at {mean[0][0]} and {mean[1][0]}. Blur and stride: "
        f"{', '.join(v for _, v in soft)} from {soft[0][0]} to {soft[-1][0]}. Max, blur and "
        f"stride: {', '.join(v for _, v in last)} from {last[0][0]} to {last[-1][0]}.",
    )
    says(
        "pooling",
        f"Stride and max go from {rows['max'][1]:.0f} to {rows['max'][2]:.0f} in one step",
    )


def test_a_convolution_with_stride_2_is_the_plain_one_without_three_of_four_outputs(
    says,
):
    layer = nn.Conv2d(2, 3, 3, stride=2, dtype=torch.float64)
    image = torch.randn(1, 2, 11, 12, dtype=torch.float64)
    dense = conv2d(image, layer.weight, layer.bias)
    torch.testing.assert_close(layer(image), dense[..., ::2, ::2], atol=1e-10, rtol=0)
    says(
        "pooling",
        f"A convolution with stride {layer.stride[0]} widens the field as well",
    )
