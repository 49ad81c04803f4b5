"""Principal components of patches, against scikit-learn's."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from snippets.patches import explained, figure, needed, pictures


@pytest.mark.parametrize("side", [2, 5, 8])
@pytest.mark.parametrize("name", ["camera", "cat", "noise"])
def test_the_shares_are_scikit_learns(name, side):
    picture = pictures()[name]
    rows, columns = (size // side for size in picture.shape)
    tiles = [
        picture[r * side : (r + 1) * side, c * side : (c + 1) * side].flatten()
        for r in range(rows)
        for c in range(columns)
    ]
    pca = PCA().fit(torch.stack(tiles).double().numpy())
    shares = explained(picture, side)
    assert len(shares) == side**2
    np.testing.assert_allclose(
        shares, pca.explained_variance_ratio_.cumsum(), atol=1e-8
    )


def test_pictures_need_few_components_and_noise_nearly_all(says):
    counts = {name: needed(picture) for name, picture in pictures().items()}
    assert counts["camera"] < counts["coffee"] < counts["cat"] < counts["coins"] < 16
    assert counts["gravel"] < counts["grass"] < counts["noise"]
    assert counts["shuffled cat"] == counts["noise"]
    says(
        "equivariance",
        f"Cut pictures into patches of {8} × {8} pixels, and count the principal components "
        f"that hold {0.95:.0%} of the variance.",
    )
    says(
        "equivariance",
        f"Of the {len(explained(pictures()['cat']))} dimensions of an {8} × {8} patch, the cat "
        f"needs {counts['cat']} for {0.95:.0%} of the variance, grass {counts['grass']} and "
        f"noise {counts['noise']}.",
    )
    says(
        "equivariance",
        f"its patches need {counts['shuffled cat']} components, as noise does",
    )


def test_the_share_that_so_many_components_hold_needs_no_more_of_them():
    picture = pictures()["cat"]
    for components, share in enumerate(explained(picture)[:20].tolist(), 1):
        assert needed(picture, share) == components


def test_grey_lies_between_black_and_white():
    found = pictures()
    assert all(0 <= picture.min() < picture.max() <= 1 for picture in found.values())
    assert found["camera"].max() == 1
    assert found["noise"].shape == found["shuffled cat"].shape == found["cat"].shape


def test_shuffling_keeps_the_grey_values():
    cat, shuffled = pictures()["cat"].flatten(), pictures()["shuffled cat"].flatten()
    assert torch.equal(cat.sort().values, shuffled.sort().values)
    assert not torch.equal(cat, shuffled)


@pytest.mark.parametrize("share", [0, 1, -0.1, 95])
def test_a_share_outside_0_and_1_is_named(share):
    with pytest.raises(ValueError, match="share must lie between 0 and 1"):
        needed(torch.rand(16, 16), share)


def test_a_picture_smaller_than_a_patch_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="maximum size"):
        explained(torch.rand(7, 7))


def test_the_figure_orders_the_curves(says):
    ax = figure().axes[0]
    curves = dict(zip(("camera", "cat", "grass", "noise"), ax.lines, strict=False))
    at_six = [curve.get_ydata()[5].item() for curve in curves.values()]
    assert at_six == sorted(at_six, reverse=True)
    assert at_six[1] > 0.95 > at_six[2]
    says(
        "equivariance",
        f"Share of variance against the number of principal components, {1} to "
        f"{len(curves['noise'].get_ydata())}. Camera and cat rise above {0.95:.0%} within a "
        "few components, grass at more than half of them",
    )
    assert needed(pictures()["grass"]) > 32
