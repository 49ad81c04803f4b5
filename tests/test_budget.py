"""Parameters and work of AlexNet and VGG-16, against what PyTorch counts."""

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from snippets.budget import alexnet, budget, figure, shares, vgg16

NETS = {"alexnet": (alexnet, 227), "vgg16": (vgg16, 224)}
GRID = [
    nn.Conv2d(3, 8, 3),
    nn.Conv2d(3, 12, 5, stride=2, padding=1, groups=3),
    nn.Conv2d(3, 4, (1, 3), dilation=2, bias=False),
    nn.Linear(9, 5),
    nn.Linear(9, 5, bias=False),
]


@pytest.fixture(scope="module")
def rows():
    with torch.device("meta"):
        return {name: budget(net(), side) for name, (net, side) in NETS.items()}


@pytest.mark.parametrize("name", NETS)
def test_the_work_is_half_of_what_the_flop_counter_counts(rows, name):
    make, side = NETS[name]
    with torch.device("meta"), FlopCounterMode(display=False) as counter:
        make()(torch.empty(1, 3, side, side))
    assert 2 * sum(row.work for row in rows[name]) == counter.get_total_flops()


@pytest.mark.parametrize("layer", GRID, ids=str)
def test_a_single_layer_counts_as_torch_counts_it(layer):
    net = nn.Sequential(layer)
    (row,) = budget(net, 9)
    with FlopCounterMode(display=False) as counter:
        maps = net(torch.zeros(1, 3, 9, 9))
    assert 2 * row.work == counter.get_total_flops()
    assert row.writes == maps.numel()
    assert row.parameters == sum(p.numel() for p in net.parameters())
    assert row.convolves == isinstance(layer, nn.Conv2d)


@pytest.mark.parametrize("name", NETS)
def test_the_parameters_are_those_of_the_network(rows, name):
    with torch.device("meta"):
        held = sum(p.numel() for p in NETS[name][0]().parameters())
    assert sum(row.parameters for row in rows[name]) == held


def test_alexnet_holds_few_weights_in_convolutions_that_do_most_of_the_work(rows, says):
    alex = rows["alexnet"]
    few, most = shares(alex)[:5].sum(0).tolist()
    says(
        "imagenet",
        f"The convolutions of the first such winner hold {few:.1%} of its weights and do "
        f"{most:.1%} of its work.",
    )
    held, work = shares(alex)[5].tolist()
    says(
        "imagenet",
        f"One layer, fc 6, holds {held:.1%} of the {sum(r.parameters for r in alex):,} "
        f"parameters and does {work:.1%} of the {sum(r.work for r in alex):,} multiplications.",
    )
    assert sum(row.convolves for row in alex) == 5
    assert len(alex) == 8
    assert sum(r.groups == 2 for r in alexnet() if isinstance(r, nn.Conv2d)) == 3


def test_the_alternative_text_quotes_the_bars(rows, says):
    conv, dense = shares(rows["alexnet"])[:5], shares(rows["alexnet"])[5:]
    held, work = ([f"{100 * x:.1f}" for x in column] for column in dense.T)
    says(
        "imagenet",
        f"the convolutions have at most {100 * conv[:, 0].max():.1f} percent each, the fully "
        f"connected layers {held[0]}, {held[1]} and {held[2]} percent. Right, share of the "
        f"multiplications: the convolutions have {100 * conv[:, 1].min():.1f} to "
        f"{100 * conv[:, 1].max():.1f} percent each, the fully connected layers "
        f"{work[0]}, {work[1]} and {work[2]}.",
    )


def test_a_weight_works_once_for_each_place(rows, says):
    alex = rows["alexnet"]
    weights = [p.numel() for p in alexnet_weights()]
    uses = [row.work / count for row, count in zip(alex, weights, strict=True)]
    assert uses[2:5] == [uses[2]] * 3
    assert uses[5:] == [1] * 3
    says(
        "imagenet",
        f"A weight of the first convolution is multiplied at {uses[0]:,.0f} places of the image, "
        f"one of the last three convolutions at {uses[2]:.0f}, and a weight of a fully connected "
        "layer once.",
    )


def alexnet_weights():
    with torch.device("meta"):
        return [p for p in alexnet().parameters() if p.ndim > 1]


def test_the_maps_of_vgg_outweigh_its_kernels_from_a_batch_of_two_on(rows, says):
    conv = [row for row in rows["vgg16"] if row.convolves]
    held, written = sum(r.parameters for r in conv), sum(r.writes for r in conv)
    batch = next(n for n in range(1, 9) if n * written > held)
    says(
        "imagenet",
        f"The {len(conv)} convolutions of VGG-16 hold {held / 1e6:.1f} million weights and write "
        f"{written / 1e6:.1f} million numbers for each image. From a batch of {batch} on, the "
        "maps take more memory than the kernels",
    )


def test_without_fully_connected_layers_few_parameters_remain(rows, says):
    with torch.device("meta"):
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 1000)]
        net = nn.Sequential(*alexnet()[:8], *head)
    left = sum(row.parameters for row in budget(net, 227))
    share = left / sum(row.parameters for row in rows["alexnet"])
    says("imagenet", f"{left:,}, which is {share:.1%} of them.")
    says(
        "imagenet", f"one layer from {net[-1].in_features} numbers to {1000:,} classes"
    )
    says("imagenet", f"an average over each of the {net[-1].in_features} last maps")


def test_a_network_on_the_wrong_size_raises_what_torch_raises():
    with torch.device("meta"), pytest.raises(RuntimeError, match="6400"):
        budget(alexnet(), 224)


def test_counting_changes_no_network():
    net = nn.Sequential(nn.Conv2d(3, 2, 3))
    before = net[0].weight.clone()
    budget(net, 5)
    assert torch.equal(net[0].weight, before)


def test_the_figure_draws_the_shares_and_tells_the_kinds_apart(rows):
    for ax, column in zip(figure().axes, shares(rows["alexnet"]).T, strict=True):
        bars = ax.patches
        assert [bar.get_width() for bar in bars] == pytest.approx(
            (100 * column).tolist()
        )
        assert [t.get_text() for t in ax.texts] == [f"{x:.1%}" for x in column.tolist()]
        assert len({bar.get_facecolor() for bar in bars[:5]}) == 1
        assert bars[0].get_facecolor() != bars[5].get_facecolor()
    names = [label.get_text() for label in figure().axes[0].get_yticklabels()]
    assert names == [f"conv {n}" for n in range(1, 6)] + [f"fc {n}" for n in (6, 7, 8)]
