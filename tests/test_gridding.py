"""Holes in stacks of dilated layers: paths against gradients, the rule against paths."""

from itertools import combinations_with_replacement

import pytest
import torch
from torch import nn

from snippets.gridding import figure, gapless, paths, seen


@pytest.mark.parametrize("kernel", [2, 3, 5])
@pytest.mark.parametrize(
    "dilations", [(1,), (1, 1, 1), (2, 2, 2), (1, 2, 3), (3, 1), (1, 2, 8)]
)
def test_the_number_of_paths_is_the_gradient_of_ones(dilations, kernel):
    layers = [nn.Conv2d(1, 1, kernel, dilation=rate, bias=False) for rate in dilations]
    for layer in layers:
        nn.init.ones_(layer.weight)
    image = torch.zeros(1, 1, *paths(dilations, kernel).shape, requires_grad=True)
    out = nn.Sequential(*layers)(image)
    assert out.shape[-2:] == (1, 1)
    out.sum().backward()
    assert torch.equal(image.grad[0, 0], paths(dilations, kernel))


@pytest.mark.parametrize("kernel", [2, 3, 5])
@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_no_holes_exactly_when_no_rate_outruns_the_smaller_ones(kernel, depth):
    for rates in combinations_with_replacement(range(1, 10), depth):
        whole = bool((paths(rates, kernel)[0] > 0).all())
        assert whole == gapless(rates, kernel), rates


def test_the_order_does_not_matter():
    assert torch.equal(paths((5, 1, 2)), paths((1, 2, 5)))
    assert gapless((5, 1, 2)) == gapless((1, 2, 5))


def test_doubling_rates_pass_for_every_kernel(says):
    for kernel in range(2, 8):
        assert gapless((1, 2, 4, 8), kernel)
    assert not gapless((1, 2, 4, 8), kernel=1)
    says("dilation", f"pass for every kernel of {2} or more")
    field = len(paths(()))
    says(
        "dilation",
        f"smallest rate must therefore be {field}: no layer comes before it, and "
        f"the receptive field of no layers is {field} pixel",
    )


def largest_distance(rates, kernel):
    """M2 of Wang et al., equation 2: the largest distance between two non-zero values."""
    largest = rates[-1]
    for rate in rates[-2:0:-1]:
        largest = max(largest - 2 * rate, largest - 2 * (largest - rate), rate)
    return largest


def test_the_recursion_alone_passes_a_stack_with_holes(says):
    assert (
        largest_distance((1, 2, 5), 3) == 2
    )  # the paper's own example, which is gapless
    assert largest_distance((2, 2, 2), 3) <= 3
    says(
        "dilation",
        f"passes `2, 2, 2` with a kernel of 3, although {1 - seen((2, 2, 2)):.0%} "
        "of that field is never read",
    )


def test_the_caption_counts_right(says):
    reached, whole = paths((2, 2, 2)) > 0, paths((1, 2, 3)) > 0
    weights = sum(
        w.numel()
        for w in nn.ModuleList([nn.Conv2d(1, 1, 3, bias=False)] * 1).parameters()
    )
    side = len(reached)
    assert whole.all()
    assert reached.shape == whole.shape
    says(
        "dilation",
        f"Both stacks have {3 * weights} weights per pair of channels and a "
        f"{side} × {side} field. The left one reads {reached.sum()} of its {reached.numel()} "
        "pixels; the right one reads them all.",
    )
    says(
        "dilation",
        f"Two squares of {side} by {side} pixels. Left, dilations 2, 2, 2: only "
        "every second pixel of every second row is filled. Right, dilations 1, 2, 3",
    )
    assert torch.equal(
        reached.nonzero() % 2, torch.zeros(int(reached.sum()), 2, dtype=torch.long)
    )


def test_layers_of_dilation_2_stay_on_one_interleaved_image(says):
    says("dilation", f"Stack layers that all have dilation {2}")
    assert (paths((2, 2, 2, 2))[1::2] == 0).all()


def test_reading_is_not_weighing(says):
    routes = paths((1, 2, 3))
    says(
        "dilation",
        f"the centre reaches the output by {routes[6, 6]:.0f} routes and a corner "
        f"by {routes[0, 0]:.0f}",
    )


def test_the_exercises_have_these_answers(says):
    last = max(rate for rate in range(1, 30) if seen((1, 2, rate)) == 1)
    says(
        "dilation",
        f"It is {last}. Two layers with rates 1 and 2 have a receptive field of "
        f"{len(paths((1, 2)))} pixels, so a rate of {last} sets the copies of that field edge "
        f"to edge, and {last + 1} leaves a gap",
    )
    fields = [len(paths(tuple(3**i for i in range(depth)))) for depth in range(1, 8)]
    assert fields[-2] < 1000 <= fields[-1]
    doubling = next(
        n for n in range(1, 12) if 1 + 2 * sum(2**i for i in range(n)) >= 1000
    )
    says(
        "dilation",
        f"It takes {len(fields)}. The rule lets each rate be as large as the field before it, "
        f"so the field can triple from layer to layer: {', '.join(map(str, fields))}. "
        f"Doubling rates need {doubling}.",
    )
    says("dilation", f"with a kernel of 3 does it take to see at least {1000:,} pixels")


@pytest.mark.parametrize(
    ("dilations", "kernel", "message"),
    [
        ((0,), 3, "dilation should be greater than zero"),
        ((1,), -1, "negative dimension"),
    ],
)
def test_a_wrong_argument_raises_what_torch_raises(dilations, kernel, message):
    with pytest.raises(RuntimeError, match=message):
        paths(dilations, kernel)


def test_a_broken_rate_raises_what_torch_raises():
    with pytest.raises(TypeError, match="dilation"):
        paths((1.5,))


def test_the_figure_fills_the_pixels_it_counts():
    drawn = [
        [len(dots.get_offsets()) for dots in ax.collections] for ax in figure().axes
    ]
    assert drawn == [[7 * 7, 13 * 13 - 7 * 7], [13 * 13, 0]]
