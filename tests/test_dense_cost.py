"""Fully connected, locally connected, convolutional: the same maps, ever fewer weights."""

import pytest
import torch
from torch import nn
from torch.nn.functional import conv2d, unfold

from snippets.budget import vgg16
from snippets.dense_cost import LocallyConnected, figure, layers, parameters, told
from snippets.equivariance import cat


def rand(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(shape, generator=generator, dtype=torch.float64) - 0.5


@pytest.mark.parametrize(
    ("channels", "maps", "side"), [(1, 1, 3), (2, 3, 4), (3, 2, 7)]
)
def test_with_one_kernel_at_all_places_it_is_a_convolution(channels, maps, side):
    local = LocallyConnected(channels, maps, side).double()
    kernel, bias, image = (
        rand(maps, channels, 3, 3),
        rand(maps),
        rand(2, channels, side, side),
    )
    with torch.no_grad():
        local.weight.copy_(kernel.flatten(1).expand_as(local.weight))
        local.bias.copy_(bias[:, None].expand_as(local.bias))
    torch.testing.assert_close(local(image), conv2d(image, kernel, bias, padding=1))


@pytest.mark.parametrize(
    ("channels", "maps", "side"), [(1, 1, 3), (2, 3, 4), (3, 2, 6)]
)
def test_a_locally_connected_layer_is_a_fully_connected_one_with_zeros(
    channels, maps, side
):
    local = LocallyConnected(channels, maps, side).double()
    with torch.no_grad():
        local.weight.copy_(rand(*local.weight.shape) + 1)
    basis = torch.eye(channels * side**2, dtype=torch.float64)
    matrix = local(basis.view(-1, channels, side, side)).flatten(1).T
    image = rand(3, channels, side, side)
    torch.testing.assert_close(local(image).flatten(1), image.flatten(1) @ matrix.T)
    read = unfold(torch.ones(1, 1, side, side), 3, padding=1).sum().int()
    assert matrix.count_nonzero() == read * channels * maps


def test_each_place_has_a_kernel_of_its_own():
    local, image = LocallyConnected(1, 1, 4).double(), rand(1, 1, 4, 4)
    with torch.no_grad():
        local.weight[5] = 1
    changed = local(image)[0, 0].nonzero().tolist()
    assert changed == [[1, 1]]
    torch.testing.assert_close(local(image)[0, 0, 1, 1], image[0, 0, :3, :3].sum())


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "4 B"), (250, "1 kB"), (25e4, "1 MB"), (25e7, "1 GB"), (25e13, "1e+03 TB")],
)
def test_bytes_are_told_in_thousands(count, text):
    assert told(count) == text


@pytest.mark.parametrize("side", [1, 3, 8, 224])
@pytest.mark.parametrize("maps", [1, 5])
def test_the_parameters_are_what_arithmetic_says(side, maps):
    found = {name: parameters(layer) for name, layer in layers(side, 3, maps).items()}
    assert found == {
        "connected": maps * side**2 * (3 * side**2 + 1),
        "local": maps * side**2 * 28,
        "convolution": maps * 28,
    }


def test_nothing_is_allocated():
    for layer in layers(224).values():
        assert all(p.is_meta for p in layer.parameters())


def test_three_layers_write_the_same_maps():
    flat, image = (
        torch.empty(1, 3 * 8**2, device="meta"),
        torch.empty(1, 3, 8, 8, device="meta"),
    )
    made = layers(8)
    assert made["connected"](flat).numel() == made["local"](image).numel()
    assert made["local"](image).shape == made["convolution"](image).shape


def test_locality_and_sharing_save_what_the_page_says(says):
    full, local, conv = (parameters(layer) for layer in layers(224).values())
    pixels = 3 * 224**2
    says(
        "imagenet",
        f"From an image of {224} × {224} pixels and 3 channels to 64 maps of the same size, a "
        f"fully connected layer has {full:,} parameters: {told(full)}.",
    )
    says(
        "imagenet",
        f"an output reads 3 × 3 pixels, {3 * 9} of the {pixels:,} numbers. That is a locally "
        f"connected layer, with {full / local:,.0f} times fewer parameters.",
    )
    assert local == conv * 224**2
    says(
        "imagenet",
        f"That saves another factor of {local // conv:,}, the number of places. {conv:,} "
        "parameters remain.",
    )


def test_the_maps_are_as_many_times_the_weights_as_there_are_weights(says):
    conv = parameters(layers(224)["convolution"])
    maps = 64 * 224**2
    says(
        "imagenet",
        f"The convolution above holds {4 * conv:,} bytes of weights and writes {told(maps)} of "
        f"maps: {maps // conv:,} times as much.",
    )
    assert maps % conv == 0
    full, local, _ = (parameters(layer) for layer in layers(224).values())
    assert conv < maps < local < full
    says(
        "imagenet",
        f"Bars on a logarithmic axis of bytes: fully connected {told(full)}, locally connected "
        f"{told(local)}, convolution {told(conv)}. A dashed line marks the maps that each of them "
        f"writes, {told(maps)}.",
    )


def test_a_thousand_outputs_still_cost_more_than_vgg_16(says):
    with torch.device("meta"):
        small = parameters(nn.Linear(3 * 224**2, 1000))
        vgg = parameters(vgg16())
    assert small > vgg
    says(
        "imagenet",
        f"with {1000:,} of them the layer takes {told(small)}, more than all of VGG-16 with "
        f"{told(vgg)}.",
    )


def unexplained(image, pixels, kernel):
    """What the best kernel on other pixels leaves of the response to an image."""
    wanted = conv2d(image, kernel, padding=1).view(-1, 1)
    windows = unfold(pixels, 3, padding=1)[0].T
    best = windows @ torch.linalg.lstsq(windows, wanted).solution
    return ((best - wanted).norm() / wanted.norm()).item()


def test_a_fully_connected_layer_does_not_mind_shuffled_pixels_and_a_convolution_does(
    says,
):
    image = cat() - cat().mean()
    order = torch.randperm(100**2, generator=torch.Generator().manual_seed(1))
    shuffled = image.flatten()[order]
    weight = rand(10, 100**2)
    torch.testing.assert_close(weight[:, order] @ shuffled, weight @ image.flatten())
    for seed in range(5):
        kernel = rand(1, 1, 3, 3, seed=seed)
        assert unexplained(image, image, kernel) < 1e-10
        error = unexplained(image, shuffled.view_as(image), kernel)
        says(
            "imagenet",
            f"even the best kernel of nine weights leaves an error of {error:.0%}.",
        )


def test_a_shuffled_photograph_keeps_its_mean_and_a_kernel_can_use_it(says):
    order = torch.randperm(100**2, generator=torch.Generator().manual_seed(1))
    shuffled = cat().flatten()[order].view_as(cat())
    assert abs(shuffled.mean() - cat().mean()) < 1e-10
    assert unexplained(cat(), shuffled, torch.ones(1, 1, 3, 3).double()) < 0.5
    says(
        "imagenet",
        "a photograph keeps its mean when it is shuffled, and a kernel can use it.",
    )


@pytest.mark.parametrize(
    ("count", "size"), [(1, "4 B"), (250, "1 kB"), (10**15, "4e+03 TB")]
)
def test_sizes_are_told_in_decimal_units(count, size):
    assert told(count) == size


@pytest.mark.parametrize("arguments", [(-1, 1, 4), (1, -2, 4)])
def test_a_negative_size_raises_what_torch_raises(arguments):
    with pytest.raises(RuntimeError, match="negative"):
        LocallyConnected(*arguments)


def test_an_image_of_another_size_raises():
    with pytest.raises(RuntimeError):
        LocallyConnected(1, 1, 4)(torch.zeros(1, 1, 5, 5))


def test_the_figure_labels_its_bars_and_the_line_between_them():
    ax = figure().axes[0]
    ends = [bar.get_x() + bar.get_width() for bar in ax.patches]
    counts = [parameters(layer) for layer in layers(224).values()]
    assert ends == pytest.approx([4 * n + 1 for n in counts])
    assert [t.get_text() for t in ax.texts[:3]] == [told(n) for n in counts]
    line = ax.lines[0].get_xdata()[0]
    assert ends[2] < line < ends[1]
