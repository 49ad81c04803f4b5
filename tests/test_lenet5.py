"""LeNet-5: the published layers against the copied ones, and against plain sums."""

import functools
import operator

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from snippets.lenet5 import (
    READS,
    Distance,
    Partial,
    Subsample,
    copied,
    figure,
    parameters,
    published,
)

TABLE = {
    "C1": 156,
    "S2": 12,
    "C3": 1516,
    "S4": 32,
    "C5": 48120,
    "F6": 10164,
    "output": 0,
}
SHAPES = [(6, 28, 28), (6, 14, 14), (16, 10, 10), (16, 5, 5), (120, 1, 1), (84,), (10,)]


def test_the_published_layers_have_the_published_parameters(says):
    assert parameters(published()) == TABLE
    says("history", f"has {sum(TABLE.values()):,} parameters that are trained")
    says("history", f"under its name has {sum(parameters(copied()).values()):,}.")


@pytest.mark.parametrize("network", [published, copied])
def test_both_networks_have_maps_of_the_same_sizes(network):
    x, shapes = torch.randn(2, 1, 32, 32), []
    for layer in network().values():
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    assert shapes == SHAPES


def test_the_last_840_connections_lead_to_fixed_codes(says):
    places = {"C1": 28**2, "C3": 10**2, "C5": 1, "F6": 1}
    wires = sum(TABLE[name] * places[name] for name in places)
    wires += 6 * 14**2 * (4 + 1) + 16 * 5**2 * (4 + 1)
    codes = Distance().get_buffer("codes")
    assert codes.abs().unique().tolist() == [1]
    assert wires + codes.numel() == 340908
    says("history", f"and {wires + codes.numel():,} connections.")
    says(
        "history",
        f"No: {wires:,}. The other {codes.numel()} lead to the output, {codes.shape[1]} for each of ten classes",
    )
    says("history", f"add up to the published {wires + codes.numel():,} connections")
    says("history", f"Where are the last {codes.numel()} connections?")
    says("history", f"C1, for example, has {TABLE['C1']} parameters at each of")


def test_the_books_balance(says):
    ours, theirs = parameters(published()), parameters(copied())
    more = {name: theirs[name] - ours[name] for name in ours}
    assert {name for name in more if more[name]} == {"S2", "C3", "S4", "output"}
    says("history", "Three things change the count. The published sub-sampling layers")
    fewer = -more["S2"] - more["S4"]
    says(
        "history",
        f"{more['C3']} weights more in C3 and {more['output']} more in the output, {fewer} fewer "
        f"in the sub-sampling, make the difference of {sum(more.values()):,}",
    )


def test_c3_reads_sixty_of_ninety_six_pairs(says):
    pairs, kernel = sum(map(len, READS)), nn.Conv2d(1, 1, 5).weight.numel()
    assert len({tuple(sorted(some)) for some in READS}) == len(READS) == 16
    assert all(len(set(some)) == len(some) for some in READS)
    assert (
        torch.tensor(functools.reduce(operator.iadd, READS, [])).bincount().tolist()
        == [10] * 6
    )
    assert [len(some) for some in READS] == [3] * 6 + [4] * 9 + [6]
    says(
        "history",
        f"{pairs} of {16 * 6} pairs. The copied network reads all {16 * 6}, which is "
        f"{(96 - pairs) * kernel} weights more",
    )
    says("history", f"A grid of {16} columns and {6} rows")


def test_reading_some_maps_is_a_convolution_with_zeros():
    torch.manual_seed(0)
    layer, x = Partial(READS).double(), torch.randn(2, 6, 14, 14, dtype=torch.float64)
    weight = torch.zeros(16, 6, 5, 5, dtype=torch.float64)
    for i, (conv, some) in enumerate(zip(layer.maps, READS, strict=True)):
        for j, at in enumerate(some):
            weight[i, at] = conv.weight[0, j]
    bias = torch.cat([conv.bias for conv in layer.maps])
    torch.testing.assert_close(layer(x), conv2d(x, weight, bias), rtol=0, atol=1e-10)


def test_sub_sampling_adds_four_units_and_is_trained():
    layer, x = Subsample(6).double(), torch.randn(1, 6, 4, 4, dtype=torch.float64)
    nn.init.uniform_(layer.weight)
    nn.init.uniform_(layer.bias)
    total = (
        x[..., ::2, ::2] + x[..., 1::2, ::2] + x[..., ::2, 1::2] + x[..., 1::2, 1::2]
    )
    torch.testing.assert_close(layer(x), total * layer.weight + layer.bias)


def test_the_copied_network_takes_maxima_where_the_published_one_adds(says):
    x = torch.randn(1, 6, 4, 4)
    four = x.unfold(2, 2, 2).unfold(3, 2, 2).flatten(4)
    ours, theirs = (network()["S2"](x) for network in (published, copied))
    torch.testing.assert_close(ours, four.sum(4))
    torch.testing.assert_close(theirs, four.amax(4))
    counts = [parameters({"S2": pool(2)}) for pool in (nn.MaxPool2d, nn.AvgPool2d)]
    assert counts == [{"S2": 0}] * 2  # "leaves the count as it is"
    says(
        "history",
        "A fourth leaves the count as it is: the copied network takes maxima where the "
        "published one adds.",
    )


def test_the_nearest_code_has_the_smallest_output():
    layer = Distance()
    distances = layer(layer.get_buffer("codes"))
    assert distances.argmin(1).tolist() == list(range(10))
    assert distances.diagonal().abs().max() == 0


@pytest.mark.parametrize("network", [published, copied])
def test_an_image_of_28_pixels_raises_what_torch_raises(network):
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        nn.Sequential(*network().values())(torch.zeros(1, 1, 28, 28))


def test_the_figure_marks_what_is_read():
    big = [dot for dot in figure().axes[0].collections if dot.get_sizes()[0] > 50]
    marked = {tuple(map(int, dot.get_offsets()[0])) for dot in big}
    assert marked == {(column, row) for column in range(16) for row in READS[column]}
