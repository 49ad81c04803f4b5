"""The band of outputs that zero padding alters."""

import pytest
import torch

from snippets.border import altered, figure

OTHERS = ["circular", "reflect", "replicate"]


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5, 8, 12])
def test_the_band_is_as_wide_as_the_stack_is_deep(depth):
    expected = torch.ones(33, 33, dtype=torch.bool)
    expected[depth:-depth, depth:-depth] = False
    assert torch.equal(altered(depth), expected)


@pytest.mark.parametrize("mode", OTHERS)
def test_other_paddings_leave_a_constant_image_constant(mode):
    for depth in (1, 2, 4, 8):
        assert not altered(depth, mode).any()


def test_an_unknown_padding_raises_what_torch_raises():
    with pytest.raises(ValueError, match="padding_mode must be one of"):
        altered(1, "mirrors")


def test_the_caption_gives_the_share(says):
    shares = {depth: altered(depth).double().mean() for depth in (1, 2, 4, 8)}
    says("tips", f"Eight layers alter {shares[8]:.0%} of the map.")
    *some, last = (int(altered(depth)[16].int().argmin()) for depth in shares)
    side = len(altered(1))
    says(
        "tips",
        f"The band grows with the depth of the stack: {', '.join(map(str, some))} and {last} "
        f"pixels of {side}.",
    )


def test_every_layer_of_3_x_3_lets_the_border_reach_one_pixel_further(says):
    widths = [int(altered(depth)[16].int().argmin()) for depth in range(1, 7)]
    assert widths == list(range(1, 7))
    says("tips", "every layer of 3 × 3 lets the border reach one pixel further")


def test_the_figure_fills_the_band():
    axes = figure().axes
    assert [int(ax.images[0].get_array().sum()) for ax in axes] == [
        33**2 - (33 - 2 * depth) ** 2 for depth in (1, 2, 4, 8)
    ]
    assert [ax.get_title() for ax in axes] == [
        "depth 1\n12%",
        "depth 2\n23%",
        "depth 4\n43%",
        "depth 8\n73%",
    ]
