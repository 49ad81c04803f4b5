"""Top-k error against torch, against a naive loop, and where it differs on purpose."""

import re

import pytest
import torch

from snippets.topk import error, hopeful


def naive(scores, labels, k):
    wrong = 0
    for row, label in zip(scores.tolist(), labels.tolist(), strict=True):
        ahead = sum(s >= row[label] for i, s in enumerate(row) if i != label)
        wrong += ahead >= k
    return wrong / len(labels)


@pytest.mark.parametrize("classes", [1, 2, 5, 30])
@pytest.mark.parametrize("seed", range(3))
def test_without_ties_it_is_what_torch_topk_finds(classes, seed):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.rand(40, classes, generator=generator, dtype=torch.float64)
    labels = torch.randint(classes, (40,), generator=generator)
    for k in range(1, classes + 1):
        found = (scores.topk(k).indices == labels[:, None]).any(1)
        assert error(scores, labels, k) == pytest.approx(1 - found.double().mean())
        assert hopeful(scores, labels, k) == error(scores, labels, k)


@pytest.mark.parametrize("seed", range(5))
def test_with_ties_the_label_stands_last(seed):
    generator = torch.Generator().manual_seed(seed)
    scores = torch.randint(4, (50, 7), generator=generator).double()
    labels = torch.randint(7, (50,), generator=generator)
    for k in range(1, 8):
        assert error(scores, labels, k) == pytest.approx(naive(scores, labels, k))
        assert hopeful(scores, labels, k) <= error(scores, labels, k)


def test_the_error_falls_with_k_to_none():
    scores = torch.rand(30, 9, generator=torch.Generator().manual_seed(0))
    labels = torch.arange(30) % 9
    errors = [error(scores, labels, k) for k in range(1, 10)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] == 0


@pytest.mark.parametrize("fill", [0.0, torch.nan])
def test_a_network_that_says_nothing_is_wrong_and_looks_right(fill):
    scores, labels = torch.full((6, 1000), fill), torch.arange(6)
    for k in (1, 5):
        assert error(scores, labels, k) == 1
        assert hopeful(scores, labels, k) == 0


def test_one_nan_stands_before_the_label():
    scores = torch.tensor([[0.5, torch.nan, 0.1]])
    assert error(scores, torch.tensor([0]), 1) == 1
    assert error(scores, torch.tensor([0]), 2) == 0


@pytest.mark.parametrize("k", [0, -1, 4, 1.0, "5"])
def test_a_wrong_k_is_named(k):
    with pytest.raises(ValueError, match="k must be a whole number from 1 to 3"):
        error(torch.rand(2, 3), torch.tensor([0, 1]), k)


@pytest.mark.parametrize("labels", [[0, 3], [-1, 0]])
def test_a_label_outside_the_classes_is_named(labels):
    with pytest.raises(ValueError, match="labels must be from 0 to 2"):
        error(torch.rand(2, 3), torch.tensor(labels), 1)


@pytest.mark.parametrize(
    ("scores", "labels"), [((2, 3), 1), ((2, 3), 3), ((3,), 3), ((0, 3), 0)]
)
def test_shapes_that_do_not_match_are_named(scores, labels):
    told = re.escape(f"not {scores} and ({labels},)")
    with pytest.raises(ValueError, match=f"^scores and labels must be .*{told}$"):
        error(torch.rand(scores), torch.zeros(labels, dtype=torch.long), 1)


def test_the_challenge_allows_five_guesses(says):
    says(
        "imagenet",
        "the top-5 error is the share of images where it is not, and the top-1",
    )
