"""Two variances and a running mean, against torch."""

import pytest
import torch
from torch import nn

from snippets.batch_statistics import figure, left, normalised, updated

SHAPES = [(2, 3, 1, 1), (1, 3, 1, 2), (4, 1, 5, 6), (16, 4, 10, 10)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("momentum", [0.1, 0.5, 1.0])
def test_both_variances_are_those_of_torch(shape, momentum):
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(shape[1], momentum=momentum).double()
    running = torch.stack([norm.running_mean, norm.running_var])
    for _ in range(3):
        maps = 2 + 3 * torch.randn(shape, dtype=torch.float64)
        torch.testing.assert_close(normalised(maps), norm(maps), atol=1e-10, rtol=0)
        running = updated(running, maps, momentum)
    stored = torch.stack([norm.running_mean, norm.running_var])
    torch.testing.assert_close(running, stored, atol=1e-10, rtol=0)


def test_the_stored_variance_is_larger_by_n_over_n_minus_1(says):
    told = {}
    for shape in SHAPES:
        maps = torch.randn(shape, dtype=torch.float64)
        biased, unbiased = (maps.var((0, 2, 3), correction=c) for c in (0, 1))
        n = maps[:, 0].numel()
        torch.testing.assert_close(
            unbiased / biased, torch.full_like(biased, n / (n - 1))
        )
        told[n] = (unbiased / biased).mean()
    assert told[2] == pytest.approx(2)  # "twice as much"
    says("batchnorm", "larger by `n / (n − 1)` for `n` values per channel.")
    says(
        "batchnorm",
        f"For {2} values that is twice as much, for {1600:,} it is "
        f"{told[1600]:.4f} times as much.",
    )


def test_momentum_is_the_weight_of_the_new_batch(says):
    norm = nn.BatchNorm2d(1)
    norm(torch.tensor([4.0, 6.0]).reshape(2, 1, 1, 1))
    assert norm.running_mean.item() == pytest.approx(norm.momentum * 5)
    says(
        "batchnorm",
        f"`momentum={norm.momentum}` keeps {1 - norm.momentum} of the old value",
    )


@pytest.mark.parametrize("momentum", [0.1, 0.01, 1.0])
@pytest.mark.parametrize("batches", [0, 1, 10, 44])
def test_the_running_mean_lacks_this_share_of_a_bias(batches, momentum):
    plain, biased = (nn.BatchNorm2d(1, momentum=momentum).double() for _ in range(2))
    for _ in range(batches):
        maps = torch.randn(4, 1, 3, 3, dtype=torch.float64)
        plain(maps)
        biased(maps + 5)
    taken = (biased.running_mean - plain.running_mean).item() / 5
    assert 1 - taken == pytest.approx(left(batches, momentum), abs=1e-10)


def test_without_momentum_one_batch_is_enough():
    norm = nn.BatchNorm2d(1, momentum=None).double()
    maps = torch.randn(4, 1, 3, 3, dtype=torch.float64)
    norm(maps + 5)
    assert norm.running_mean.item() == pytest.approx(maps.mean().item() + 5)


def test_the_caption_and_the_exercise_count_right(says):
    says("batchnorm", "for three values m of the momentum. After 10 batches")
    says(
        "batchnorm",
        f"After 10 batches with the default of {nn.BatchNorm2d(1).momentum}, "
        f"{left(10):.1%} of the bias still shifts the outputs in eval mode.",
    )
    fast, slow = (
        next(n for n in range(1000) if left(n, m) < 0.01) for m in (0.1, 0.01)
    )
    says("batchnorm", f"After {fast}. With `momentum=0.01` it takes {slow}.")
    says(
        "batchnorm", f"After how many batches does less than {0.01:.0%} of a bias reach"
    )


def test_where_variance_and_eps_are_equal_the_output_is_smaller(says):
    maps = torch.tensor([-1.0, 1.0]).reshape(2, 1, 1, 1)
    spread = normalised(maps, eps=1.0).std(correction=0)
    says(
        "batchnorm",
        f"the output has a standard deviation of {spread:.2f} instead of "
        f"{normalised(maps).std(correction=0):.0f}.",
    )


def test_one_value_per_channel_raises_as_in_torch():
    for norm in (nn.BatchNorm2d(3), lambda maps: updated(torch.zeros(2, 3), maps)):
        with pytest.raises(
            ValueError, match=r"^Expected more than 1 value per channel\b"
        ):
            norm(torch.zeros(1, 3, 1, 1))


def test_an_eps_of_zero_is_refused_or_gives_zeros_as_the_version_has_it(says):
    norm, equal, since = nn.BatchNorm2d(3, eps=0), torch.full((2, 3, 1, 1), 7.0), "2.10"
    with pytest.raises(ValueError, match=r"^eps must be positive"):
        normalised(equal, eps=0)
    if torch.__version__ >= since:
        with pytest.raises(ValueError, match="eps must be positive"):
            norm(equal)
    else:
        assert norm(equal).eq(0).all()
    says(
        "batchnorm",
        f"PyTorch {since} and later refuse an `eps` of zero; earlier versions return zeros",
    )


def test_the_figure_ends_where_the_alt_text_says(says):
    ax = figure().axes[0]
    fast, slow, never = ax.lines
    assert [text.get_text() for text in ax.texts] == ["m = 0.1", "m = 0.01", "m = None"]
    assert list(never.get_ydata()) == [0, 0]
    for line, momentum in [(fast, 0.1), (slow, 0.01)]:
        assert line.get_ydata()[0] == pytest.approx(1 - momentum)
    says(
        "batchnorm",
        f"on a logarithmic axis from {fast.get_xdata()[0]:.0f} to "
        f"{fast.get_xdata()[-1]:.0f}. The curve for momentum 0.1 falls from "
        f"{fast.get_ydata()[0]:.0%} to {left(44):.0%} at 44 batches, the one for 0.01 from "
        f"{slow.get_ydata()[0]:.0%} to {left(459, 0.01):.0%} at 459. The line for None stays at {never.get_ydata()[0]:.0%}.",
    )
