"""Model cells: against a loop and against the energy of a quadrature pair."""

from math import cos, pi, radians

import pytest
import torch
from torch.nn.functional import conv2d

from snippets.cells import (
    DEGREES,
    complex_cells,
    figure,
    gabor,
    grating,
    modulation,
    rates,
    simple_cells,
)


@pytest.mark.parametrize("phase", [0, 30, 90, 200])
def test_a_map_of_cells_is_the_same_cell_at_every_place(phase):
    image = torch.rand(1, 1, 44, 43, dtype=torch.float64)
    found = simple_cells(image, phase)
    for row in range(4):
        for column in range(3):
            window = image[0, 0, row : row + 41, column : column + 41]
            rate = max(0.0, float((window * gabor(phase)[0, 0]).sum()))
            assert abs(rate - float(found[0, 0, row, column])) < 1e-10


def test_four_simple_cells_make_the_energy_of_two_kernels():
    image = torch.randn(2, 1, 45, 45, dtype=torch.float64)
    energy = conv2d(image, gabor(0)) ** 2 + conv2d(image, gabor(90)) ** 2
    torch.testing.assert_close(complex_cells(image), energy, rtol=0, atol=1e-10)


def test_a_complex_cell_sums_the_squares_of_four_simple_ones(says):
    image = torch.randn(2, 1, 45, 45, dtype=torch.float64)
    four = [simple_cells(image, 360 / 4 * n) for n in range(4)]
    squares = sum(cell**2 for cell in four)
    torch.testing.assert_close(complex_cells(image), squares, rtol=0, atol=1e-10)
    says(
        "history", "the sum of the squares of four of them, a quarter of a period apart"
    )


def test_both_cells_want_upright_stripes():
    for cells in (simple_cells, complex_cells):
        best = [rates(cells, angle).amax() for angle in range(0, 91, 15)]
        assert best == sorted(best, reverse=True)
        assert best[-1] < 0.01 * best[0]


def test_the_simple_cell_is_silent_for_half_of_all_phases(says):
    curve = rates(simple_cells) / rates(simple_cells).amax()
    silent = [p for p, rate in zip(DEGREES, curve, strict=True) if rate < 1e-3]
    assert silent == list(range(90, 271, 5))
    says("history", f"falls to zero between {silent[0]} and {silent[-1]} degrees")
    says("history", f"both peak at {0} degrees")
    wave = torch.tensor([max(0.0, cos(radians(p))) for p in DEGREES])
    assert (curve - wave).abs().max() < 1e-3


def test_f1_over_f0_tells_them_apart(says):
    angles = torch.arange(100_001).mul(2 * pi / 100_000)
    for shift, size in [(0, 1), (1, 1), (2.5, 7)]:
        sine = size * (angles + shift).cos()
        assert abs(modulation(sine.relu()) - pi / 2) < 1e-4
        assert abs(modulation(sine.sign().relu()) - 4 / pi) < 1e-4  # not a sine
    ratio = modulation(rates(simple_cells))
    assert abs(ratio - pi / 2) < 0.01
    says(
        "history",
        f"The simple cell's {ratio:.2f} is π/2, the ratio of every sine wave that has "
        "lost its negative half.",
    )
    flat = rates(complex_cells)
    assert modulation(flat) < 1e-3
    assert flat.amin() / flat.amax() > 0.999


@pytest.mark.parametrize("swing", [0.0, 0.3, 1.0])
def test_f1_over_f0_is_the_amplitude_over_the_mean(swing):
    wave = 2 + 2 * swing * torch.arange(361, dtype=torch.float64).deg2rad().sin()
    assert abs(modulation(wave) - swing) < 1e-10


def test_f1_over_f0_near_zero_does_not_mean_a_constant_rate(says):
    curve = rates(
        lambda image: simple_cells(image) ** 2 + simple_cells(image, 180) ** 2
    )
    silent = [p for p, r in zip(DEGREES, curve / curve.amax(), strict=True) if r < 1e-4]
    assert silent == [90, 270]
    says("history", f"has F1/F0 of {modulation(curve):.2f} and is silent at two phases")


def test_pooling_by_the_maximum_leaves_dips(says):
    def largest(image):
        return torch.stack([simple_cells(image, p) for p in (0, 90, 180, 270)]).amax(0)

    curve = rates(largest)
    lowest = float(curve.amin() / curve.amax())
    assert abs(lowest - cos(pi / 4)) < 1e-3
    says("history", f"falls to {lowest:.0%}, the cosine of {180 // 4} degrees")


def test_an_image_smaller_than_the_kernel_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="Kernel size can't be greater"):
        simple_cells(grating(0, side=40))


def test_the_figure_shows_a_peak_and_a_flat_line():
    kernel, angle, phase = figure().axes
    assert kernel.images[0].get_array().shape == (41, 41)
    for line in angle.lines:
        assert line.get_xdata()[line.get_ydata().argmax()] == 0
    simple, flat = (line.get_ydata() for line in phase.lines)
    assert simple.min() < 1e-3
    assert flat.min() > 0.999
    assert [text.get_text() for text in phase.texts] == ["complex cell", "simple cell"]
