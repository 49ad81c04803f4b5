"""Four networks for digits: what their file holds, what the page says of them.

Training is bit-reproducible on one machine with one thread. Another processor may add in another
order, and 264 steps enlarge the last bit. So the file is the source: its networks are compared with the
stored counts exactly, and a network trained here within a margin.
"""

import json
from itertools import product

import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import max_pool2d

from snippets import digit_net
from snippets.digit_net import (
    KINDS,
    SHIFTS,
    STORED,
    WEIGHTS,
    figure,
    halves,
    hits,
    net,
    packed,
    placed,
    shares,
    trained,
)
from tests.oracles.network import blurred, doubled, scores, shipped

PLACES = list(product(SHIFTS, SHIFTS))


def right(network, across, down):
    """Right answers of the 400 digits of the file at one shift."""
    said = scores(network, shipped()[0].view(400, 8, 8), across, down).argmax(1)
    return int((said.view(10, 40) == torch.arange(10)[:, None]).sum())


def test_the_file_holds_the_digits_that_were_kept_from_training(says):
    (learnt, known), (asked, labels) = halves()
    digits = shipped()[0]
    assert torch.equal(digits.view(400, 1, 8, 8), asked)
    assert torch.equal(labels, torch.arange(10).repeat_interleave(40))
    assert len(learnt) + len(asked) == len(load_digits().target) == 1797
    together = torch.cat([learnt, asked]).flatten(1).unique(dim=0)
    assert len(together) == len(load_digits().data)  # no picture is in both, or twice
    says("equivariance", f"the share of {len(asked)} unseen digits that are recognised")
    says("equivariance", "an empty canvas of 24 × 24 pixels")
    assert placed(asked).shape[2:] == (24, 24)
    assert len(known) == len(learnt)


def test_the_file_is_small_and_packs_again_to_the_same_bytes():
    digits, networks = shipped()
    assert packed(digits, networks) == WEIGHTS.read_bytes()
    assert WEIGHTS.stat().st_size < 60_000
    for parameter in (p for network in networks.values() for p in network.parameters()):
        assert torch.equal(parameter, parameter.bfloat16().float())


def test_right_answers_are_counted_at_all_places():
    counts = json.loads(STORED.read_text("utf-8"))["flatten"]
    assert hits(shipped()[1]["flatten"]) == counts


def test_what_is_trained_again_is_stored_as_before(monkeypatch, tmp_path):
    before, networks = (STORED.read_bytes(), WEIGHTS.read_bytes()), shipped()[1]
    counts = {id(networks[kind]): own for kind, own in json.loads(before[0]).items()}
    files = tmp_path / "again.json", tmp_path / "again.bin"
    monkeypatch.setattr(digit_net, "trained", networks.get)
    monkeypatch.setattr(digit_net, "hits", lambda network: counts[id(network)])
    for name, file in zip(("STORED", "WEIGHTS"), files, strict=True):
        monkeypatch.setattr(digit_net, name, file)
    digit_net.store()
    assert tuple(file.read_bytes() for file in files) == before


@pytest.mark.parametrize("kind", KINDS)
def test_the_networks_of_the_file_reach_the_stored_counts(kind):
    stored = json.loads(STORED.read_text("utf-8"))[kind]
    for across, down in [*product((-4, 0, 3), (-4, 0, 1)), (1, 0), (0, -1), (-1, 0)]:
        assert right(shipped()[1][kind], across, down) == stored[down + 4][across + 4]


def test_the_page_says_the_stored_shares(says):
    mean = {kind: shares(kind).mean() for kind in KINDS}
    middle = {kind: shares(kind)[4, 4] for kind in KINDS}
    says(
        "equivariance",
        f"know nothing: it falls from {middle['flatten']:.1%} to {mean['flatten']:.1%}.",
    )
    says("equivariance", f"and keeps {mean['global max']:.1%}.")
    says("equivariance", f"**Blur**, Zhang's remedy, keeps {mean['blur']:.1%}.")
    assert shares("no stride").unique().numel() == 1
    says(
        "equivariance",
        f"keeps all of its {middle['no stride']:.1%}: its scores are the same at all {len(PLACES)} places",
    )
    says("equivariance", f"by up to {max(SHIFTS)} pixels each way")
    says("equivariance", f"the mean of all {len(PLACES)} places")
    assert list(SHIFTS) == list(range(-4, 5))


def test_even_shifts_leave_the_scores_of_global_max_as_they_are(says):
    network, digits = (
        doubled("global max"),
        shipped()[0][:, ::10].reshape(-1, 8, 8).double(),
    )
    still = scores(network, digits, 0, 0)
    differ = {
        place: (scores(network, digits, *place) - still).abs().max() for place in PLACES
    }
    even = [place for place in PLACES if place[0] % 2 == place[1] % 2 == 0]
    assert all(differ[place] < 1e-10 for place in even)
    assert all(differ[place] > 0.1 for place in set(PLACES) - set(even))
    says(
        "equivariance",
        f"where both shifts are even, at {len(even)} of the {len(PLACES)} places",
    )


def test_no_shift_changes_the_scores_of_the_network_without_stride():
    network, digits = (
        doubled("no stride"),
        shipped()[0][:, ::10].reshape(-1, 8, 8).double(),
    )
    still = scores(network, digits, 0, 0)
    for place in PLACES:
        torch.testing.assert_close(
            scores(network, digits, *place), still, rtol=0, atol=1e-10
        )


def test_the_second_max_pool_changes_no_score(says):
    network = doubled("global max")
    shorter = torch.nn.Sequential(
        *(layer for at, layer in enumerate(network) if at != 5)
    )
    assert isinstance(network[5], torch.nn.MaxPool2d)
    digits = shipped()[0].view(400, 8, 8).double()
    for place in [(0, 0), (1, 0), (3, -3)]:
        assert torch.equal(
            scores(network, digits, *place), scores(shorter, digits, *place)
        )
    maps = network[:6](placed(digits[:1, None]))
    says(
        "equivariance",
        f"feel a stride of {24 // 12}, although its maps have a stride of {24 // maps.shape[2]}",
    )
    says("equivariance", "the second max-pool changes nothing")


def test_two_means_after_the_maximum_are_the_blur_of_zhang():
    x = torch.rand(2, 3, 24, 24, dtype=torch.float64)
    most, *means = net("blur")[2:5]
    y = most(x)
    assert torch.equal(y, max_pool2d(x, 2, 1))
    for mean in means:
        y = mean(y)
    wanted = torch.cat([blurred(max_pool2d(x[i : i + 1], 2, 1)) for i in range(2)])
    torch.testing.assert_close(y, wanted, rtol=0, atol=1e-12)


def test_what_is_empty_stays_empty():
    for kind in KINDS:
        body = net(kind)[:-1]
        assert not body(torch.zeros(1, 1, 24, 24)).any()


def test_a_network_trained_again_knows_the_middle_and_loses_the_rest():
    network = trained("flatten", passes=5)
    assert right(network, 0, 0) > 0.9 * 400
    assert right(network, 3, -2) < 0.4 * 400


def test_a_network_trained_again_is_about_that_of_the_file():
    """A millionth on each first weight moves the last ones by 3 %, one pass more by 43 %."""
    again, stored = (
        torch.cat([weight.detach().flatten() for weight in network.parameters()])
        for network in (trained("blur"), shipped()[1]["blur"])
    )
    assert (again - stored).norm() < 0.15 * stored.norm()


def test_an_image_of_another_size_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="mat1 and mat2 shapes cannot be multiplied"):
        net("flatten")(torch.zeros(1, 1, 32, 32))
    with pytest.raises(RuntimeError, match="channels"):
        net("blur")(torch.zeros(1, 3, 24, 24))


def test_a_shift_beyond_the_canvas_crops_the_digit():
    assert placed(torch.ones(1, 1, 8, 8), right=8)[0, 0, 12].nonzero().min() == 16
    assert placed(torch.ones(1, 1, 8, 8), right=10).sum() == 8 * 6


def test_the_figure_draws_a_square_for_each_shift(says):
    axes = figure().axes
    assert [ax.get_title().split("\n") for ax in axes] == [
        [kind, f"{shares(kind).mean():.0%}"] for kind in KINDS
    ]
    says("equivariance", f"Four maps of {len(SHIFTS)} by {len(SHIFTS)} squares")
    for ax, kind in zip(axes, KINDS, strict=True):
        squares, frame = ax.collections
        sizes = torch.tensor(squares.get_sizes()).view(9, 9)
        torch.testing.assert_close(sizes / 40, shares(kind), check_dtype=False)
        assert frame.get_offsets().tolist() == [[0, 0]]
        assert ax.yaxis_inverted()  # down is down
        assert squares.get_offsets()[1].tolist() == [-3, -4]
