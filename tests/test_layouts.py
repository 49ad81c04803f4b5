"""The order of channels in weights, for eight classes of torch."""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from snippets.layouts import CLASSES, NAMES, arrives, passed, shape

PLAIN = [nn.Conv1d, nn.Conv2d, nn.Conv3d]
TRANSPOSED = [nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d]
CYCLE = {"red": "green", "green": "blue", "blue": "red"}


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(("channels", "out"), [(4, 8), (8, 4), (8, 8)])
@pytest.mark.parametrize("kernel", [1, 3])
def test_plain_layers_store_out_in_and_transposed_ones_in_out(
    channels, out, kernel, groups
):
    for dims, (plain, transposed) in enumerate(
        zip(PLAIN, TRANSPOSED, strict=True), start=1
    ):
        taps = (kernel,) * dims
        sizes = (channels, out, kernel)
        assert shape(plain, *sizes, groups=groups) == (out, channels // groups, *taps)
        assert shape(transposed, *sizes, groups=groups) == (
            channels,
            out // groups,
            *taps,
        )


def test_linear_stores_out_in_and_embedding_in_out():
    assert shape(nn.Linear, 4, 6) == (6, 4)
    assert shape(nn.Embedding, 4, 6) == (4, 6)
    assert {*PLAIN, *TRANSPOSED, nn.Linear, nn.Embedding} == set(CLASSES)


@pytest.mark.parametrize(("kind", "call"), [(nn.Conv2d, F.conv2d)])
def test_the_function_takes_the_weight_as_the_layer_stores_it(kind, call):
    torch.manual_seed(0)
    layer, image = kind(4, 6, 3), torch.randn(2, 4, 9, 9)
    assert torch.equal(layer(image), call(image, layer.weight, layer.bias))


def test_the_page_gives_the_shape_of_a_weight(says):
    channels, out = 4, 6
    weight = shape(nn.Conv2d, channels, out, 3)
    assert weight[:2] == (out, channels)
    layer = nn.Conv2d(channels, out, 3)
    maps = layer(torch.zeros(1, channels, 5, 5))
    says(
        "tips",
        f"`nn.Conv2d(4, 6, 3)` takes {layer.in_channels} channels and gives {maps.shape[1]}. "
        f"Its weight has the shape `{weight}`",
    )


def test_the_wrong_order_raises_if_the_numbers_differ():
    with pytest.raises(RuntimeError, match=r"to have 10 channels, but got 3 channels"):
        F.conv2d(torch.zeros(1, 3, 8, 8), torch.zeros(3, 10, 3, 3))


def test_the_wrong_order_is_silent_if_they_are_equal():
    backwards = {target: source for source, target in CYCLE.items()}
    assert dict(arrives(passed(CYCLE))) == backwards
    assert dict(arrives(passed(CYCLE).transpose(0, 1))) == CYCLE
    assert dict(arrives(passed(CYCLE)))["red"] == "blue"


@pytest.mark.parametrize("source", NAMES)
@pytest.mark.parametrize("target", NAMES)
def test_a_kernel_moves_one_channel_where_it_is_told(source, target):
    weight = passed({source: target}).transpose(0, 1)
    image = torch.eye(3)[NAMES.index(source)].view(1, 3, 1, 1)
    expected = torch.eye(3)[NAMES.index(target)].view(1, 3, 1, 1)
    assert torch.equal(F.conv2d(image, weight), expected)


def test_a_colour_that_is_none_is_named():
    with pytest.raises(ValueError, match="violet"):
        passed({"red": "violet"})


def test_a_layer_without_a_weight_is_an_error():
    with pytest.raises(AttributeError, match="weight"):
        shape(nn.ReLU)
