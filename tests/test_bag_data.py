"""The data sets: which images a name, a scale and a seed stand for."""

from dataclasses import replace

import pytest
import torch

from snippets.bag import cifar, digits
from snippets.bag.data import DATA, halves
from snippets.bag.scales import SCALES, stream
from snippets.bag.shapes import drawn

SCALE = replace(SCALES["tiny"], images=5, masks=3, asked=4, side=16, noise=0.2)


def same(found, wanted):
    """Whether two pairs of images and targets are equal, number by number."""
    return all(
        torch.equal(a, b)
        for one, other in zip(found, wanted, strict=True)
        for a, b in zip(one, other, strict=True)
    )


def test_shapes_are_drawn_one_after_the_other_first_those_to_learn_from():
    random = stream("shapes", 7)
    wanted = [drawn(size, 16, 0.2, random)[:2] for size in (5, 4)]
    assert same(halves("shapes", SCALE, 7), wanted)


def test_masks_are_those_of_other_shapes_and_as_many_as_the_scale_has():
    random = stream("masks", 7)
    wanted = [drawn(size, 16, 0.2, random)[::2] for size in (3, 4)]
    assert same(halves("masks", SCALE, 7), wanted)


def test_digits_are_parted_first_and_then_placed():
    random = stream("digits", 7)
    parts = digits.halves(random)
    wanted = [
        digits.placed(part, size, 16, 0.2, random)
        for part, size in zip(parts, (5, 4), strict=True)
    ]
    assert same(halves("digits", SCALE, 7), wanted)


def test_photographs_are_chosen_from_each_half_with_their_labels(monkeypatch, tmp_path):
    rows = torch.arange(20)
    photographs = rows.view(20, 1, 1, 1).expand(20, 3, 2, 2).float()
    published = (photographs, rows), (photographs[:9] + 100, rows[:9] + 100)
    asked = []
    monkeypatch.setattr(cifar, "read", lambda folder: asked.append(folder) or published)
    random = stream("cifar10", 7)
    chosen = [torch.randperm(20, generator=random)[:5]]
    chosen += [torch.randperm(9, generator=random)[:4]]
    (images, labels), (others, answers) = halves("cifar10", SCALE, 7, tmp_path)
    assert asked == [tmp_path]
    assert torch.equal(labels, chosen[0])
    assert torch.equal(answers, chosen[1] + 100)
    assert torch.equal(images[:, 0, 0, 0], labels.float())
    assert torch.equal(others[:, 2, 1, 1], answers.float())


def test_a_name_that_is_none_is_told_with_those_that_are(tmp_path):
    assert DATA == ("shapes", "digits", "masks", "cifar10")
    for name, folder in [("photos", None), ("photos", tmp_path), ("cifar10", None)]:
        with pytest.raises(ValueError, match="must be") as raised:
            halves(name, SCALE, 0, folder)
        assert str(raised.value) == (
            "data must be one of shapes, digits, masks, cifar10 with a folder, "
            f"not {name!r}"
        )
