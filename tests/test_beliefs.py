"""When each common belief does hold, as the page says below its counter-example."""

import pytest
import torch
from torch import nn
from torch.nn.functional import (
    avg_pool2d,
    conv2d,
    conv_transpose2d,
    gelu,
    leaky_relu,
    max_pool2d,
)


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


@pytest.mark.parametrize("shift", [(0, 1), (3, 0), (5, 7)])
def test_without_strides_and_borders_a_mean_makes_a_network_invariant(shift):
    wrap = {"padding": 1, "padding_mode": "circular"}
    layers = [
        nn.Conv2d(1, 4, 3, **wrap),
        nn.ReLU(),
        nn.Conv2d(4, 4, 3, **wrap),
        nn.ReLU(),
    ]
    head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)]
    net, image = (
        nn.Sequential(*layers, *head).double(),
        torch.rand(1, 1, 12, 12).double(),
    )
    assert torch.allclose(net(image.roll(shift, (2, 3))), net(image))
    strided = nn.Sequential(nn.Conv2d(1, 4, 3, 2, **wrap), *layers[1:], *head).double()
    assert not torch.allclose(strided(image.roll(1, 3)), strided(image))


def test_a_global_maximum_does_not_see_a_shift_that_loses_no_pixel():
    image = torch.rand(1, 1, 8, 8)
    for shift in range(8):
        assert torch.equal(max_pool2d(image.roll(shift, 3), 8), max_pool2d(image, 8))


def test_a_kernel_without_depth_needs_a_grey_image_and_a_tuple():
    assert nn.Conv2d(1, 10, (2, 2)).weight.shape == (10, 1, 2, 2)
    assert nn.Conv2d(1, 10, (2, 2)).stride == (1, 1)
    for channels in (1, 4, 6):
        depthwise = nn.Conv2d(channels, channels, 3, groups=channels).weight
        assert len(depthwise.flatten(0, 1)) == len(depthwise)


def test_a_later_layer_mixes_the_channels_of_groups_again():
    net = nn.Sequential(nn.Conv2d(4, 4, 3, groups=2), nn.Conv2d(4, 4, 1))
    image = torch.zeros(1, 4, 8, 8)
    changed = image.clone()
    changed[:, 3] = 1
    assert (net(changed) != net(image)).any(dim=(0, 2, 3)).all()


def test_a_depthwise_layer_of_one_pixel_scales_each_channel():
    conv = nn.Conv2d(3, 3, 1, groups=3)
    image = torch.rand(1, 3, 8, 8)
    scaled = image * conv.weight.view(3, 1, 1) + conv.bias.view(3, 1, 1)
    assert torch.allclose(conv(image), scaled)


def test_a_kernel_that_half_a_turn_leaves_alone_prints_itself():
    pixel = torch.zeros(1, 1, 3, 3)
    pixel[..., 1, 1] = 1
    kernel = torch.rand(1, 1, 3, 3)
    even = kernel + kernel.flip(2, 3)
    assert torch.equal(conv2d(pixel, even, padding=1), even)
    assert not torch.equal(conv2d(pixel, kernel, padding=1), kernel)


@pytest.mark.parametrize("side", [1, 2, 3])
def test_orthonormal_kernels_on_windows_that_tile_the_image_are_inverted(side):
    rows = torch.linalg.qr(torch.randn(side**2, side**2).double()).Q
    weight, image = rows.view(-1, 1, side, side), torch.rand(1, 1, 6, 6).double()
    maps = conv2d(image, weight, stride=side)
    assert torch.allclose(conv_transpose2d(maps, weight, stride=side), image)
    if side > 1:  # as many kernels as pixels are needed, and windows side by side
        fewer = conv_transpose2d(maps[:, 1:], weight[1:], stride=side)
        assert not torch.allclose(fewer, image)
        overlapping = conv_transpose2d(conv2d(image, weight), weight)
        assert not torch.allclose(overlapping, image)


def test_circular_padding_reads_all_pixels_alike():
    def read(mode, padding=1):
        image = torch.ones(1, 1, 5, 5, requires_grad=True)
        layer = nn.Conv2d(1, 1, 3, padding=padding, padding_mode=mode, bias=False)
        nn.init.ones_(layer.weight)
        layer(image).sum().backward()
        return image.grad[0, 0].int()

    assert read("circular").unique().tolist() == [9]
    assert read("zeros").unique().tolist() == [4, 6, 9]
    assert read("zeros", padding=0)[0, 0] == 1


@pytest.mark.parametrize("kernel", [1, 3, 5, 7])
def test_an_odd_kernel_padded_by_half_halves_the_size_rounded_up(kernel):
    for side in (7, 8, 9, 32):
        row = nn.Conv1d(1, 1, kernel, stride=2, padding=kernel // 2)(
            torch.zeros(1, 1, side)
        )
        assert row.shape[-1] == -(-side // 2)


def test_half_a_kernel_of_padding_keeps_the_size_exactly_for_odd_kernels():
    row = torch.zeros(1, 1, 20)
    for kernel in range(1, 8):
        kept = nn.Conv1d(1, 1, kernel, padding=kernel // 2)(row)
        assert kept.shape[-1] == 20 + (kernel % 2 == 0)


@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_with_dilation_an_odd_kernel_takes_as_many_times_the_padding(dilation):
    row = torch.zeros(1, 1, 20)
    for kernel in (1, 3, 5, 7):
        padding = dilation * (kernel - 1) // 2
        kept = nn.Conv1d(1, 1, kernel, padding=padding, dilation=dilation)(row)
        assert kept.shape[-1] == 20


def test_behind_a_relu_a_maximum_does_not_mind_zeros():
    maps = torch.randn(1, 3, 7, 7).relu()
    zeros = nn.functional.pad(maps, (1, 1, 1, 1))
    assert torch.equal(max_pool2d(zeros, 3), max_pool2d(maps, 3, padding=1))


def test_leaky_relu_trades_places_with_max_pooling_and_gelu_does_not():
    maps = torch.randn(1, 4, 8, 8)
    assert torch.equal(max_pool2d(leaky_relu(maps), 2), leaky_relu(max_pool2d(maps, 2)))
    assert not torch.allclose(max_pool2d(gelu(maps), 2), gelu(max_pool2d(maps, 2)))
    falling = gelu(torch.linspace(-6, -0.8, 50).double())
    assert (falling.diff() < 0).all()
    assert maps.numel() == 4 * max_pool2d(maps, 2).numel()
    assert not torch.allclose(
        avg_pool2d(leaky_relu(maps), 2), leaky_relu(avg_pool2d(maps, 2))
    )


def test_layers_without_running_statistics_are_the_same_in_both_modes():
    maps = torch.rand(4, 6, 8, 8)
    for layer in (nn.GroupNorm(2, 6), nn.LayerNorm(8), nn.InstanceNorm2d(6)):
        assert torch.equal(layer.train()(maps), layer.eval()(maps))
    frozen = nn.BatchNorm2d(6).eval()
    frozen(maps).sum().backward()
    assert (frozen.bias.grad == maps[:, 0].numel()).all()


def test_convolutions_take_any_size_from_the_kernels_on():
    net = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1))
    for side in (3, 4, 50):
        assert net(torch.zeros(1, 3, side, side)).shape == (1, 8, 1, 1)
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        net(torch.zeros(1, 3, 2, 2))
