"""How much each pixel of the field weighs, against autograd and numpy."""

from itertools import pairwise
from math import sqrt

import numpy as np
import pytest
import torch
from torch import nn

from snippets.effective import CONV, PLAIN, POOL, POOLED, deviation, figure, profile
from snippets.receptive import averaging

VGG = [x for depth in (2, 2, 3, 3, 3) for x in [*[CONV] * depth, POOL]]
STACKS = [
    [],
    [CONV],
    [CONV] * 5,
    [CONV, POOL] * 3,
    [(7, 2), (3, 2), (2, 1)],
    [(2, 1), (5, 1), (4, 3)],
    VGG,
]


def places(shares):
    return torch.arange(len(shares)) - (len(shares) - 1) / 2


def gaussian(shares, std):
    heights = torch.exp(-(places(shares) ** 2) / (2 * std**2))
    return heights / heights.sum()


@pytest.mark.parametrize("layers", STACKS)
def test_the_profile_is_the_gradient_of_a_network_that_takes_means(layers):
    net = averaging(nn.Sequential(*[nn.Conv2d(1, 1, *layer) for layer in layers]))
    shares = profile(layers)
    side = len(shares)
    image = torch.zeros(1, 1, side, side, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(net(image).sum(), image)
    torch.testing.assert_close(
        gradient[0, 0], shares[:, None] * shares, atol=1e-10, rtol=0
    )


def test_average_pools_weigh_like_convolutions_that_take_means():
    net = averaging(
        nn.Sequential(nn.Conv2d(1, 1, 3), nn.AvgPool2d(2), nn.Conv2d(1, 1, 3))
    )
    shares = profile([CONV, POOL, CONV])
    image = torch.zeros(1, 1, 8, 8, dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(net(image).sum(), image)
    torch.testing.assert_close(gradient[0, 0].sum(0), shares, atol=1e-10, rtol=0)


@pytest.mark.parametrize("depth", [1, 2, 5, 20, 80])
def test_a_plain_stack_is_a_box_convolved_with_a_box_once_per_layer(depth):
    shares = np.ones(1)
    for _ in range(depth):
        shares = np.convolve(shares, np.full(3, 1 / 3))
    np.testing.assert_allclose(profile([CONV] * depth), shares, atol=1e-12)


@pytest.mark.parametrize("layers", [*STACKS[1:], PLAIN, POOLED])
def test_the_variances_of_the_layers_add(layers):
    shares = profile(layers)
    measured = sqrt((shares * places(shares) ** 2).sum())
    assert measured == pytest.approx(deviation(layers), abs=1e-9)


@pytest.mark.parametrize("depth", [1, 5, 20, 80, 500])
def test_the_deviation_of_a_plain_stack_is_a_square_root(depth):
    assert deviation([CONV] * depth) == pytest.approx(sqrt(depth * 8 / 12), abs=1e-12)
    assert len(profile([CONV] * depth)) == 2 * depth + 1
    assert deviation([CONV] * 4 * depth) == pytest.approx(2 * deviation([CONV] * depth))


def test_the_shares_of_a_plain_stack_approach_a_gaussian():
    distances = []
    for depth in (5, 10, 20, 40, 80):
        shares = profile([CONV] * depth)
        distances.append(
            (shares - gaussian(shares, deviation([CONV] * depth))).abs().sum() / 2
        )
    assert distances == sorted(distances, reverse=True)
    assert [round(float(d), 4) for d in (distances[0], distances[-1])] == [
        0.0178,
        0.0011,
    ]


def test_pools_keep_the_share_that_is_used():
    used = [
        4 * deviation([CONV, POOL] * n) / len(profile([CONV, POOL] * n))
        for n in range(1, 10)
    ]
    assert min(used) > 0.73
    assert max(used) < 1
    ratios = [
        deviation([CONV, POOL] * (n + 1)) / deviation([CONV, POOL] * n)
        for n in range(3, 9)
    ]
    assert all(abs(ratio - 2) < 0.02 for ratio in ratios)
    sides = [len(profile([CONV, POOL] * n)) for n in range(3, 10)]
    assert all(2 < two / one < 2.1 for one, two in pairwise(sides))
    plain = [4 * deviation([CONV] * n) / (2 * n + 1) for n in range(1, 500)]
    assert plain == sorted(plain, reverse=True)


def test_the_page_weighs_500_layers_right(says):
    shares, std = profile(PLAIN), deviation(PLAIN)
    inside = places(shares).abs() <= 2 * std
    says(
        "pooling",
        f"Along a side, the plain one gives {shares[inside].sum():.0%} of the weight to "
        f"{inside.sum()} of its {len(shares):,} pixels. Grey dots: a Gaussian with a deviation "
        f"of {std:.1f} pixels.",
    )
    mantissa, exponent = f"{shares[0].item():e}".split("e")
    assert (round(float(mantissa)), exponent) == (3, "-239")
    assert shares[0].float() == 0
    assert shares[0] > 0
    says(
        "pooling",
        f"The edge of the {len(PLAIN)} layers weighs about `{round(float(mantissa))}e{exponent}`,",
    )
    says("pooling", "less than float32 can hold")


def test_the_figure_draws_both_profiles_over_their_fields(says):
    ax = figure().axes[0]
    plain, plain_field, pooled, pooled_field, dots = ax.lines
    for curve, bar, layers in [
        (plain, plain_field, PLAIN),
        (pooled, pooled_field, POOLED),
    ]:
        assert len(curve.get_xdata()) == len(profile(layers))
        assert max(curve.get_ydata()) == 1
        assert [*bar.get_xdata()] == [curve.get_xdata()[0], curve.get_xdata()[-1]]
        assert max(bar.get_ydata()) < 0
    heights = dict(zip(plain.get_xdata().tolist(), plain.get_ydata(), strict=True))
    for place, height in zip(dots.get_xdata().tolist(), dots.get_ydata(), strict=True):
        assert height == pytest.approx(heights[place], abs=2e-3)
    edges = [round(float(line.get_xdata()[-1]) + 0.1) for line in (plain, pooled)]
    says(
        "pooling",
        f"{len(PLAIN)} plain layers: a narrow spike with grey dots on it, then flat to the edges "
        f"at {edges[0]} pixels. Nine blocks with pools: a broad bell that reaches the edges at "
        f"{edges[1]} pixels.",
    )
    assert len(POOLED) == 2 * 9


def random_net(depth, relu, seed):
    torch.manual_seed(seed)
    layers = []
    for place in range(depth):
        ends = (1 if place == 0 else 16), (1 if place == depth - 1 else 16)
        layer = nn.Conv2d(*ends, 3, bias=False)
        nn.init.kaiming_normal_(layer.weight)
        layers += [layer, nn.ReLU()] if relu and place < depth - 1 else [layer]
    return nn.Sequential(*layers)


@pytest.mark.parametrize("relu", [False, True])
def test_random_weights_spread_the_squared_gradient_as_means_do(relu, says):
    depth, squared, absolute = 20, torch.zeros(41), torch.zeros(41)
    for seed in range(20):
        image = torch.randn(1, 1, 41, 41, requires_grad=True)
        net = random_net(depth, relu, seed)
        (gradient,) = torch.autograd.grad(net(image).sum(), image)
        for total, power in [(squared, 2), (absolute, 1)]:
            weights = gradient[0, 0].abs() ** power
            total.add_(weights.sum(0) / weights.sum())
    widths = []
    for total in (squared, absolute):
        shares = total / total.sum()
        middle = (shares * places(shares)).sum()
        widths.append(sqrt((shares * (places(shares) - middle) ** 2).sum()))
    assert widths[0] == pytest.approx(deviation([CONV] * depth), rel=0.06)
    says("pooling", "has the same deviation on average, with or without ReLU")
    says(
        "pooling",
        f"its absolute value is spread {widths[1] / widths[0]:.1f} times as wide",
    )
    says("pooling", f"independent random weights of mean {0},")


def test_half_of_the_field_of_vgg16_lies_within_two_deviations(says):
    std, side = deviation(VGG), len(profile(VGG))
    last = std**2 - deviation(VGG[:-4]) ** 2
    assert last / std**2 == pytest.approx(3 / 4, abs=0.01)
    says(
        "pooling",
        f"The deviation is {std:.1f} pixels, so {4 * std / side:.0%} of the field.",
    )
    says(
        "pooling",
        "Three quarters of the variance come from the last of the five blocks.",
    )
