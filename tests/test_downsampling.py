"""Which pixels a block reads where it halves the size."""

import pytest
import torch
from torch import nn

from snippets.downsampling import figure, halvings, read
from snippets.resnet_tweaks import path, shortcut

SHARES = {"ResNet": (0.25, 0.25), "B": (1.0, 0.25), "D": (1.0, 1.0)}


@pytest.mark.parametrize("side", [4, 8, 14])
@pytest.mark.parametrize("name", SHARES)
def test_a_stride_of_one_pixel_kernels_skips_three_quarters(name, side):
    torch.manual_seed(0)
    found = [read(layers, side=side).float().mean() for layers in halvings()[name]]
    assert tuple(found) == SHARES[name]


@pytest.mark.parametrize("tweaks", ["", "B", "BD"])
def test_the_blocks_of_the_whole_network_read_the_same(tweaks):
    torch.manual_seed(0)
    names = {"": "ResNet", "B": "B", "BD": "D"}
    made = (path(8, 4, 2, tweaks), shortcut(8, 4, 2, tweaks))
    for layers, other in zip(made, halvings()[names[tweaks]], strict=True):
        linear = nn.Sequential(*(x for x in layers if not isinstance(x, nn.ReLU)))
        assert torch.equal(read(linear.eval(), channels=8), read(other))


def shape(layer):
    """Kernel, stride and padding of a convolution; kernel, stride, `average` of a pool."""
    if isinstance(layer, nn.AvgPool2d):
        return layer.kernel_size, layer.stride, "average"
    return layer.kernel_size[0], layer.stride[0], layer.padding[0]


@pytest.mark.parametrize(
    ("name", "path", "shortcut"),
    [
        ("ResNet", [(1, 2, 0), (3, 1, 1), (1, 1, 0)], [(1, 2, 0)]),
        ("B", [(1, 1, 0), (3, 2, 1), (1, 1, 0)], [(1, 2, 0)]),
        ("D", [(1, 1, 0), (3, 2, 1), (1, 1, 0)], [(2, 2, "average"), (1, 1, 0)]),
    ],
)
def test_the_blocks_are_those_of_the_paper(name, path, shortcut):
    found = [[shape(layer) for layer in layers] for layers in halvings()[name]]
    assert found == [path, shortcut]


@pytest.mark.parametrize("name", SHARES)
def test_path_and_shortcut_can_be_added(name):
    path, shortcut = (layers(torch.rand(1, 1, 8, 8)) for layers in halvings()[name])
    assert path.shape == shortcut.shape == (1, 1, 4, 4)


@pytest.mark.parametrize("name", SHARES)
def test_a_pixel_that_is_not_read_can_change_without_effect(name):
    torch.manual_seed(0)
    for layers in halvings()[name]:
        image, missed = torch.rand(1, 1, 8, 8), ~read(layers)
        changed = torch.where(missed, torch.rand(8, 8), image)
        assert torch.equal(layers(image), layers(changed))


def test_both_ways_of_the_block_read_the_same_quarter(says):
    torch.manual_seed(0)
    along, beside = (read(layers) for layers in halvings()["ResNet"])
    assert torch.equal(along, beside)
    says(
        "tricks",
        f"Of {along.numel()} pixels, the block of ResNet reads {along.sum()}, and by two ways "
        f"the same {beside.sum()}. The other {(~along).sum()} were computed",
    )
    says("tricks", f"Six squares of {len(along)} by {len(along)} pixels in two rows.")
    says(
        "tricks",
        f"begins with a {1} × {1} kernel of stride {2}, and so does the shortcut",
    )
    says("tricks", "A 1 × 1 kernel reads no neighbours: both read the same quarter")
    says(
        "tricks",
        "ResNet-B moves the stride to the 3 × 3 kernel; ResNet-D averages before the 1 × 1 "
        "kernel of the shortcut.",
    )


def test_an_image_of_other_channels_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="expected input"):
        read(nn.Conv2d(1, 1, 1), channels=3)


def test_the_figure_fills_the_pixels_it_counts():
    drawn = [[len(d.get_offsets()) for d in ax.collections] for ax in figure().axes]
    assert drawn == [[16, 48], [64, 0], [64, 0], [16, 48], [16, 48], [64, 0]]
    corner = figure().axes[0].collections[0].get_offsets().tolist()
    assert sorted(corner) == [[x, y] for x in (0, 2, 4, 6) for y in (0, 2, 4, 6)]
