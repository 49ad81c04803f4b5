"""What ResNet-50 and its tweaks cost."""

import math
from itertools import pairwise

import pytest
import torch
from torch import nn
from torch.nn.functional import avg_pool2d, conv2d

from snippets.resnet_tweaks import Block, cost, resnet50, stem


def products(net, side=224):
    """Multiply-adds by the textbook: outputs times the kernel that makes each of them."""
    counted = []

    def count(layer, _, out):
        counted.append(out.numel() * layer.weight[0].numel())

    for layer in net.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(count)
    net(torch.empty(1, 3, side, side, device="meta"))
    return sum(counted)


@pytest.mark.parametrize("tweaks", ["", "B", "C", "D", "BC", "BD", "BCD"])
def test_torch_counts_what_the_textbook_counts(tweaks):
    assert cost(resnet50(tweaks)) == products(resnet50(tweaks))
    assert isinstance(cost(resnet50(tweaks)), int)


def unit(maps, weight, stride=1):
    """A convolution and a BatchNorm that has seen nothing yet."""
    padding = weight.shape[-1] // 2
    return conv2d(maps, weight, None, stride, padding) / math.sqrt(1 + 1e-5)


def kernels(net):
    return [layer.weight for layer in net.modules() if isinstance(layer, nn.Conv2d)]


@pytest.mark.parametrize(("tweaks", "early", "late"), [("", 2, 1), ("B", 1, 2)])
@pytest.mark.parametrize("inside", [4, 16])
def test_a_block_adds_a_strided_shortcut_to_three_convolutions(
    tweaks, early, late, inside
):
    torch.manual_seed(0)
    maps = torch.randn(2, inside, 8, 8, dtype=torch.float64)
    for more in ("", "D"):
        block = Block(inside, 6, 2, tweaks + more).double().eval()
        one, two, three, beside = kernels(block)
        made = unit(unit(unit(maps, one, early).relu(), two, late).relu(), three)
        short = unit(avg_pool2d(maps, 2), beside) if more else unit(maps, beside, 2)
        torch.testing.assert_close(block(maps), (made + short).relu())


@pytest.mark.parametrize("tweaks", ["", "B", "D"])
def test_a_block_without_a_stride_adds_what_comes_in(tweaks):
    torch.manual_seed(0)
    block = Block(16, 4, 1, tweaks).double().eval()
    maps = torch.randn(2, 16, 7, 8, dtype=torch.float64)
    one, two, three = kernels(block)
    made = unit(unit(unit(maps, one).relu(), two).relu(), three)
    torch.testing.assert_close(block(maps), (maps + made).relu())


@pytest.mark.parametrize(("tweaks", "sides"), [("", [7]), ("C", [3, 3, 3])])
def test_the_stem_rectifies_after_each_convolution(tweaks, sides):
    torch.manual_seed(0)
    net = stem(tweaks).double().eval()
    maps = image = torch.randn(1, 3, 16, 18, dtype=torch.float64)
    for weight, stride in zip(kernels(net), (2, 1, 1), strict=False):
        maps = unit(maps, weight, stride).relu()
    assert [weight.shape[-1] for weight in kernels(net)] == sides
    torch.testing.assert_close(net(image), maps)


def test_the_plain_network_has_the_parameters_of_resnet_50():
    assert sum(p.numel() for p in resnet50().parameters()) == 25_557_032


def test_the_pool_after_the_stem_is_that_of_resnet_50():
    pool = resnet50()[1]
    assert (pool.kernel_size, pool.stride, pool.padding) == (3, 2, 1)


def test_every_tweak_keeps_the_shapes():
    image = torch.empty(1, 3, 224, 224, device="meta")
    for tweaks in ("", "B", "C", "D", "BCD"):
        net = resnet50(tweaks)
        assert net(image).shape == (1, 1000)
        assert net[:3](image).shape == (1, 256, 56, 56)


def test_the_table_of_the_paper_comes_out(says):
    plain, tweaked = cost(resnet50()) / 1e9, cost(resnet50("BCD")) / 1e9
    says("tricks", f"The paper's {plain:.1f} G and {tweaked:.1f} G are these.")
    says("tricks", f"| ResNet-50 | {plain:.1f} G | 75.3 | 92.2 |")
    says("tricks", f"| ResNet-50 with the tricks | {tweaked:.1f} G | 79.29 | 94.63 |")
    says("tricks", f"the {79.29 - 75.3:.2f} points between them")


def test_each_tweak_costs_what_the_page_says(says):
    costs = [cost(resnet50(tweaks)) for tweaks in ("", "B", "BC", "BCD")]
    b, c, d = (after - before for before, after in pairwise(costs))
    assert d == 0
    says(
        "tricks",
        f"B costs {b / 1e6:.0f} million, C {c / 1e6:.0f} million, and D nothing",
    )


def test_c_pays_three_times_as_much_for_its_first_layers(says):
    with torch.device("meta"):
        large, small = cost(stem("")), cost(stem("C"))
    says("tricks", f"together they cost {small / large:.1f} times what they replace")
    says(
        "tricks",
        "replaces the 7 × 7 kernel at the entrance by three 3 × 3 kernels. The reason given is "
        f"that a 7 × 7 kernel costs {7**2 / 3**2:.1f} times a 3 × 3 one.",
    )
    widths = [
        layer.in_channels
        for layer in stem("C").modules()
        if hasattr(layer, "in_channels")
    ]
    assert widths == [3, 32, 32]
    says(
        "tricks",
        f"But the 7 × 7 kernel reads {widths[0]} channels, and two of the three small ones "
        f"read {widths[1]}",
    )


@pytest.mark.parametrize("tweak", ["E", "X", "b"])
def test_an_unknown_tweak_is_named(tweak):
    with pytest.raises(ValueError, match=f"letters of 'BCD', not '{tweak}'"):
        resnet50(tweak)


def test_three_quarters_of_the_last_maps_of_a_stage_are_for_nobody(says):
    """Skip them and the next block returns the same, at the cost that the page names."""
    torch.manual_seed(0)
    last, following = Block(16, 4, 1, "").eval(), Block(16, 8, 2, "").eval()
    maps = torch.rand(1, 16, 8, 8)
    wanted = following(last(maps))
    last.path[2][0].stride = (2, 2)
    last.shortcut = nn.MaxPool2d(1, 2)
    for layers in (following.path, following.shortcut):
        layers[0][0].stride = (1, 1)
    torch.testing.assert_close(following(last(maps)), wanted)
    wasted = 3 * 3 / 4 * 56**2 * (9 * 64 * 64 + 64 * 256)
    says(
        "tricks", f"{wasted / cost(resnet50()):.1%}. Each stage has twice the channels"
    )
    says("tricks", "Three times, ResNet-50 as published halves the size")
    says(
        "tricks", "with its 3 × 3 and its 1 × 1 kernels, three quarters are never read"
    )


def test_every_stage_wastes_the_same():
    made = {(64 * 2**s, 56 // 2**s) for s in range(3)}
    assert len({side**2 * (9 * w * w + w * 4 * w) for w, side in made}) == 1
