"""The two networks: layer by layer what they are said to be, by torch's own layers."""

import pytest
import torch
from torch import nn
from torch.nn.functional import interpolate

from snippets.bag.network import Dense, Network, stem, zero_gamma
from snippets.resnet_tweaks import Block


def test_a_plain_stem_is_one_large_kernel_and_c_takes_three_small_ones():
    for tweaks, wanted in [
        ("", [(3, 8, 7, 2)]),
        ("B", [(3, 8, 7, 2)]),
        ("BC", [(3, 4, 3, 2), (4, 4, 3, 1), (4, 8, 3, 1)]),
    ]:
        layers = stem(3, 8, tweaks)
        own = [
            (c.in_channels, c.out_channels, c.kernel_size[0], c.stride[0])
            for c in layers.modules()
            if isinstance(c, nn.Conv2d)
        ]
        assert own == wanted
        assert [type(layer) for layer in layers[1::2]] == [nn.ReLU] * len(wanted)
        assert len(layers) == 2 * len(wanted)


def test_the_blocks_widen_by_two_and_all_are_tweaked_alike():
    network = Network(4, "BCD", 3, 7)
    again = [Block(4, 4, 1, "BCD"), Block(16, 8, 2, "BCD"), Block(32, 16, 2, "BCD")]
    assert str(network.blocks) == str(nn.ModuleList(again))
    assert str(network.stem) == str(stem(3, 4, "BCD"))
    assert (network.head.in_features, network.head.out_features) == (64, 7)


def test_a_network_is_told_its_width_alone_unless_its_images_differ():
    network = Network(4)
    assert network(torch.rand(2, 1, 24, 24)).shape == (2, 10)
    assert str(network.blocks) == str(Network(4, "").blocks)
    assert Dense(network, 4)(torch.rand(2, 1, 24, 24)).shape == (2, 11, 24, 24)


def test_scores_are_those_of_the_mean_of_the_last_maps():
    torch.manual_seed(0)
    network, images = Network(4).eval(), torch.rand(2, 1, 32, 24)
    first, second, third = network.blocks
    maps = [network.stem(images)]
    for block in (first, second, third):
        maps.append(block(maps[-1]))
    for found, wanted in zip(network.maps(images), maps[1:], strict=True):
        assert torch.equal(found, wanted)
    assert torch.allclose(network(images), network.head(maps[3].mean(3).mean(2)))


@pytest.mark.parametrize("size", [(24, 24), (32, 24)])
def test_scores_for_pixels_are_the_sum_over_blocks_read_between_their_pixels(size):
    torch.manual_seed(0)
    network = Network(4, "BCD").eval()
    dense, images = Dense(network, 4, 5).eval(), torch.rand(2, 1, *size)
    wanted = torch.zeros(2, 5, *size)
    for head, maps in zip(dense.heads, network.maps(images), strict=True):
        assert head.kernel_size == (1, 1)
        own = torch.einsum("kc,nchw->nkhw", head.weight[:, :, 0, 0], maps)
        own += head.bias[:, None, None]
        wanted += interpolate(own, size, mode="bilinear", align_corners=False)
    assert torch.allclose(dense(images), wanted, atol=1e-5)


def test_a_dense_network_leaves_the_linear_layer_behind():
    network = Network(4)
    dense = Dense(network, 4)
    assert isinstance(network.head, nn.Identity)
    assert not [m for m in dense.modules() if isinstance(m, nn.Linear)]
    assert [head.in_channels for head in dense.heads] == [16, 32, 64]


def test_zero_gamma_makes_the_third_norm_of_each_path_zero_and_leaves_the_others():
    network = Network(4)
    zero_gamma(network)
    for block in network.blocks:
        norms = [m for m in block.path.modules() if isinstance(m, nn.BatchNorm2d)]
        for norm, gamma in zip(norms, [1, 1, 0], strict=True):
            assert (norm.weight == gamma).all()
