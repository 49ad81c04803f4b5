"""What sixteen bits lose."""

import math

import pytest
import torch

from snippets.low_precision import FORMATS, gradient, total


@pytest.mark.parametrize("dtype", FORMATS)
def test_a_sum_of_ones_stops_where_neighbours_stand_two_apart(dtype):
    stop = int(2 / torch.finfo(dtype).eps)
    last = torch.tensor(float(stop), dtype=dtype)
    assert last + 1 == last
    assert last - 1 != last
    if stop < 5000:
        assert total(stop + 100, 1, dtype) == stop
        assert total(stop - 1, 1, dtype) == stop - 1


@pytest.mark.parametrize("dtype", FORMATS[1:])
def test_half_way_the_neighbour_whose_last_bit_is_0_is_taken(dtype):
    stop = int(2 / torch.finfo(dtype).eps)
    near = range(stop, stop + 10)
    exact = [n for n in near if torch.tensor(n).to(dtype).item() == n]
    assert exact == [stop, stop + 2, stop + 4, stop + 6, stop + 8]
    for low in exact[:-1]:
        last_bit = torch.tensor(low).to(dtype).view(torch.int16) & 1
        assert torch.tensor(low).to(dtype) + 1 == low + 2 * last_bit


def test_the_page_counts_bits_right(says):
    bits = [-math.log2(torch.finfo(dtype).eps) for dtype in FORMATS]
    stops = [total(5000, 1, dtype) for dtype in FORMATS]
    says(
        "tricks",
        f"FP16 has {bits[1]:.0f} bits after the leading one, so from {stops[1]:,.0f} on its "
        f"neighbours stand {2} apart: {stops[1]:,.0f} + 1 lies half way, is rounded to the "
        f"neighbour whose last bit is {0}, and is {stops[1]:,.0f} again. BF16 keeps the range "
        f"of FP32 and has {bits[2]:.0f} bits, so its sum of ones stops at {stops[2]:.0f}.",
    )
    assert torch.finfo(torch.bfloat16).max / torch.finfo(torch.float32).max > 0.99


def test_a_weight_in_16_bits_does_not_grow(says):
    half = total(1000, 1e-4, torch.float16, start=1)
    assert half == total(1000, 1e-4, torch.float16, start=1.0) == 1
    whole = total(1000, 1e-4, torch.float32, start=1)
    says(
        "tricks",
        f"A weight of 1 that should grow by 0.0001 a step is still {half:.0f} after 1,000 steps "
        f"in FP16, and {whole:.1f} in FP32. So training in 16 bits keeps",
    )


def test_a_scaled_loss_saves_the_small_gradient(says):
    assert gradient(1e-8) == 0
    says(
        "tricks",
        "FP16 makes 1e-8 zero. Multiply the loss by 1,024 first, divide the gradient in FP32 "
        f"afterwards, and {gradient(1e-8, 1024):.3e}".replace("e-08", "e-8")
        + " comes out.",
    )
    largest = torch.finfo(torch.float16).max
    assert gradient(largest) == largest  # a scale of 1, unless another is given
    assert gradient(1e-8, dtype=torch.bfloat16) == pytest.approx(1e-8, rel=0.01)


@pytest.mark.parametrize("power", range(-20, 5))
def test_scaling_by_a_power_of_two_changes_no_gradient_that_fits(power):
    slope = 2.0**power
    assert gradient(slope) == gradient(slope, scale=2.0 ** min(10, 15 - power)) == slope


def test_the_loss_scale_that_saves_one_makes_another_overflow(says):
    assert math.isinf(gradient(70, scale=1024))
    assert gradient(60, scale=1024) == 60
    largest = torch.finfo(torch.float16).max
    assert largest < 70 * 1024
    says(
        "tricks",
        "The loss scale that saves 1e-8 makes 70 overflow: 70 × 1,024 is beyond "
        f"{largest:,.0f}, the largest FP16 number.",
    )


def test_a_type_without_fractions_has_no_gradient():
    with pytest.raises(RuntimeError, match="floating point"):
        gradient(1.0, dtype=torch.int16)
