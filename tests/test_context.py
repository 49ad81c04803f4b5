"""Receptive field and step of stacks, against gradients in torch."""

import pytest
import torch
from torch import nn

from snippets.context import figure, reach, ways

STACKS = [
    *(ways(depth)[name] for depth in (1, 2, 3, 4) for name in ways(1)),
    [nn.Conv2d(1, 1, 7, stride=2), nn.MaxPool2d(3, 2), nn.Conv2d(1, 1, 3, dilation=3)],
    [
        nn.Conv2d(1, 1, 1),
        nn.MaxPool2d(2, 1),
        nn.Conv2d(1, 1, 2, 3),
        nn.MaxPool2d(2, dilation=2),
    ],
]


def measured(layers):
    """Extent of the gradient of one output, and its shift from one output to the next."""
    for layer in layers:
        if isinstance(layer, nn.Conv2d):
            nn.init.ones_(layer.weight)
            nn.init.zeros_(layer.bias)
    average = [
        nn.AvgPool2d(x.kernel_size, x.stride)
        if isinstance(x, nn.MaxPool2d) and x.dilation == 1
        else x
        for x in layers
    ]
    image = torch.rand(1, 1, 1, 400, requires_grad=True)
    edges = []
    tall = image.expand(1, 1, 400, 400)
    for position in (0, 1):
        image.grad = None
        nn.Sequential(*average)(tall)[0, 0, 0, position].backward(retain_graph=True)
        edges.append(image.grad[0, 0, 0].nonzero())
    return int(edges[0].max() - edges[0].min()) + 1, int(
        edges[1].min() - edges[0].min()
    )


@pytest.mark.parametrize("layers", STACKS[:-1])
def test_the_formula_is_what_the_gradient_says(layers):
    assert reach(layers) == measured(layers)


def test_pooling_with_dilation_counts_too():
    layers = STACKS[-1]
    field, step = reach(layers)
    image = torch.zeros(1, 1, field, field)
    assert nn.Sequential(*layers)(image).shape[-2:] == (1, 1)
    with pytest.raises(RuntimeError):
        nn.Sequential(*layers)(image[..., 1:, 1:])
    assert nn.Sequential(*layers)(torch.zeros(1, 1, field + step, field)).shape[-2] == 2


def test_sides_that_differ_are_named():
    with pytest.raises(
        ValueError,
        match=r"^kernel_size must be the same for height and width, not \(3, 5\)$",
    ):
        reach([nn.Conv2d(1, 1, (3, 5))])


def test_nine_layers_reach_what_the_page_says(says):
    ends = {name: reach(layers) for name, layers in ways(9).items()}
    dilated, strided, plain = ends["dilated"], ends["strided"], ends["plain"]
    assert dilated[0] == strided[0]
    assert dilated[1] == plain[1] == 1
    says(
        "dilation",
        f"Nine layers of 3 × 3 kernels see {dilated[0]:,} pixels a side when their "
        f"rates double from layer to layer, and {strided[0]:,} pixels when each has stride 2. "
        f"The dilated stack still has one output per pixel; the strided one has one output per "
        f"{strided[1]} pixels.",
    )
    says("dilation", f"Nine plain layers see {plain[0]} pixels.")
    says(
        "dilation",
        f"stay on the line of distance {plain[1]}; the plain one ends at {plain[0]} "
        f"pixels, the dilated one at {dilated[0]}. Strided and pooled stacks rise to a distance "
        f"of {ends['pooled'][1]}.",
    )
    says("dilation", f"computes 1 for every {strided[1] ** 2:,} pixels of the input")


def test_the_figure_marks_nine_depths_of_four_stacks():
    ax = figure().axes[0]
    assert [len(line.get_xdata()) for line in ax.lines] == [9] * 4
    assert [text.get_text() for text in ax.texts] == [
        "plain: 19",
        "dilated: 1023",
        "strided: 1023",
        "pooled: 1534",
    ]


def test_pytorch_counts_dilation_from_one(says):
    image, kernel = torch.rand(1, 1, 7, 7), torch.rand(1, 1, 3, 3)
    conv = nn.functional.conv2d
    assert torch.equal(conv(image, kernel), conv(image, kernel, dilation=1))
    says("dilation", f"Add {1 - 0} to a rate from such a text.")
