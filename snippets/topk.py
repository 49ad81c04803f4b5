"""Top-k error: how often the true class is not among the k highest scores."""

import torch
from torch import Tensor


# --8<-- [start:error]
def error(scores: Tensor, labels: Tensor, k: int) -> float:
    """Share of images whose label is not surely among the k highest scores.

    Takes scores (images, classes) and labels (images,). A class that ties with the
    label is taken to stand before it, and so is one that cannot be compared (NaN).

    >>> scores = torch.tensor([[0.1, 0.7, 0.2], [0.5, 0.3, 0.2]])
    >>> [error(scores, torch.tensor([2, 2]), k) for k in (1, 2, 3)]
    [1.0, 0.5, 0.0]
    """
    _check(scores, labels, k)
    own = scores.gather(1, labels[:, None])
    not_below = ~(scores < own)  # the label itself is one of these
    return (not_below.sum(1) > k).double().mean().item()


# --8<-- [end:error]


def _check(scores: Tensor, labels: Tensor, k: int) -> None:
    if scores.ndim != 2 or labels.shape != scores.shape[:1] or not len(labels):
        told = f"{tuple(scores.shape)} and {tuple(labels.shape)}"
        raise ValueError(f"scores and labels must be (n, classes) and (n,), not {told}")
    classes = scores.shape[1]
    if not isinstance(k, int) or not 1 <= k <= classes:
        raise ValueError(f"k must be a whole number from 1 to {classes}, not {k!r}")
    if labels.min() < 0 or labels.max() >= classes:
        raise ValueError(f"labels must be from 0 to {classes - 1}")


# --8<-- [start:hopeful]
def hopeful(scores: Tensor, labels: Tensor, k: int) -> float:
    """The same with the benefit of the doubt: whoever ties stands behind the label.

    >>> hopeful(torch.zeros(3, 1000), torch.tensor([0, 1, 2]), 1)
    0.0
    """
    own = scores.gather(1, labels[:, None])
    return ((scores > own).sum(1) >= k).double().mean().item()


# --8<-- [end:hopeful]


if __name__ == "__main__":
    names = ["goose", "swan", "pelican", "heron", "stork", "flamingo", "kite"]
    scores = torch.tensor(
        [
            [8.0, 9.0, 1.0, 2.0, 3.0, 1.5, 0.0],  # a goose, taken for a swan
            [1.0, 2.0, 9.0, 4.0, 8.0, 3.0, 5.0],  # a flamingo, in fifth place
            [1.0, 2.0, 3.0, 7.0, 4.0, 5.0, 0.5],  # a kite, in last place
            [0.0, 0.0, 0.0, 0.0, 9.0, 0.0, 0.0],  # a stork
        ]
    )
    labels = torch.tensor(
        [names.index(n) for n in ("goose", "flamingo", "kite", "stork")]
    )
    for k in (1, 5):
        print(f"top-{k} error of four birds: {error(scores, labels, k):.0%}")
    for what, fill in [("constant", 0.0), ("diverged", torch.nan)]:
        dull = torch.full((4, 1000), fill)
        strict, kind = error(dull, labels, 1), hopeful(dull, labels, 1)
        print(f"{what} network: {strict:.0%} strictly, {kind:.0%} hopefully")
