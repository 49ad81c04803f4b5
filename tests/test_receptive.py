"""Receptive fields measured by gradient, against the formula of the page on dilation."""

import pytest
import torch
from torch import nn

from snippets.context import reach
from snippets.receptive import averaging, figure, growth, reads, vgg16


def conv(kernel=3, stride=1, dilation=1, padding=0):
    return nn.Conv2d(1, 1, kernel, stride, padding, dilation)


STACKS = {
    "one": [conv()],
    "plain": [conv() for _ in range(3)],
    "wide": [conv(7)],
    "even": [conv(2), conv(4)],
    "dilated": [conv(dilation=rate) for rate in (1, 2, 4)],
    "common factor": [conv(dilation=2), conv(dilation=2)],
    "strided": [conv(stride=2) for _ in range(4)],
    "pooled": [layer for _ in range(3) for layer in (conv(), nn.MaxPool2d(2))],
    "overlapping": [conv(7, 2), nn.MaxPool2d(3, 2), conv(dilation=3)],
    "dilated pool": [
        conv(1),
        nn.MaxPool2d(2, 1),
        conv(2, 3),
        nn.MaxPool2d(2, dilation=2),
    ],
    "stride above kernel": [conv(2, 3), nn.MaxPool2d(2, 5)],
    "padded": [conv(5, padding=2), nn.MaxPool2d(3, 2, 1), conv(dilation=2, padding=2)],
    "VGG-16": vgg16(),
    "VGG-16 without pools": vgg16(pooled=False),
}


@pytest.mark.parametrize("name", STACKS)
def test_the_measured_field_is_the_formula(name):
    layers = STACKS[name]
    assert len(reads(nn.Sequential(*layers))) == reach(layers)[0]


@pytest.mark.parametrize("name", ["strided", "pooled", "overlapping", "padded"])
def test_channels_biases_and_relu_change_no_field(name):
    torch.manual_seed(0)
    layers, channels = [], 1
    for layer in STACKS[name]:
        if isinstance(layer, nn.Conv2d):
            options = layer.stride, layer.padding, layer.dilation
            wide = nn.Conv2d(channels, 3, layer.kernel_size, *options)
            layers, channels = [*layers, wide, nn.BatchNorm2d(3), nn.ReLU()], 3
        else:
            layers.append(layer)
    assert reads(nn.Sequential(*layers)) == reads(nn.Sequential(*STACKS[name]))


def test_a_pixel_outside_the_field_changes_nothing_and_an_end_of_it_does():
    net = averaging(nn.Sequential(conv(), nn.MaxPool2d(2), conv(), nn.MaxPool2d(3, 2)))
    field = reads(net, 40)
    ramp = torch.arange(40, dtype=torch.float64)
    rising = (ramp[:, None] + ramp)[None, None]
    falling = rising.flip(-1, -2)
    for image, end in [(rising, field[-1]), (falling, field[0])]:
        for place, moves in [
            (end, True),
            (field[0] - 1, False),
            (field[-1] + 1, False),
        ]:
            changed = image.clone()
            changed[..., place] += 1e3
            middle = net(image).shape[-1] // 2
            before, after = (
                net(x)[0, 0, middle, middle].item() for x in (image, changed)
            )
            assert (before != after) == moves


def test_the_output_in_the_middle_is_read_on_an_image_of_that_size():
    assert reads(conv(), 6) == reads(conv(), 7) == range(2, 5)
    assert reads(conv(), 9) == range(3, 6)


@pytest.mark.parametrize("measured", [reads, lambda layer: growth([layer])])
def test_unless_told_the_image_has_256_pixels_a_side(measured):
    assert measured(conv(254)) in (range(1, 255), [254])
    with pytest.raises(ValueError, match="256 does not"):
        measured(conv(255))


def test_averages_leave_a_constant_image_alone():
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.Conv2d(3, 1, (2, 5)))
    image = torch.full((1, 2, 9, 9), 7.0, dtype=torch.float64)
    torch.testing.assert_close(averaging(net)(image), image[:, :1, :6, :3])


def test_measuring_leaves_the_network_as_it_is():
    net = nn.Sequential(conv(), nn.MaxPool2d(2))
    before = {name: value.clone() for name, value in net.state_dict().items()}
    reads(net)
    assert net.training
    assert all(torch.equal(before[name], net.state_dict()[name]) for name in before)


@pytest.mark.parametrize("size", [5, 9, 10])
def test_an_image_that_is_too_small_is_named(size):
    with pytest.raises(ValueError, match=f"size must exceed .* {size} does not"):
        reads(nn.Sequential(*[conv(padding=1)] * 5), size)
    assert len(reads(nn.Sequential(*[conv(padding=1)] * 5), 16)) == 11


@pytest.mark.parametrize("size", [3, 4])
def test_a_field_that_ends_at_either_border_may_be_cut_off(size):
    with pytest.raises(ValueError, match="size must exceed the receptive field"):
        reads(conv(), size)  # of 4 columns the middle output reads the last three
    assert len(reads(conv(), 6)) == 3


def test_a_bias_that_silences_every_relu_hides_no_pixel():
    layer = conv()
    nn.init.constant_(layer.bias, -1e4)
    assert len(reads(nn.Sequential(layer, nn.ReLU()))) == 3


def test_an_image_smaller_than_a_kernel_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        reads(conv(7), 6)


def test_a_shortcut_adds_no_pixel_but_weight_to_the_middle(says):
    class Shortcut(nn.Module):
        def __init__(self):
            super().__init__()
            self.block = nn.Sequential(conv(padding=1), nn.ReLU(), conv(padding=1))

        def forward(self, image):
            return image + self.block(image)

    net = Shortcut()
    assert reads(net) == reads(net.block)
    image = torch.ones(1, 1, 9, 9, dtype=torch.float64, requires_grad=True)
    shares = []
    for module in (net, net.block):
        (gradient,) = torch.autograd.grad(averaging(module)(image)[0, 0, 4, 4], image)
        shares.append(gradient[0, 0, 4, 4] / gradient.sum())
    assert shares[0] > 2 * shares[1]
    says(
        "pooling",
        "a shortcut adds no pixel to the field, but it adds weight to the middle",
    )


def test_the_next_kernel_adds_twice_as_much_behind_a_pool(says):
    fields = growth([conv(), nn.MaxPool2d(2), conv()])
    plain = growth([conv(), conv()])
    step = reach([nn.MaxPool2d(2)])[1]
    says(
        "pooling",
        f"neighbouring pixels of the feature map stand {step} image pixels apart",
    )
    says(
        "pooling",
        f"The next kernel of {conv().kernel_size[0]} therefore adds {fields[2] - fields[1]} "
        f"image pixels to the field, where without the pool it adds {plain[1] - plain[0]}.",
    )
    says("pooling", f"so after a pool of {step} × {step} neighbouring")
    for pool in (nn.MaxPool2d, nn.AvgPool2d):
        assert [pool(size).stride for size in (1, 2, 3)] == [1, 2, 3]


def test_the_figure_is_vgg16_measured(says):
    ax = figure().axes[0]
    pooled, plain = growth(vgg16()), growth(vgg16(pooled=False), 64)
    curves = [list(line.get_ydata()) for line in ax.lines]
    assert curves == [pooled, pooled, plain, plain]
    marks = [[n + 1 for n in line.get_markevery()] for line in ax.lines]
    shapes = [line.get_marker() for line in ax.lines]
    assert shapes == ["o", "D", "o", "D"]
    diamonds = [3, 6, 10, 14, 18]
    assert marks[1::2] == [diamonds, []]
    assert sorted(marks[0] + diamonds) == [*range(1, 19)]
    assert marks[2] == [*range(1, 14)]
    assert [int(tick) for tick in ax.get_xticks()] == [1, *diamonds]
    assert [text.get_text() for text in ax.texts] == ["with pools", "without pools"]
    steps = [b - a for a, b in zip([1, *pooled], pooled, strict=False)]
    assert steps == [2, 2, 1, 4, 4, 2, 8, 8, 8, 4, 16, 16, 16, 8, 32, 32, 32, 16]
    bends = [at for at in diamonds if at < len(steps) and steps[at] > steps[at - 1]]
    assert bends == diamonds[:4]
    assert diamonds[4:] == [len(pooled)]
    says(
        "pooling",
        "bends upwards at four of the five diamonds and ends at the fifth, at "
        f"{pooled[-1]} pixels after {len(pooled)} layers. Without pools it is a straight "
        f"line that ends at {plain[-1]} pixels after {len(plain)} layers.",
    )
    says(
        "pooling",
        "A pool itself adds little, but behind each pool (diamond) the steps are twice as long.",
    )
    says(
        "pooling",
        f"Without pools the {len(plain)} convolutions see {plain[-1]} pixels.",
    )
    says("pooling", "The receptive field of VGG-16")


def test_outputs_of_vgg16_stand_32_pixels_apart(says):
    net, size = averaging(nn.Sequential(*vgg16())), 320
    ramp = torch.arange(1.0, size + 1, dtype=torch.float64)
    image = (ramp[:, None] + ramp)[None, None].requires_grad_()
    ends = []
    for place in (3, 4):
        (gradient,) = torch.autograd.grad(net(image)[0, 0, place, place], image)
        ends.append(int(gradient[0, 0].sum(0).nonzero().max()))
    assert ends[1] - ends[0] == reach(vgg16())[1]
    says(
        "pooling",
        f"VGG-16,[^simonyan] whose outputs stand {ends[1] - ends[0]} pixels apart",
    )


def test_a_corner_output_of_vgg16_sees_mostly_padding(says):
    net = averaging(nn.Sequential(*vgg16()))
    ramp = torch.arange(1.0, 225, dtype=torch.float64)
    image = (ramp[:, None] + ramp)[None, None].requires_grad_()
    (gradient,) = torch.autograd.grad(net(image)[0, 0, 0, 0], image)
    seen = int(gradient[0, 0].sum(0).nonzero().max()) + 1
    field = len(reads(nn.Sequential(*vgg16())))
    says(
        "pooling",
        f"The {field} pixels of a corner output of VGG-16 hold {seen} × {seen} of the image.",
    )
    says("pooling", f"Which part of its {field} pixels lies")
