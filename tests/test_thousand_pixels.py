"""How many layers until one output sees a thousand pixels."""

from itertools import permutations

import pytest
import torch
from torch import nn
from torch.nn.functional import max_pool1d

from snippets.context import reach
from snippets.thousand_pixels import CONV, POOL, STRIDED, WAYS, field, figure, needed


def modules(layers):
    return [nn.Conv2d(1, 1, kernel, stride) for kernel, stride in layers]


@pytest.mark.parametrize("depth", range(6))
@pytest.mark.parametrize(
    "block",
    [[CONV], [POOL], [STRIDED], [CONV, POOL], [POOL, CONV], [(7, 3), (1, 1)], [(2, 5)]],
)
def test_walking_back_gives_the_formula_and_the_smallest_image(block, depth):
    layers = block * min(depth, 4)
    side = field(layers)
    assert side == reach(modules(layers))[0]
    row = nn.Sequential(*[nn.Conv1d(1, 1, *layer) for layer in layers])
    assert row(torch.zeros(1, 1, side)).shape[-1] == 1
    if side > 1:
        with pytest.raises(RuntimeError, match=r"[Kk]ernel size can't be greater"):
            row(torch.zeros(1, 1, side - 1))


@pytest.mark.parametrize("pixels", [1, 2, 3, 10, 100, 1000])
@pytest.mark.parametrize("block", list(WAYS.values()))
def test_one_block_fewer_does_not_see_as_far(block, pixels):
    copies = needed(block, pixels)
    assert field(block * copies) >= pixels
    assert copies == 0 or field(block * (copies - 1)) < pixels


def test_a_kernel_of_two_sees_one_pixel_more_with_each_layer():
    assert [needed([(2, 1)], pixels) for pixels in (1, 2, 10)] == [0, 1, 9]


@pytest.mark.parametrize("block", [[], [(1, 1)], [(1, 2)], [(0, 1)]])
def test_a_block_that_never_sees_further_is_named(block):
    with pytest.raises(ValueError, match="block must have a kernel above 1"):
        needed(block, 1000)


def test_a_thousand_pixels_take_500_plain_layers_or_nine_blocks(says):
    plain, pooled = needed([CONV], 1000), needed([CONV, POOL], 1000)
    assert pooled == needed([STRIDED], 1000) == 9
    added = field([CONV] * 2) - field([CONV])
    says("pooling", f"A thousand pixels take {plain} plain layers or nine blocks")
    says(
        "pooling",
        f"Each adds {added} pixels to a field that begins with {field([])}, so {plain} layers "
        f"see {field([CONV] * plain):,}. The {plain} are layers, not pixels.",
    )
    side = CONV[0]
    says(
        "pooling",
        f"How many {side} × {side} convolutions does it take until one output sees an image of "
        f"{1000:,} by {1000:,} pixels?",
    )


def test_499_layers_leave_two_by_two_pixels(says):
    image, layer, count = torch.zeros(1, 1, 1000), nn.Conv1d(1, 1, 3), 0
    with torch.no_grad():
        while image.shape[-1] >= 3:
            image, count = layer(image), count + 1
    left = image.shape[-1]
    says(
        "pooling",
        f"without padding, each layer takes {3 - 1} pixels off an image of {1000:,}, and after "
        f"{count} layers {left} × {left} pixels are left.",
    )


def test_a_corner_sees_the_opposite_corner_after_999_layers(says):
    far = torch.zeros(1, 1, 1000)
    far[..., -1] = 1
    count = 0
    while not far[0, 0, 0]:  # what reads a marked pixel is marked
        far, count = max_pool1d(far, 3, stride=1, padding=1), count + 1
    says("pooling", f"sees the opposite corner only after {count} layers")


def test_the_bars_are_the_counts(says):
    ax = figure().axes[0]
    counts = [needed(block, 1000) for block in WAYS.values()]
    assert [bar.get_width() for bar in ax.patches] == counts == [500, 250, 167, 9, 9]
    texts = [text.get_text() for text in ax.texts]
    assert texts == [*map(str, counts), *WAYS]
    ys = [bar.get_y() for bar in ax.patches]
    assert ys == sorted(ys)
    assert ax.yaxis_inverted()
    says(
        "pooling",
        f"Plain layers of 3 by 3: {counts[0]}. Of 5 by 5: {counts[1]}. Of 7 by 7: {counts[2]}. "
        f"Layers of 3 by 3 with stride 2: {counts[3]}. Blocks of a 3 by 3 layer and a pool: "
        f"{counts[4]}.",
    )
    says("pooling", f"Layers or blocks until one output sees {1000:,} pixels a side.")


def test_pools_first_see_most_and_pools_last_least(says):
    orders = set(permutations([CONV] * 4 + [POOL] * 2))
    best, worst = max(orders, key=field), min(orders, key=field)
    assert best[:2] == worst[-2:] == (POOL, POOL)
    assert [field(order) for order in orders].count(field(best)) == 1
    assert [field(order) for order in orders].count(field(worst)) == 1
    says(
        "pooling", f"Both pools first: {field(best)} pixels. Both last: {field(worst)}."
    )
    says(
        "pooling",
        f"four {CONV[0]} × {CONV[0]} convolutions and two {POOL[0]} × {POOL[0]} pools",
    )
