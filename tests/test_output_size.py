"""The size of outputs, against torch over grids, and the page's first sections."""

import inspect
from itertools import product

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, conv_transpose2d

from snippets.output_size import figure, output_size, transposed_size
from tests.prose import rows, source

PAGE = source("conv2d")


def side_of(call):
    """The side that torch returns, or None where it raises a RuntimeError."""
    try:
        return call().shape[-1]
    except RuntimeError:
        return None


def side_by_formula(call):
    """The side that the snippet names, or None where it raises a ValueError."""
    try:
        return call()
    except ValueError:
        return None


def test_the_formula_agrees_with_torch_on_every_combination(says):
    tried, refused = 0, 0
    grid = product(range(1, 17), range(1, 6), range(1, 5), range(4), range(1, 4))
    for size, kernel, stride, padding, dilation in grid:
        options = (stride, padding, dilation)
        image, taps = torch.zeros(1, 1, 1, size), torch.zeros(1, 1, 1, kernel)
        place = {"stride": (1, stride), "padding": (0, padding)}
        there = side_of(
            lambda i=image, t=taps, p=place, d=dilation: conv2d(
                i, t, **p, dilation=(1, d)
            )
        )
        here = side_by_formula(
            lambda s=size, k=kernel, o=options: output_size(s, k, *o)
        )
        assert here == there, (size, kernel, *options)
        tried, refused = tried + 1, refused + (here is None)
    says(
        "conv2d",
        f"agrees with torch on all {tried:,} combinations of a grid, the {refused} that do not "
        "fit among them",
    )


def test_the_stride_divides_the_distance_of_the_first_window_and_the_last(says):
    for size, kernel, stride in product(range(1, 33), range(1, 6), range(1, 5)):
        starts = [start for start in range(size) if start + kernel <= size]
        if starts:
            windows = (starts[-1] - starts[0]) // stride + 1
            assert windows == output_size(size, kernel, stride)
    says("conv2d", "take the distance in pixels from the first place of a window")


def test_the_transposed_formula_agrees_with_torch(says):
    tried = 0
    grid = product(range(1, 9), range(1, 6), range(1, 5), range(4), range(4))
    for size, kernel, *options in grid:
        image, taps = torch.zeros(1, 1, size, size), torch.zeros(1, 1, kernel, kernel)
        names = ("stride", "padding", "output_padding")
        place = dict(zip(names, options, strict=True))
        there = side_of(lambda i=image, t=taps, p=place: conv_transpose2d(i, t, **p))
        here = side_by_formula(
            lambda s=size, k=kernel, p=place: transposed_size(s, k, **p)
        )
        assert here == (there or None), (
            size,
            kernel,
            place,
        )  # torch may return nothing
        tried += 1
    says("conv2d", f"This one agrees with torch on {tried:,} combinations.")


def test_height_and_width_are_counted_apart():
    layer = nn.Conv2d(1, 1, (3, 5), stride=(2, 1), padding=(0, 2), dilation=(3, 1))
    tall, wide = output_size(20, 3, 2, 0, 3), output_size(21, 5, 1, 2, 1)
    assert layer(torch.zeros(1, 1, 20, 21)).shape[-2:] == (tall, wide)


def test_two_sizes_give_the_same_output_and_output_padding_tells_them_apart(says):
    sizes = [size for size in range(1, 20) if output_size(size, 3, 2, 1) == 4]
    back = [transposed_size(4, 3, 2, 1, extra) for extra in (0, 1)]
    assert back == sizes
    says(
        "conv2d",
        f"with a kernel of 3, stride 2 and padding 1, images of {sizes[0]} and of {sizes[1]} "
        f"pixels both give {output_size(7, 3, 2, 1)} outputs. A transposed convolution goes back "
        f"from {output_size(8, 3, 2, 1)}",
    )


def test_output_padding_adds_no_zeros_around_the_input():
    torch.manual_seed(0)
    image, taps = torch.randn(1, 1, 4, 4), torch.randn(1, 1, 3, 3)
    short = conv_transpose2d(image, taps, stride=2, padding=1)
    long = conv_transpose2d(image, taps, stride=2, padding=1, output_padding=1)
    torch.testing.assert_close(long[..., :-1, :-1], short)
    assert long[..., -1].abs().sum() > 0  # computed, not filled with zeros


@pytest.mark.parametrize(
    ("name", "value"),
    [("size", 0), ("kernel", 0), ("stride", 0), ("padding", -1), ("dilation", 0)],
)
def test_a_wrong_argument_is_named(name, value):
    for bad in (value, 1.5):
        with pytest.raises(ValueError, match=f"{name} must be a whole number"):
            output_size(**{"size": 8, "kernel": 3, name: bad})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("size", 0),
        ("kernel", 0),
        ("stride", 0),
        ("padding", -1),
        ("output_padding", -1),
    ],
)
def test_a_wrong_argument_of_the_way_back_is_named(name, value):
    for bad in (value, 1.5):
        with pytest.raises(ValueError, match=f"^{name} must be a whole number from"):
            transposed_size(**{"size": 8, "kernel": 3, name: bad})


def test_both_sizes_have_the_defaults_of_torch():
    image, taps = torch.zeros(1, 1, 6, 6), torch.zeros(1, 1, 3, 3)
    assert output_size(6, 3) == side_of(lambda: conv2d(image, taps))
    assert transposed_size(6, 3) == side_of(lambda: conv_transpose2d(image, taps))


def test_a_window_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match="kernel: 3 taps span more than"):
        output_size(4, 3, dilation=2)
    with pytest.raises(ValueError, match="output_padding must be below the stride 2"):
        transposed_size(4, 3, 2, 1, 2)
    with pytest.raises(ValueError, match="size_of_the_output"):
        transposed_size(1, 1, 1, 2)


def test_the_fourth_number_is_the_stride(says):
    image, both = torch.zeros(1, 3, 32, 32), []
    for kernel in [(2, 2), ((2, 2),)]:
        layer = nn.Conv2d(3, 10, *kernel)
        both.append(layer(image).shape[-1])
        parameters = sum(p.numel() for p in layer.parameters())
        says("conv2d", f"Both layers have {parameters} parameters")
    says(
        "conv2d",
        f"a 32 × 32 image becomes {both[0]} × {both[0]} with the first and "
        f"{both[1]} × {both[1]} with the second",
    )
    assert nn.Conv2d(3, 10, 2, stride=2)(image).shape[-1] == both[0]
    says(
        "conv2d",
        f"A kernel of 2 fits into a row of 32 pixels at {output_size(32, 2)} places; with stride 2 "
        f"it takes every second of them, which makes {output_size(32, 2, 2)}.",
    )


def test_the_table_has_the_arguments_and_defaults_of_torch(says):
    told = {
        row[0].strip("`"): row[1].strip("`")
        for row in rows(PAGE, "Nine arguments decide what is computed")
    }
    signature = inspect.signature(nn.Conv2d.__init__).parameters
    assert list(signature) == ["self", *told, "device", "dtype"]
    for name, default in told.items():
        known = signature[name].default
        written = "–" if known is inspect.Parameter.empty else str(known)
        assert default.strip('"') == written, name
    assert len(told) == 9


def test_valid_means_no_padding_and_bias_is_one_number_a_feature_map():
    image = torch.zeros(1, 3, 9, 9)
    layer = nn.Conv2d(3, 10, 3, padding="valid")
    assert layer(image).shape == nn.Conv2d(3, 10, 3, padding=0)(image).shape
    assert layer.bias.shape == (10,)


@pytest.mark.parametrize(
    "row", rows(PAGE, "The calls worth knowing"), ids=lambda row: row[0]
)
def test_the_calls_worth_knowing_give_what_they_say(row):
    made = eval(row[1].strip("`"), {"nn": nn})(torch.zeros(3, 32, 32))
    assert str(tuple(made.shape)) == row[2].strip("`")


def test_five_halvings_map_32_sizes_to_one(says):
    def left(size):
        for _ in range(5):
            size = output_size(size, 3, stride=2, padding=1)
        return size

    sizes = [size for size in range(1, 400) if left(size) == 7]
    layers = nn.Sequential(*(nn.Conv2d(1, 1, 3, stride=2, padding=1) for _ in range(5)))
    for size in (sizes[0] - 1, sizes[0], sizes[-1], sizes[-1] + 1):
        assert (layers(torch.zeros(1, 1, size, size)).shape[-1] == 7) == (size in sizes)
    says(
        "conv2d",
        "Five layers with a kernel of 3, stride 2 and padding 1 stand in a row. Which sizes of "
        f"image leave {left(224)} × {left(224)} pixels?",
    )
    says(
        "conv2d",
        f"All from {sizes[0]} to {sizes[-1]}. Each layer maps two sizes to one, so five layers "
        f"map {len(sizes)} sizes to one.",
    )


def test_transposed_convolutions_take_only_zeros_and_padding_removes(says):
    with pytest.raises(ValueError, match='Only "zeros" padding mode'):
        nn.ConvTranspose2d(1, 1, 3, padding_mode="reflect")
    torch.manual_seed(0)
    image, taps = torch.randn(1, 1, 5, 5), torch.randn(1, 1, 3, 3)
    whole = conv_transpose2d(image, taps)
    cut = conv_transpose2d(image, taps, padding=1)
    torch.testing.assert_close(cut, whole[..., 1:-1, 1:-1])


def test_the_figure_draws_four_windows_and_then_seven(says):
    ax = figure().axes[0]
    lines = [tuple(line.get_xdata()) for line in ax.lines]
    assert len(lines) == 4 + 7
    assert [round(x + 0.3) for x, _ in lines] == [0, 2, 4, 6, *range(7)]
    assert [len(dots.get_offsets()) for dots in ax.collections] == [
        8,
        *[1] * 4,
        8,
        *[1] * 7,
    ]
    four, seven = output_size(8, 2, 2), output_size(8, 2, 1)
    says(
        "conv2d",
        f"With stride 2 the windows do not overlap and 8 pixels give {four} outputs; with stride "
        f"1 they give {seven}.",
    )
    says(
        "conv2d",
        f"Two rows of 8 squares. Above, windows of 2 stand side by side and give {four} outputs. "
        f"Below, each window overlaps the next by one pixel and there are {seven} outputs.",
    )
