"""Rounding noise in the gradient of a dead bias: SGD ignores it, Adam follows it."""

from math import log10

import pytest
import torch
from torch.optim import SGD, Adam

from snippets.drift import distances, figure, network, stripes

torch.set_num_threads(1)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_adam_moves_a_dead_bias_in_float32_and_sgd_does_not(seed):
    adam, sgd = (distances(kind, torch.float32, seed)[-1] for kind in (Adam, SGD))
    assert adam[0] > 0.01
    assert adam[1] / 10 < adam[0] < adam[1] * 10  # "within a factor of ten"
    assert sgd[0] < 1e-6
    assert sgd[1] > 0.01


def test_in_float64_adam_moves_it_only_with_a_tiny_eps():
    assert distances(Adam, torch.float64)[-1, 0] < 1e-6
    assert distances(Adam, torch.float64, eps=1e-20)[-1, 0] > 0.01
    assert distances(Adam, torch.float32, eps=1e-4)[-1, 0] < 1e-3
    assert distances(SGD, torch.float64)[-1, 0] < 1e-12


def test_the_noise_is_about_as_large_as_eps(says):
    torch.manual_seed(0)
    (pictures, upright), layers = stripes(), network()
    torch.nn.functional.cross_entropy(layers(pictures), upright).backward()
    assert 1e-10 < layers[0].bias.grad.abs().max() < 1e-6
    eps = Adam(layers.parameters()).defaults["eps"]
    says("batchnorm", f"in float32 about as large as {eps:.8f}.")
    says("batchnorm", f"Adam adds `eps`, by default {eps:.8f}, to the magnitude")
    ratio = torch.finfo(torch.float32).eps / torch.finfo(torch.float64).eps
    assert 1e8 < ratio < 1e9  # "hundreds of millions of times smaller"


@pytest.mark.parametrize("decay", [0, 0.1])
def test_sgd_leaves_a_dead_bias_where_it_began_or_where_decay_takes_it(decay, says):
    torch.manual_seed(0)
    (pictures, upright), layers = stripes(), network()
    layers[0].reset_parameters()  # PyTorch's own start, which is not zero
    bias = layers[0].bias
    start = bias.detach().clone()
    assert 0.01 < start.abs().max() < 1 / 3  # a kernel of 3 x 3 reads 9 pixels
    optimizer = SGD(layers.parameters(), 0.1, weight_decay=decay)
    for _ in range(50):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(layers(pictures), upright).backward()
        optimizer.step()
    left = start * (1 - 0.1 * decay) ** 50
    torch.testing.assert_close(bias.detach(), left, rtol=0, atol=1e-6)
    says("batchnorm", "and without weight decay the bias stays.")
    says(
        "batchnorm",
        "it is what the bias began with, made smaller by weight decay if there is any, "
        "plus rounding errors.",
    )


def test_beta_does_the_same_in_both_precisions():
    single, double = (
        distances(Adam, dtype)[:, 1] for dtype in (torch.float32, torch.float64)
    )
    torch.testing.assert_close(single, double.float(), atol=1e-2, rtol=0)


def test_the_stripes_stand_and_lie():
    pictures, upright = stripes(1000)
    for way, dim in [(1, 1), (0, 2)]:
        mean = pictures[upright == way].mean((0, 1))
        assert mean.std(dim - 1).max() < 0.2
        assert mean.std(2 - dim).min() > 0.3


def test_a_wrong_type_raises_what_torch_raises():
    with pytest.raises(TypeError, match="floating point"):
        distances(SGD, torch.int64)


def test_the_figure_orders_its_lines(says):
    ax = figure().axes[0]
    ends = [line.get_ydata()[-1] for line in ax.lines]
    assert ends == sorted(ends, reverse=True)[:2] + ends[2:]
    assert min(ends[:2]) > 0.01
    assert max(ends[2:]) < 1e-6
    assert [len(line.get_xdata()) for line in ax.lines] == [200] * 4
    labels = [text.get_text() for text in ax.texts]
    assert labels == ["β, Adam", "bias, Adam", "bias, Adam in float64", "bias, SGD"]
    assert all(line.get_ydata()[49] > 1e-3 for line in ax.lines[:2])
    says("batchnorm", f"Distance from zero over {len(ax.lines[0].get_xdata())} steps")


def test_the_labels_stand_beside_the_ends_of_their_lines():
    ax = figure().axes[0]
    ends = [line.get_ydata()[-1].item() for line in ax.lines]
    across, up = zip(*(text.xy for text in ax.texts), strict=True)
    assert set(across) == {205}
    lifts = [log10(y / end) for y, end in zip(up, ends, strict=True)]
    assert lifts == pytest.approx([0.6, -0.6, 0, 0])
    assert ax.get_ylim() == (1e-12, 2)
    assert ax.get_xticks().tolist() == [0, 100, 200]
