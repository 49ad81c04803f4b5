"""Where pooling windows start, against torch over a grid."""

from itertools import product

import pytest
import torch
from torch.nn.functional import avg_pool2d, max_pool2d

from snippets.ceil_mode import CASES, figure, starts


def torchs(pool, case):
    """The number of windows in torch, 0 where it raises a RuntimeError."""
    size, kernel, stride, padding, ceil_mode = case
    image = torch.zeros(1, 1, size, size)
    try:
        return pool(image, kernel, stride, padding, ceil_mode=ceil_mode).shape[-1]
    except RuntimeError:
        return 0


def test_the_list_of_starts_is_as_long_as_torch_returns(says):
    tried = 0
    grid = product(range(1, 17), range(1, 6), range(1, 5), range(3), (False, True))
    for size, kernel, stride, padding, ceil_mode in grid:
        if 2 * padding > kernel:
            continue
        case = (size, kernel, stride, padding, ceil_mode)
        for pool in (max_pool2d, avg_pool2d):
            assert len(starts(*case)) == torchs(pool, case), case
        tried += 1
    says(
        "conv2d",
        f"has the length that torch returns on all {tried:,} combinations of a grid",
    )


def test_the_windows_start_where_torch_reads():
    """The maximum of a rising row is the last pixel that a window reads."""
    row = torch.arange(16.0).expand(1, 1, 16, 16)
    for kernel, stride, ceil_mode in product((1, 2, 3, 5), (1, 2, 3, 4), (False, True)):
        made = max_pool2d(row, kernel, stride, ceil_mode=ceil_mode)[0, 0, 0].tolist()
        places = starts(16, kernel, stride, ceil_mode=ceil_mode)
        assert made == [min(place + kernel - 1, 15) for place in places]


def test_a_wrong_argument_raises():
    for padding in (-1, 2):
        with pytest.raises(
            ValueError,
            match=f"^padding must be from 0 to half of the kernel, not {padding}$",
        ):
            starts(6, 3, 2, padding)
    with pytest.raises(RuntimeError, match="pad should be at most half"):
        max_pool2d(torch.zeros(1, 1, 6, 6), 3, 2, 2)
    with pytest.raises(
        ValueError, match=r"^stride must be a whole number from 1, not 0$"
    ):
        starts(6, 3, 0)
    assert starts(2, 3, 2) == []
    with pytest.raises(RuntimeError, match="Output size is too small"):
        max_pool2d(torch.zeros(1, 1, 2, 2), 3, 2)


def test_rounding_up_alone_would_give_one_window_more(says):
    case = CASES["stride 3, padding 1, ceil_mode"][0]
    size, kernel, stride, padding, _ = case
    rounded = -(-(size + 2 * padding - kernel) // stride) + 1
    taken = len(starts(*case))
    assert torchs(max_pool2d, case) == taken
    says(
        "conv2d",
        f"Rounding up alone would give the last row {rounded} windows; the rule leaves {taken}.",
    )


def test_rounding_up_covers_everything_unless_the_stride_outruns_the_kernel(says):
    def read(size, kernel, stride, padding=0):
        places = starts(size, kernel, stride, padding, True)
        return {p + k for p in places for k in range(kernel)} & set(range(size))

    for size, kernel, stride in product(range(1, 17), range(1, 6), range(1, 5)):
        for padding in range(kernel // 2 + 1):
            if stride <= kernel and starts(size, kernel, stride, padding, True):
                assert len(read(size, kernel, stride, padding)) == size
    says(
        "conv2d",
        f"of 5 pixels, a kernel of 2 with stride 3 reads {len(read(5, 2, 3))}.",
    )


def test_the_figure_dots_one_window_a_row(says):
    lines = figure().axes[0].lines
    dotted = [line.get_linestyle() == ":" for line in lines]
    assert dotted == [False, False, True, False, False, False, True, False, False, True]
    counts = [len(starts(*case)) for case, _ in CASES.values()]
    assert counts == [2, 3, 2]
    says(
        "conv2d",
        f"First, {CASES['stride 2, no ceil_mode'][0][0]} pixels and {counts[0]} windows; a dotted "
        f"third one hangs over. Second, {counts[1]} windows, the third hangs over, a dotted fourth "
        f"starts outside. Third, {CASES['stride 3, padding 1, ceil_mode'][0][0]} pixels with a "
        f"hollow square of padding on each side: {counts[2]} windows",
    )
