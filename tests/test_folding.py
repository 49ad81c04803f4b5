"""Folding BatchNorm into the convolution before it, against torch."""

import pytest
import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from snippets.folding import folded, trained


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize(
    "settings",
    [{}, {"padding": 1}, {"stride": 2, "groups": 2}, {"dilation": 2, "padding": 2}],
)
def test_one_convolution_does_what_both_do(settings, affine, bias):
    torch.manual_seed(0)
    conv = nn.Conv2d(4, 6, 3, bias=bias, **settings).double()
    norm = nn.BatchNorm2d(6, affine=affine).double()
    if affine:
        nn.init.normal_(norm.weight)
        nn.init.normal_(norm.bias)
    images = torch.randn(8, 4, 11, 12, dtype=torch.float64)
    for _ in range(3):
        norm(conv(images + torch.randn(1).double()))
    both, torchs = folded(conv, norm), fuse_conv_bn_eval(conv.eval(), norm.eval())
    torch.testing.assert_close(both(images), norm(conv(images)), atol=1e-10, rtol=0)
    torch.testing.assert_close(both.weight, torchs.weight, atol=1e-10, rtol=0)
    torch.testing.assert_close(both.bias, torchs.bias, atol=1e-10, rtol=0)


def test_the_bias_is_back_and_the_original_untouched():
    conv, norm = trained()
    before = conv.weight.clone()
    assert conv.bias is None
    assert folded(conv, norm).bias.shape == (16,)
    assert conv.bias is None
    assert torch.equal(conv.weight, before)


def test_in_training_mode_the_folded_convolution_is_not_the_same():
    conv, norm = trained()
    images = torch.randn(8, 3, 12, 12, dtype=torch.float64)
    assert (folded(conv, norm)(images) - norm.train()(conv(images))).abs().max() > 0.01


def test_without_running_statistics_there_is_nothing_to_fold():
    with pytest.raises(ValueError, match=r"^norm must have running statistics$"):
        folded(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, track_running_stats=False))


def test_channels_that_do_not_fit_raise_what_torch_raises():
    with pytest.raises(RuntimeError, match="must match the size"):
        folded(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(5))
