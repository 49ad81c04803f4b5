"""Receptive fields of the winners: the formula against gradients, with all branches."""

import pytest
import torch
from torch import nn

from snippets.winners import field, figure, networks, resnet

DEPTHS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def conv(kernel, stride=1):
    layer = nn.Conv1d(1, 1, kernel, stride, padding=kernel // 2, bias=False)
    nn.init.ones_(layer.weight)
    return layer


def chain(layers):
    return nn.Sequential(*(conv(kernel, stride) for kernel, stride in layers))


class Branches(nn.Module):
    """The sum of several paths through the same block."""

    def __init__(self, *paths):
        super().__init__()
        self.paths = nn.ModuleList(chain(path) for path in paths)

    def forward(self, row):
        return sum(path(row) for path in self.paths) / len(self.paths)


def measured(net, size=4001):
    """Extent of the gradient of the middle output, on a row of pixels."""
    row = torch.zeros(1, 1, size, dtype=torch.float64, requires_grad=True)
    maps = net.double()(row)
    maps[..., maps.shape[-1] // 2].sum().backward()
    reached = row.grad[0, 0].nonzero()
    assert reached.min() > 0  # the border of the row cuts nothing off
    assert reached.max() < size - 1
    return int(reached.max() - reached.min()) + 1


@pytest.mark.parametrize("name", networks())
def test_the_field_of_a_chain_is_what_the_gradient_says(name):
    assert field(networks()[name]) == measured(chain(networks()[name]))


@pytest.mark.parametrize("kernel", [1, 2, 3, 5])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_the_formula_holds_over_a_grid(kernel, stride):
    for depth in (1, 2, 3):
        layers = [(kernel, stride)] * depth
        assert field(layers) == measured(chain(layers), 801)


def blocks(depths, stride_on):
    """A ResNet of the given depth, with its shortcuts."""
    body = resnet(depths, stride_on)[2:]
    triples = [body[i : i + 3] for i in range(0, len(body), 3)]
    shortcuts = [[(1, a * b * c)] for (_, a), (_, b), (_, c) in triples]
    pairs = zip(triples, shortcuts, strict=True)
    return nn.Sequential(chain([(7, 2), (3, 2)]), *(Branches(*pair) for pair in pairs))


@pytest.mark.parametrize("stride_on", ["1x1", "3x3", "last"])
@pytest.mark.parametrize("depths", [(1, 1), (2, 2, 2), (3, 4, 6, 3)])
def test_shortcuts_change_no_field(depths, stride_on):
    assert measured(blocks(depths, stride_on)) == field(resnet(depths, stride_on))


def test_in_googlenet_the_5_by_5_branch_reaches_furthest():
    inception = [[(1, 1)], [(1, 1), (3, 1)], [(1, 1), (5, 1)], [(3, 1), (1, 1)]]
    net = nn.Sequential(
        *(chain([(7, 2), (3, 2), (1, 1), (3, 1), (3, 2)])),
        *(Branches(*inception) for _ in range(2)),
        conv(3, 2),
        *(Branches(*inception) for _ in range(5)),
        conv(3, 2),
        *(Branches(*inception) for _ in range(2)),
    )
    assert measured(net) == field(networks()["GoogLeNet"])


@pytest.mark.parametrize(("depth", "published"), [(50, 483), (101, 1027), (152, 1507)])
def test_other_resnets_have_the_fields_that_araujo_and_others_list(depth, published):
    assert field(resnet(DEPTHS[depth], "last")) == published
    assert field(resnet(DEPTHS[depth], "1x1")) == published
    assert field(resnet(DEPTHS[depth], "3x3")) == published - 56


@pytest.mark.parametrize("stride_on", ["1x1", "3x3", "last"])
@pytest.mark.parametrize("depth", DEPTHS)
def test_a_resnet_has_its_layers_and_halves_five_times(depth, stride_on):
    layers = resnet(DEPTHS[depth], stride_on)
    weighted = len(layers) - 1 + 1  # less the pooling, plus the classifier
    assert weighted == depth
    assert torch.tensor([stride for _, stride in layers]).prod() == 32


def test_the_page_gives_the_fields_right(says):
    fields = {name: field(layers) for name, layers in networks().items()}
    alex, vgg, google, middle, first, deep = fields.values()
    assert max(alex, vgg) < 224 < min(google, middle, first, deep)
    says(
        "imagenet",
        f"An output of AlexNet's last map reads {alex} pixels a side, one of VGG-16's {vgg}: less "
        "than the image",
    )
    says(
        "imagenet",
        f"AlexNet {alex}, VGG-16 {vgg}, GoogLeNet {google}, ResNet-50 with the stride on its 3 by "
        f"3 convolutions {middle} and on its 1 by 1 convolutions {first}, ResNet-152 {deep}. A "
        "dashed line marks the image, 224 pixels.",
    )
    says("imagenet", f"The {first} in Araujo and others is of a third kind:")


def test_a_coarser_grid_reaches_further_stage_by_stage(says):
    gains = []
    for stages in (2, 3, 4):
        depths = DEPTHS[50][:stages]
        gains.append(field(resnet(depths, "1x1")) - field(resnet(depths, "3x3")))
    steps = [b - a for a, b in zip([0, *gains], gains, strict=False)]
    says(
        "imagenet",
        f"by {steps[0]}, {steps[1]} and {steps[2]} pixels in three stages, together {gains[-1]}.",
    )
    says(
        "imagenet",
        f"the stride on the {1} × {1} convolution there, torchvision on the {3} × {3}",
    )
    says(
        "imagenet",
        f"In the first case, the {3} × {3} works on the coarser grid already",
    )


@pytest.mark.parametrize("layers", [[(0, 1)], [(3, 0)], [(3, 1), (-1, 1)]])
def test_a_wrong_layer_is_named(layers):
    with pytest.raises(ValueError, match="kernel and stride must be from 1"):
        field(layers)


def test_a_wrong_place_of_the_stride_is_named():
    with pytest.raises(
        ValueError, match="stride_on must be 1x1, 3x3 or last, not '2x2'"
    ):
        resnet((1, 1), "2x2")


def test_the_figure_draws_each_field_beside_its_name():
    ax = figure().axes[0]
    fields = [field(layers) for layers in networks().values()]
    assert [bar.get_width() for bar in ax.patches] == fields
    assert [t.get_text() for t in ax.texts] == [*map(str, fields), "image: 224"]
    for text, side in zip(ax.texts, fields, strict=False):
        assert text.get_position()[0] > max(
            side, 224
        )  # clear of the bar and of the line
    assert ax.lines[0].get_xdata()[0] == 224
