"""Normalised cross-correlation against two other implementations; what it finds."""

import numpy as np
import pytest
import torch
from skimage.feature import match_template

from snippets.cats_eye import cat, correlation, eye, figure, found, turned


@pytest.mark.parametrize("size", [(1, 2), (3, 3), (2, 5), (8, 8)])
def test_the_correlation_is_pearsons_and_scikit_images(size):
    torch.manual_seed(0)
    image, part = torch.rand(9, 11).double(), torch.rand(*size).double()
    maps = correlation(image, part)
    assert maps.shape == (9 - size[0] + 1, 11 - size[1] + 1)
    for row in range(maps.shape[0]):
        for column in range(maps.shape[1]):
            window = image[row : row + size[0], column : column + size[1]]
            pearson = np.corrcoef(window.flatten(), part.flatten())[0, 1]
            assert maps[row, column].item() == pytest.approx(pearson, abs=1e-10)
    if min(size) > 1:
        np.testing.assert_allclose(
            maps, match_template(image.numpy(), part.numpy()), atol=1e-8
        )


def test_brightness_and_contrast_do_not_matter():
    torch.testing.assert_close(
        correlation(3 * cat() + 7, eye()), correlation(cat(), eye() / 2 - 1)
    )


def test_a_window_without_contrast_gives_nan():
    assert correlation(torch.ones(3, 3), torch.eye(2)).isnan().all()


def test_an_eye_larger_than_the_picture_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        correlation(torch.eye(3), torch.eye(4))


@pytest.mark.parametrize(
    "shift", [(0, 0), (35, 45), (-26, -18), (48, 54), (1, 0), (-10, 33)]
)
def test_any_shift_that_leaves_the_eye_whole_is_recovered_to_the_pixel(shift):
    peak, *place = found(cat().roll(shift, (0, 1)))
    assert tuple(place) == shift
    assert peak == pytest.approx(1, abs=1e-10)


def test_turning_lowers_the_match_until_the_eye_is_lost(says):
    for side in (-1, 1):
        peaks = [found(turned(side * angle)) for angle in (0, 5, 10, 15, 20, 30)]
        values = [peak for peak, _, _ in peaks]
        assert values == sorted(values, reverse=True)
        assert values[3] < 0.8
        assert all(abs(down) <= 1 and abs(right) <= 1 for _, down, right in peaks)
        lost = found(turned(side * 45))
        assert max(abs(lost[1]), abs(lost[2])) > 3
    says("equivariance", f"at {45}° the best match is no longer the eye")


def test_scaling_lowers_the_match():
    values = {
        scale: found(turned(scale=scale))[0] for scale in (0.7, 0.8, 0.9, 1, 1.1, 1.2)
    }
    assert max(values, key=values.get) == 1
    assert values[0.9] < 0.8
    assert values[1.2] < 0.7


def test_turned_leaves_the_eye_where_it_was(says):
    torch.testing.assert_close(turned(), cat(), rtol=0, atol=1e-10)
    assert found(turned(5))[1:] == found(turned(scale=0.9))[1:] == (0, 0)
    says("equivariance", f"so that {0} down and {0} right is right.")


def test_a_half_turn_of_the_picture_is_a_half_turn_of_the_pixels():
    """About the eye: the pixels that stay inside are those of the flipped picture."""
    window = slice(26, 52), slice(18, 46)
    torch.testing.assert_close(turned(180)[window], eye().flip(0, 1), rtol=0, atol=1e-6)


def test_the_figure_frames_the_eye_and_hollows_what_is_lost(says):
    axes = figure().axes
    frames = [ax.patches[0].get_xy() for ax in axes[:2]]
    assert frames == [(17.5, 25.5), (62.5, 60.5)]
    assert [ax.get_title() for ax in axes[:2]] == [
        "moved by 0, 0: 1.00",
        "moved by 35, 45: 1.00",
    ]
    for ax, middle, lost in [
        (axes[2], 0, {-60, -50, -40, 40, 50, 60}),
        (axes[3], 1, {0.7}),
    ]:
        line, *marks = ax.lines
        peaks = dict(zip(*line.get_data(), strict=True))
        assert peaks[middle] == pytest.approx(1, abs=1e-9)
        assert max(value for at, value in peaks.items() if at != middle) < 0.9
        hollow = {m.get_xdata()[0] for m in marks if m.get_markerfacecolor() == "white"}
        assert hollow == lost
    says(
        "equivariance",
        f"against the angle it falls from {peaks[1]:.0f} on both sides of {0} degrees, "
        f"against the scale on both sides of {1}. Far out, the markers are hollow.",
    )
    says("equivariance", f"where it lies more than {3} pixels from the eye.")
