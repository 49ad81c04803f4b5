"""Stacks of small kernels against one large kernel."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d

from snippets.stacks import composed, figure, weights


@pytest.mark.parametrize(
    ("a", "b"), [((3, 3), (3, 3)), ((1, 1), (3, 3)), ((2, 3), (5, 4))]
)
@pytest.mark.parametrize("channels", [(1, 1, 1), (3, 4, 2), (2, 1, 5)])
def test_two_layers_without_activation_are_one_kernel(a, b, channels):
    torch.manual_seed(0)
    into, middle, out = channels
    first = torch.randn(middle, into, *a, dtype=torch.float64)
    second = torch.randn(out, middle, *b, dtype=torch.float64)
    image = torch.randn(2, into, 12, 13, dtype=torch.float64)
    one = composed(first, second)
    assert one.shape == (out, into, a[0] + b[0] - 1, a[1] + b[1] - 1)
    torch.testing.assert_close(conv2d(image, one), conv2d(conv2d(image, first), second))


@pytest.mark.parametrize("side", [3, 5])
def test_padded_they_agree_away_from_the_border_only(side, says):
    torch.manual_seed(0)
    first, second = torch.randn(2, 4, 4, side, side, dtype=torch.float64)
    image, padding = torch.randn(1, 4, 12, 13, dtype=torch.float64), side // 2
    both = conv2d(image, composed(first, second), padding=2 * padding)
    stack = conv2d(conv2d(image, first, padding=padding), second, padding=padding)
    inside = (..., slice(padding, -padding), slice(padding, -padding))
    torch.testing.assert_close(stack[inside], both[inside])
    for edge in (0, -1):
        assert not torch.allclose(stack[..., edge, :], both[..., edge, :])
        assert not torch.allclose(stack[..., edge], both[..., edge])
    says(
        "kernel-size",
        "With the padding that keeps the size, stack and single kernel agree away from the "
        "border only",
    )


def test_with_a_stride_they_are_not_one_layer_with_the_full_convolution(says):
    torch.manual_seed(0)
    first, second = torch.randn(2, 4, 4, 3, 3, dtype=torch.float64)
    image = torch.randn(1, 4, 13, 13, dtype=torch.float64)
    stack = conv2d(conv2d(image, first, stride=2), second)
    both = conv2d(image, composed(first, second), stride=2)[..., :4, :4]
    assert not torch.allclose(stack, both)
    says(
        "kernel-size",
        f"Two layers in a row, with stride {1}, no padding and nothing between them",
    )


def kept(net):
    """The feature maps that training keeps, the image and the weights not counted."""
    image, found = torch.randn(1, 4, 20, 20), set()
    known = {image.data_ptr(), *(weight.data_ptr() for weight in net.parameters())}
    with torch.autograd.graph.saved_tensors_hooks(
        lambda saved: found.add(saved.data_ptr()) or saved, lambda saved: saved
    ):
        output = net(image)
    return len(found - known), output


def test_three_layers_keep_three_feature_maps_where_one_keeps_one():
    def layer(kernel):
        return [nn.Conv2d(4, 4, kernel, padding=kernel // 2), nn.ReLU()]

    assert kept(nn.Sequential(*layer(3), *layer(3), *layer(3)))[0] == 3
    assert kept(nn.Sequential(*layer(7)))[0] == 1


def test_channels_that_differ_in_the_middle_raise_what_torch_raises():
    with pytest.raises(RuntimeError, match="channels"):
        composed(torch.zeros(4, 3, 3, 3), torch.zeros(2, 5, 3, 3))


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
@pytest.mark.parametrize("layers", [1, 3])
def test_the_weights_are_those_of_torch(kernel, layers):
    stack = nn.Sequential(*(nn.Conv2d(8, 8, kernel, bias=False) for _ in range(layers)))
    assert weights(kernel, layers, 8) == sum(w.numel() for w in stack.parameters())


@pytest.mark.parametrize(
    ("name", "wrong"),
    [("kernel", (0, 1, 1)), ("layers", (3, -1, 1)), ("channels", (3, 1, 0))],
)
def test_a_wrong_argument_is_named(name, wrong):
    with pytest.raises(ValueError, match=f"^{name} must be at least 1, not "):
        weights(*wrong)


def test_three_small_kernels_have_fewer_weights_than_one_large(says):
    stack, one = weights(3, 3, 64), weights(7, 1, 64)
    field = len(
        composed(composed(*[torch.ones(1, 1, 3, 3)] * 2), torch.ones(1, 1, 3, 3))[0, 0]
    )
    says(
        "kernel-size",
        f"Three 3 × 3 kernels cover {field} × {field} with {1 - stack / one:.0%} fewer weights",
    )
    says(
        "kernel-size",
        f"Three layers of 3 × 3 have a receptive field of {field} × {field}. With 64 channels in and out they hold {stack:,} weights; one layer of 7 × 7 holds {one:,}, which is {one / stack - 1:.0%} more.",
    )
    says("kernel-size", "They did not argue for 3 × 3.")
    says("index", "why 3 × 3 became the standard")
    says(
        "kernel-size",
        "A stack of small kernels sees as far as one large kernel and needs fewer weights; that is why 3 × 3 became the standard.",
    )
    says(
        "kernel-size",
        f"with 64 channels. The curve of one kernel rises like a parabola to {weights(15, 1, 64) / 1000:.0f} thousand; the line of a stack of 3 by 3 kernels rises straight to {weights(3, 7, 64) / 1000:.0f} thousand.",
    )
    says(
        "kernel-size",
        "Thousand weights against the side of the receptive field, from 3 to 15 pixels",
    )
    assert weights(3, 1, 64) == weights(3, 1, 64)
    says("kernel-size", "Both are equal at 3.")


def test_two_small_kernels_save_28_percent_for_any_channels(says):
    for channels in (1, 7, 64):
        a, b = (
            weights(3, 2, channels) // channels**2,
            weights(5, 1, channels) // channels**2,
        )
    says(
        "kernel-size",
        f"The stack has {a} `C`², the large kernel {b} `C`²: it saves {1 - a / b:.0%}, whatever `C` is.",
    )
    says("kernel-size", "Two layers of 3 × 3 or one of 5 × 5?")


def test_in_the_first_layer_the_stack_is_dearer(says):
    large = nn.Conv2d(3, 64, 7, bias=False).weight.numel()
    stack = nn.Conv2d(3, 64, 3, bias=False).weight.numel() + weights(3, 2, 64)
    assert stack > large
    two = nn.Conv2d(3, 64, 3, bias=False).weight.numel() + weights(3, 1, 64)
    assert two > nn.Conv2d(3, 64, 5, bias=False).weight.numel()
    says(
        "kernel-size",
        f"where 3 channels come in, a 7 × 7 kernel has {large:,} weights for 64 kernels. Three layers of 3 × 3 with 64 channels throughout have {stack:,}: there the stack is the dearer one.",
    )
    says("kernel-size", "Libraries have special paths for 3 × 3")
    says("kernel-size", "A stack of 3 × 3 layers weighs the middle")


def test_the_figure_starts_with_both_curves_at_one_point():
    one, stack = (line.get_ydata() for line in figure().axes[0].lines)
    assert one[0] == stack[0]
    assert all(a > b for a, b in zip(one[1:], stack[1:], strict=True))
    assert [len(one), len(stack)] == [7, 7]
