"""What pooling sees beyond the border, and which parameters it has."""

from math import inf

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, max_pool2d

from snippets.pool_padding import corner, max_by_hand, mean_by_hand, windows

SIZES = [(1, 1), (2, 3), (5, 5), (8, 3)]


@pytest.mark.parametrize("shift", [-3.0, 0.0, 3.0])
@pytest.mark.parametrize("size", SIZES)
def test_by_hand_is_what_torch_does(size, shift):
    torch.manual_seed(0)
    image = torch.randn(1, 1, *size, dtype=torch.float64) + shift
    close = {"atol": 1e-12, "rtol": 0}
    assert torch.equal(max_by_hand(image), max_pool2d(image, 3, 1, 1)[0, 0])
    for count in (True, False):
        torch.testing.assert_close(
            mean_by_hand(image, count),
            avg_pool2d(image, 3, 1, 1, count_include_pad=count)[0, 0],
            **close,
        )
    assert torch.equal(mean_by_hand(image), mean_by_hand(image, True))


@pytest.mark.parametrize("shift", [-3.0, 0.0, 3.0])
def test_a_corner_is_pooled_from_four_pixels(shift):
    torch.manual_seed(0)
    for image in torch.randn(20, 1, 1, 5, 5) + shift:
        four = image[0, 0, :2, :2]
        assert corner(image) == pytest.approx(
            {
                "max": four.max().item(),
                "average": four.sum().item() / 9,
                "average, border not counted": four.mean().item(),
                "max of an image padded with zeros": max(0, four.max().item()),
            }
        )


def test_padding_with_zeros_raises_every_negative_border(says):
    image = -torch.ones(1, 1, 5, 5)
    padded = windows(image, 0).amax(-1)
    border = torch.ones(5, 5, dtype=torch.bool)
    border[1:-1, 1:-1] = False
    assert (padded[border] == 0).all()
    assert (padded[~border] == -1).all()
    says("pooling", f"it raises every negative border to {padded[0, 0]:.0f}.")


def test_a_corner_counts_nine_pixels_of_which_four_are_in_the_image(says):
    found = corner(torch.ones(1, 1, 5, 5))
    total = windows(torch.ones(1, 1, 5, 5), 0).shape[-1]
    inside = windows(torch.ones(1, 1, 5, 5), 0).sum(-1)[0, 0]
    assert found["average"] == pytest.approx(inside / total)
    assert found["average, border not counted"] == 1
    says(
        "pooling",
        f"In a corner, {inside:.0f} of the {total} pixels of a window are in the image; average "
        f"pooling divides by {total} all the same, unless `count_include_pad=False`.",
    )
    zero = windows(torch.ones(1, 1, 5, 5), 0)[0, 0, 0]
    says("pooling", f"Beyond the border, max sees −∞ and average sees {zero:.0f}")


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
@pytest.mark.parametrize("kernel", [1, 2, 3, 4, 5])
def test_torch_allows_padding_up_to_half_the_window(pool, kernel):
    image = torch.zeros(1, 1, 6, 6)
    most = kernel // 2
    assert pool(image, kernel, 1, most).isfinite().all()
    with pytest.raises(RuntimeError, match="at most half"):
        pool(image, kernel, 1, most + 1)


def test_a_window_with_no_pixel_of_the_image_would_return_minus_infinity():
    assert windows(torch.full((1, 1, 1, 1), -inf), -inf).amax() == -inf
    framed = torch.nn.functional.pad(torch.zeros(1, 1, 4, 4), (2, 2, 2, 2), value=-inf)
    assert max_pool2d(framed, 2)[0, 0, 0, 0] == -inf


@pytest.mark.parametrize("shape", [(5,), (1, 5)])
def test_an_image_without_batch_and_channel_raises_what_torch_raises(shape):
    with pytest.raises((RuntimeError, NotImplementedError, IndexError)):
        windows(torch.zeros(shape), 0)


def test_pooling_has_no_parameters_and_no_effect_on_those_of_a_convolution():
    for pool in (nn.MaxPool2d, nn.AvgPool2d, nn.LPPool2d):
        layer = pool(1, 2) if pool is nn.LPPool2d else pool(2)
        assert not list(layer.parameters())
    layer = nn.Conv2d(8, 8, 3, padding=1)
    count = sum(p.numel() for p in layer.parameters())
    for side in (7, 14):
        assert layer(torch.zeros(1, 8, side, side)).shape[-1] == side
        assert sum(p.numel() for p in layer.parameters()) == count


def test_the_linear_layer_behind_the_last_pool_of_vgg16(says):
    seven, fourteen = (
        nn.Linear(512 * side**2, 4096, device="meta").weight.numel() for side in (7, 14)
    )
    assert fourteen == 4 * seven
    says(
        "pooling",
        f"the first of VGG-16 has {seven:,} weights behind the last pool, and without that pool "
        "would have four times as many.",
    )
