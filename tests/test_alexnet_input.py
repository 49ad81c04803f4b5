"""Which input AlexNet's first layer turns into 55 x 55, against torch."""

import pytest
import torch
from torch import nn

from snippets.alexnet_input import figure, places, sides
from snippets.budget import alexnet


@pytest.mark.parametrize("kernel", [1, 2, 3, 5, 11])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_windows_fit_as_often_as_in_torch(kernel, stride, padding):
    layer = nn.Conv1d(1, 1, kernel, stride=stride, padding=padding, bias=False)
    nn.init.ones_(layer.weight)
    for size in range(max(kernel - 2 * padding, 1), 30):
        image = torch.zeros(1, 1, size, requires_grad=True)
        maps = layer(image)
        count, past = places(size, kernel, stride, padding)
        assert maps.shape[-1] == count
        maps[..., -1].sum().backward()
        if stride <= kernel and padding == 0:  # then only the end can be left over
            assert size - 1 - int(image.grad.nonzero()[:, 2].max()) == past


def test_a_window_larger_than_the_input_is_named():
    with pytest.raises(ValueError, match=r"^size must be at least 7, not 6$"):
        places(6, 11, 4, padding=2)


@pytest.mark.parametrize("size", [224, 227, 231])
@pytest.mark.parametrize("padding", [0, 1, 2])
def test_the_sides_are_those_of_the_network(size, padding):
    with torch.device("meta"):
        net, maps = alexnet()[:8], torch.empty(1, 3, size, size)
        net[0].padding = (padding, padding)
        found = [size]
        for layer in net:
            maps = layer(maps)
            if maps.shape[-1] != found[-1]:
                found.append(maps.shape[-1])
    assert found == sides(size, padding)


def test_224_gives_54_and_227_gives_55(says):
    small, left = places(224, 11, 4)
    large, nothing = places(227, 11, 4)
    assert (small, large, nothing) == (54, 55, 0)
    smallest = next(n for n in range(11, 300) if places(n, 11, 4)[0] == large)
    says(
        "imagenet",
        f"Without padding, kernels of 11 with stride 4 fit {small} times into 224 pixels; it takes "
        f"{smallest} for {large}.",
    )
    says(
        "imagenet",
        f"On 224 pixels there are {small} and {left} pixel is left over; on {smallest} there are "
        f"{large} and nothing is left over.",
    )
    says(
        "imagenet",
        f"Above 224 pixels, windows {small - 2}, {small - 1} and {small} step to the right by four "
        f"pixels, and one pixel past the last window is an empty square. Above {smallest} pixels, "
        f"window {large} ends with the row.",
    )
    assert left == 1
    says("imagenet", f"## The paper says {224}, the arithmetic {smallest}")
    says(
        "imagenet",
        f"So {large} was computed, from {smallest} pixels or from {224} with a border",
    )


@pytest.mark.parametrize("padding", [0, 1, 2])
def test_the_sides_are_those_of_torch(padding):
    layers = [nn.Conv1d(1, 1, 11, 4, padding), *(nn.MaxPool1d(3, 2) for _ in range(3))]
    for size in range(67, 300):
        maps, expected = torch.zeros(1, 1, size), [size]
        for layer in layers:
            maps = layer(maps)
            expected.append(maps.shape[-1])
        found = sides(size, padding) if padding else sides(size)
        assert found == expected


def test_the_missing_window_reaches_the_end(says):
    short, whole = sides(224)[-1], sides(227)[-1]
    says(
        "imagenet",
        f"the last maps are then {short} × {short} instead of {whole} × {whole}, and the first "
        f"fully connected layer gets {256 * short**2:,} numbers instead of {256 * whole**2:,}.",
    )


def test_with_5_by_5_maps_alexnet_would_not_have_60_million_parameters(says):
    with torch.device("meta"):
        net = alexnet()
        net[9] = nn.Linear(256 * sides(224)[-1] ** 2, 4096)
        held = sum(p.numel() for p in net.parameters())
        net(torch.empty(1, 3, 224, 224))
    says(
        "imagenet",
        f"With {net[9].in_features:,} numbers, AlexNet would have {held / 1e6:.1f} million parameters",
    )


def test_a_border_of_three_pixels_would_do_as_well():
    assert places(224 + 3, 11, 4) == (55, 0)
    assert places(224, 11, 4, padding=2)[0] == 55
    assert places(224, 11, 4, padding=1)[0] == 54


def test_no_square_map_has_as_many_neurons_as_the_paper_counts(says):
    paper, maps = 253_440, 96
    assert all(side**2 * maps != paper for side in range(1, 300))
    sizes = [places(224, 11, 4)[0], places(227, 11, 4)[0]]
    says(
        "imagenet",
        f"None fits: {paper:,} / {maps} is {paper // maps:,}, not a square. Maps of {sizes[0]} × "
        f"{sizes[0]} give {sizes[0] ** 2 * maps:,} and maps of {sizes[1]} × {sizes[1]} give "
        f"{sizes[1] ** 2 * maps:,}.",
    )
    assert paper % maps == 0
    says("imagenet", f"what do {sizes[0]} and {sizes[1]} give")


def test_the_figure_ends_its_rows_where_the_windows_end():
    for ax, size in zip(figure().axes, (224, 227), strict=True):
        count, past = places(size, 11, 4)
        read, left = (dots.get_offsets()[:, 0] for dots in ax.collections)
        assert len(left) == past
        assert read.max() == size - past - 1
        last = ax.lines[-1].get_xdata()
        assert last == pytest.approx([4 * (count - 1) - 0.4, size - past - 0.6])
        told = [text.get_text() for text in ax.texts]
        assert told[:3] == [str(count - 2), str(count - 1), str(count)]
        assert told[3] == f"input {size}: {count} windows, left over: {past}"
