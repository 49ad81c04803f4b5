"""A clip and its reverse, for networks with and without an extent in time."""

from math import factorial

import pytest
import torch
from torch import nn

from snippets.clip import averaged, figure, moving_bar, steps_right


def network(seed):
    torch.manual_seed(seed)
    layers = [nn.Conv2d(1, 8, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Conv2d(8, 8, 2), nn.ReLU()).double()


@pytest.mark.parametrize("seed", range(5))
def test_frame_by_frame_every_order_of_the_frames_gives_the_same(seed):
    clip = moving_bar().double()
    with torch.no_grad():
        maps = averaged(clip, network(seed))
        assert maps.abs().max() > 0
        for order in [torch.arange(8).flip(0), *(torch.randperm(8) for _ in range(9))]:
            torch.testing.assert_close(averaged(clip[order], network(seed)), maps)


def test_the_average_of_a_still_clip_is_its_frame():
    still = moving_bar(2).double()[:1].expand(7, -1, -1, -1)
    assert moving_bar(9).shape == (9, 1, 5, 11)
    torch.testing.assert_close(averaged(still, network(0)), network(0)(still[0]))


@pytest.mark.parametrize("seed", range(5))
def test_a_random_conv3d_tells_the_clip_from_its_reverse(seed):
    torch.manual_seed(seed)
    layer = nn.Sequential(nn.Conv3d(1, 8, 3, padding=1), nn.ReLU()).double()
    clip = moving_bar().double()
    with torch.no_grad():
        there, reverse = (
            layer(c.transpose(0, 1)[None]).mean((2, 3, 4)) for c in (clip, clip.flip(0))
        )
    assert (there - reverse).abs().max() > 1e-3 * there.abs().max()


@pytest.mark.parametrize("seed", range(5))
def test_without_relu_a_conv3d_averages_direction_away(seed):
    torch.manual_seed(seed)
    layer = nn.Conv3d(1, 8, 3, padding=1, padding_mode="circular").double()
    clip = moving_bar().double().transpose(0, 1)[None]
    there, reverse = (layer(c).mean((2, 3, 4)) for c in (clip, clip.flip(2)))
    torch.testing.assert_close(there, reverse)
    assert not torch.allclose(
        layer(clip).relu().mean(), layer(clip.flip(2)).relu().mean()
    )


@pytest.mark.parametrize("seed", range(5))
def test_steps_are_pairs_of_bright_pixels_one_frame_and_one_pixel_apart(seed):
    torch.manual_seed(seed)
    clip = (torch.rand(6, 1, 5, 9) < 0.4).float()
    loop = sum(
        clip[t, 0, y, x] * clip[t + 1, 0, y, x + 1]
        for t in range(5)
        for y in range(5)
        for x in range(8)
    )
    assert steps_right(clip) == int(loop) > 0


@pytest.mark.parametrize("frames", [2, 5, 8, 12])
def test_a_bar_of_three_pixels_takes_three_steps_between_frames(frames):
    clip = moving_bar(frames)
    assert (steps_right(clip), steps_right(clip.flip(0))) == (3 * (frames - 1), 0)
    assert torch.equal(clip.mean(0), clip.flip(0).mean(0))


def test_the_caption_counts_the_steps(says):
    there, reverse = steps_right(moving_bar()), steps_right(moving_bar().flip(0))
    frames = len(moving_bar())
    says("tips", f"each of the {factorial(frames):,} orders of {frames} frames")
    says(
        "tips",
        f"the two taps count {there} steps to the right in one and {reverse} in the other.",
    )


def test_frames_as_channels_can_tell(says):
    torch.manual_seed(0)
    clip = moving_bar()
    layer = nn.Conv2d(len(clip), 1, 3)
    with torch.no_grad():
        maps = [layer(c.transpose(0, 1)) for c in (clip, clip.flip(0))]
    assert not torch.allclose(*maps)
    says(
        "tips",
        f"Stack the {len(clip)} frames of the clip as {len(clip)} channels of one image, and use a "
        f"`Conv2d` with {layer.in_channels} input channels.",
    )


def test_a_clip_of_one_frame_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        steps_right(moving_bar(1))


def test_the_figure_draws_a_clip_its_reverse_and_the_same_mean():
    left, right = figure().axes
    bright = [ax.collections[0].get_offsets().tolist() for ax in (left, right)]
    assert sorted(bright[0]) == [[n + 1, n] for n in range(8)]
    assert sorted(bright[1]) == sorted([8 - n, n] for n in range(8))
    means = [ax.collections[2].get_offsets().tolist() for ax in (left, right)]
    assert means[0] == means[1] == [[n, 9] for n in range(1, 9)]
    titles = [left.get_title(), right.get_title()]
    assert titles == ["moves right: 21 steps", "reversed: 0 steps"]
