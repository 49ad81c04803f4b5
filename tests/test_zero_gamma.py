"""Zero γ: the identity at the start, and what learns first."""

import pytest
import torch
from torch import nn

from snippets.resnet_tweaks import resnet50
from snippets.zero_gamma import block, branch, energies, figure, slopes


@pytest.mark.parametrize("channels", [1, 4, 16])
@pytest.mark.parametrize("side", [1, 5, 8])
def test_a_block_with_zero_gamma_is_the_identity_on_rectified_maps(channels, side):
    maps = torch.randn(3, channels, side, side).relu()
    assert torch.equal(block(branch(channels, 0), maps), maps)
    assert not torch.equal(block(branch(channels, 1), maps), maps)


def test_the_identity_needs_rectified_input():
    maps = torch.tensor([-1.0, 2.0]).expand(1, 1, 2, 2)
    assert torch.equal(block(branch(1, 0), maps), maps.relu())


def test_a_block_is_the_plain_sum():
    torch.manual_seed(0)
    layers, maps = branch(4, 1), torch.rand(2, 4, 6, 6)
    torch.testing.assert_close(
        block(layers, maps), torch.clamp(maps + layers(maps), min=0)
    )


def test_at_the_first_step_only_the_last_gamma_and_beta_learn():
    found = slopes(0)
    assert found[:4] == [0.0] * 4
    assert min(found[4:]) > 0
    assert min(slopes(1)) > 0


def test_from_the_second_step_on_the_kernels_learn_too():
    torch.manual_seed(0)
    layers, maps = branch(4, 0), torch.rand(8, 4, 8, 8)
    optimizer = torch.optim.SGD(layers.parameters(), lr=0.1)
    for step in range(2):
        optimizer.zero_grad()
        block(layers, maps).square().mean().backward()
        kernels = [layers[0].weight.grad, layers[3].weight.grad]
        assert all((kernel == 0).all() == (step == 0) for kernel in kernels)
        optimizer.step()


def test_energy_grows_with_every_block_and_stays_without(says):
    grown, kept = energies(1), energies(0)
    assert grown == sorted(grown)
    assert set(kept) == {kept[0]}
    says(
        "tricks",
        f"number of residual blocks passed, 0 to {len(grown) - 1}. With γ = 1 it rises in an "
        f"almost straight line from {grown[0]:.1f} to {grown[-1]:.1f}. With γ = 0 it stays at "
        f"{kept[-1]:.1f}.",
    )
    says(
        "tricks",
        f"each block with γ = 1 adds to the feature maps; after {len(grown) - 1} blocks their "
        f"mean square is {grown[-1] / grown[0]:.0f} times what it was. Blocks with γ = 0",
    )


def test_gamma_starts_at_one_unless_it_is_set_to_zero(says):
    norm = nn.BatchNorm2d(3)
    last = branch(3, 0)[-1]
    assert set(norm.weight.tolist()) == {1.0}
    assert set(last.weight.tolist()) == {0.0}
    says("tricks", "γ, which starts at 1 (see")
    says("tricks", "Zero γ starts it at 0 in the last layer of each residual block.")
    says("tricks", "## With γ = 0 a block begins as the identity")


def test_one_axis_is_what_biases_gammas_and_betas_have():
    for module in resnet50().modules():
        for name, parameter in module.named_parameters(recurse=False):
            small = name == "bias" or isinstance(module, nn.BatchNorm2d)
            assert (parameter.ndim == 1) == small


def test_channels_that_differ_raise_what_torch_raises():
    with pytest.raises(RuntimeError, match="expected input"):
        block(branch(4, 0), torch.rand(1, 3, 8, 8))


def test_the_figure_draws_seventeen_marks_a_line():
    ax = figure().axes[0]
    assert [len(line.get_ydata()) for line in ax.lines] == [17, 17]
    assert [text.get_text() for text in ax.texts] == ["γ = 1", "γ = 0"]
    assert set(ax.lines[1].get_ydata()) == {energies(0)[0]}
