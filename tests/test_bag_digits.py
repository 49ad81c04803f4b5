"""Digits in clutter: the pixels of scikit-learn's digits, parted, turned, enlarged."""

import numpy as np
import torch
from scipy.ndimage import map_coordinates
from sklearn.datasets import load_digits

from snippets.bag.digits import halves, placed
from snippets.bag.scales import stream
from snippets.bag.shapes import pictures, turned


def test_each_half_holds_digits_with_their_own_labels_none_twice():
    (learnt, labels), (asked, answers) = halves(stream("digits", 3))
    assert learnt.shape == (1200, 1, 8, 8)
    assert asked.shape == (597, 1, 8, 8)
    order = torch.randperm(1797, generator=stream("digits", 3)).numpy()
    known = load_digits()
    assert np.array_equal(torch.cat([labels, answers]), known.target[order])
    both = torch.cat([learnt, asked])[:, 0].numpy()
    assert np.array_equal(both * 16, known.images[order])


def test_a_digit_is_put_where_a_shape_would_be_and_read_between_its_pixels():
    """Images of six digits, computed again by SciPy's interpolation."""
    written = halves(stream("digits", 0))[0]
    shown, labels = placed(written, 6, 24, 0.1, stream("placed"))
    random = stream("placed")
    chosen = torch.randint(1200, (6,), generator=random)
    assert torch.equal(labels, written[1][chosen])
    x, y, _ = (t.numpy() for t in turned(6, 24, (0.34, 0.44), random, 0.6))
    covers = [
        map_coordinates(digit, [4 * down + 3.5, 4 * across + 3.5], order=1, mode="grid-constant")
        for digit, across, down in zip(written[0][chosen, 0].numpy(), x, y, strict=True)
    ]  # fmt: skip
    wanted = pictures(torch.tensor(np.stack(covers)), 0.1, random)
    assert torch.allclose(shown, wanted, atol=1e-4)
