"""Distances in a cube and on a plane, against torch's own."""

import pytest
import torch

from snippets.distances import DIMENSIONS, contrast, cube, figure, plane


@pytest.mark.parametrize("dimension", [1, 2, 10, 300])
@pytest.mark.parametrize("number", [3, 20, 101])
def test_the_contrast_is_that_of_torchs_distances(dimension, number):
    points = cube(dimension, number)
    ratios = []
    for row in range(number):
        apart = torch.stack([(points[row] - p).norm() for p in points])
        others = apart[torch.arange(number) != row]
        ratios.append(others.max() / others.min() - 1)
    expected = torch.stack(ratios).median().item()
    assert contrast(points) == pytest.approx(expected, rel=1e-5)


def test_points_that_fill_the_cube_lose_their_contrast():
    values = [contrast(cube(dimension)) for dimension in DIMENSIONS[:-1]]
    assert values == sorted(values, reverse=True)
    assert values[0] > 10
    assert values[-1] < 0.05


@pytest.mark.parametrize("dimension", [2, 3, 50, 1000])
def test_points_on_a_plane_keep_their_distances(dimension):
    flat = plane(dimension)
    assert flat.shape == (100, dimension)
    torch.testing.assert_close(torch.pdist(flat), torch.pdist(cube(2)))
    assert torch.linalg.matrix_rank(flat) == 2


def test_the_page_says_where_each_cloud_ends(says):
    high = DIMENSIONS[-1]
    assert high == 224 * 224 * 3
    start, end = contrast(plane(2)), contrast(plane(high))
    assert end == pytest.approx(start, rel=1e-6)
    assert contrast(cube(high)) < 0.01
    says("equivariance", f"is a point with {high:,} coordinates")
    says("equivariance", f"keep it, at {high:,} coordinates as at {DIMENSIONS[0]}.")
    says(
        "equivariance",
        f"For points that fill the cube it falls in a line from {start:.0f} to below {0.01}; "
        f"for points on a plane it stays at {end:.0f}.",
    )


def test_points_must_be_in_a_table():
    with pytest.raises((RuntimeError, IndexError)):
        contrast(torch.zeros(4))
    with pytest.raises(RuntimeError, match="negative dimension"):
        cube(-1)


def test_the_figure_has_one_falling_and_one_level_line():
    ax = figure().axes[0]
    falling, level = (line.get_ydata() for line in ax.lines)
    assert list(falling) == sorted(falling, reverse=True)
    assert max(level) == pytest.approx(min(level), rel=1e-6)
    assert falling[0] == pytest.approx(level[0], rel=1e-6)
    assert [text.get_text() for text in ax.texts] == ["filling the cube", "on a plane"]
    low, high = ax.get_ylim()
    assert low < falling[-1]
    assert level[0] < ax.texts[1].get_position()[1] < high, "the label stands above"
