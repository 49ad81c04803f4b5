"""The gallery of wrong calls: each with its message, and each remedy tried."""

import re

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import pad

from snippets._style import ROOT
from snippets.wrong_calls import (
    CALLS,
    answer,
    bytes_,
    channels_last,
    colour,
    conv,
    grey,
    three_grey,
)
from tests.prose import rows, source


def number_after(name, file):
    """A version such as 2.7, from the line that begins with a name."""
    text = (ROOT / file).read_text("utf-8")
    return re.search(rf"^{name}(\d+\.\d+)", text, re.MULTILINE)[1]


TABLE = rows(source("conv2d"), "A wrong call fails early, late, or never")


@pytest.mark.parametrize(
    ("build", "error", "fragment"),
    [
        (
            lambda: nn.Conv2d(3, 10, kernel=3),  # type: ignore[call-arg] # wrong on purpose
            TypeError,
            "unexpected keyword argument 'kernel'",
        ),
        (
            lambda: nn.Conv2d(3, 10, 3, groups=2),
            ValueError,
            "in_channels must be divisible by groups",
        ),
        (
            lambda: nn.Conv2d(3, 10, 3, stride=2, padding="same"),
            ValueError,
            "not supported for strided",
        ),
    ],
)
def test_these_fail_when_the_layer_is_built(build, error, fragment):
    with pytest.raises(error, match=fragment):
        build()


@pytest.mark.parametrize(
    ("layer", "image", "fragment"),
    [
        (nn.Conv2d(3, 10, 3, stride=0), colour, "non-positive stride"),
        (nn.Conv2d(3, 10, 3, padding=(1, 1, 1, 1)), colour, "expected padding to be"),  # type: ignore[arg-type] # wrong on purpose
        (
            nn.Conv2d(3, 10, 9, padding=4, padding_mode="reflect"),
            colour[..., :4, :4],
            "Padding size should be less",
        ),
        (conv, grey, "expected input.* to have 3 channels, but got 1 channels"),
        (
            conv,
            channels_last,
            "expected input.* to have 3 channels, but got 32 channels",
        ),
        (conv, colour[0, 0], r"Expected 3D \(unbatched\) or 4D"),
        (conv, colour[..., :2, :2], "Kernel size can't be greater"),
        (conv, bytes_, r"Input type \(unsigned char\) and bias type \(float\)"),
    ],
)
def test_these_are_built_and_fail_when_they_are_called(layer, image, fragment):
    with pytest.raises(RuntimeError, match=fragment):
        layer(image)


def test_the_three_moments_are_those_of_the_headings():
    assert [len(calls) for calls in CALLS.values()] == [3, 8, 3]
    for call in CALLS["never"]:
        assert answer(call).startswith("no error")
    for moment in ("when the layer is built", "when it is called"):
        for call in CALLS[moment]:
            assert not answer(call).startswith("no error")


def test_the_table_explains_every_message_in_the_gallery():
    failing = [
        call for moment, calls in CALLS.items() if moment != "never" for call in calls
    ]
    assert len(TABLE) == len(failing)
    for row, call in zip(TABLE, failing, strict=True):
        assert row[0].strip("`") in answer(call), call


def test_the_remedies_work(says):
    small = colour[..., :4, :4]
    for image in (
        grey.expand(-1, 3, -1, -1),
        channels_last.permute(0, 3, 1, 2),
        bytes_.float() / 255,
    ):
        assert conv(image).shape == (1, 10, 30, 30)
    assert nn.Conv2d(1, 10, 3)(colour[0, 0][None, None]).shape == (1, 10, 30, 30)
    assert nn.Conv2d(1, 10, 3)(grey).shape == (1, 10, 30, 30)
    assert nn.Conv2d(3, 10, 3)(pad(colour, (1, 1, 1, 1))).shape == (1, 10, 32, 32)
    for kernel in (3, 5, 7):
        layer = nn.Conv2d(3, 10, kernel, stride=2, padding=kernel // 2)
        assert layer(colour).shape == (1, 10, 16, 16)
    assert nn.Conv2d(3, 10, 9, padding=4, padding_mode="replicate")(small).shape == (
        1,
        10,
        4,
        4,
    )
    assert nn.Conv2d(3, 10, 3, padding=1)(colour[..., :2, :2]).shape == (1, 10, 2, 2)


def test_in_channels_of_32_convolves_over_columns_and_colours(says):
    rows_as_channels = nn.Conv2d(channels_last.shape[1], 10, 3)
    assert rows_as_channels(channels_last).shape == (1, 10, 32 - 2, 3 - 2)
    says(
        "conv2d",
        f"silences the message about {channels_last.shape[1]} channels with "
        f"`in_channels=32`, and convolves over columns and colours",
    )


def test_three_grey_images_are_read_as_one_colour_image():
    torch.manual_seed(0)
    images = torch.rand_like(three_grey)
    torch.testing.assert_close(conv(images), conv(images[None])[0])
    one = nn.Conv2d(1, 10, 3)
    with pytest.raises(RuntimeError, match="to have 1 channels, but got 3 channels"):
        one(images)


def test_an_array_of_numpy_is_refused():
    with pytest.raises(TypeError, match="invalid combination of arguments"):
        conv(np.zeros((1, 3, 32, 32), np.float32))


def test_other_errors_are_not_caught():
    with pytest.raises(NameError):
        answer("conv(unheard_of)")


def test_the_wording_is_that_of_every_version_that_is_admitted(says):
    """The newest runs the gallery in every target, the oldest in `make oldest`."""
    oldest = number_after("torch>=", "requirements.txt")
    newest = number_after("torch==", "constraints.txt")
    says(
        "conv2d", f"The wording is that of PyTorch {oldest} to {newest} on a processor"
    )
    assert torch.__version__ >= oldest
