"""Quarter turns: the law over a grid of sizes, strides and kernels."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, max_pool2d

from snippets.p4 import deeper, figure, fits, holds, layers, lifted, turned


def quarter(image):
    return image.rot90(1, (-2, -1))


@pytest.mark.parametrize("size", [5, 8, 9])
@pytest.mark.parametrize("kernel", [1, 3, 5])
@pytest.mark.parametrize(("channels", "maps"), [(1, 1), (3, 2)])
def test_each_map_turns_and_the_four_change_places(size, kernel, channels, maps):
    torch.manual_seed(0)
    image = torch.randn(2, channels, size, size, dtype=torch.float64)
    one = torch.randn(maps, channels, kernel, kernel, dtype=torch.float64)
    two = torch.randn(3, maps, 4, kernel, kernel, dtype=torch.float64)
    first, second = lifted(image, one), deeper(lifted(image, one).relu(), two)
    assert first.shape == (2, maps, 4, size, size)
    assert second.shape == (2, 3, 4, size, size)
    assert torch.allclose(lifted(quarter(image), one), turned(first))
    after = deeper(lifted(quarter(image), one).relu(), two)
    assert torch.allclose(after, turned(second))
    assert torch.allclose(after.amax((2, 3, 4)), second.amax((2, 3, 4)))


def test_four_quarter_turns_change_nothing():
    maps = torch.randn(1, 2, 4, 5, 5)
    assert torch.equal(turned(turned(turned(turned(maps)))), maps)
    assert not torch.equal(turned(turned(maps)), maps)


def test_a_plain_convolution_breaks_the_law():
    torch.manual_seed(0)
    kernel = torch.randn(1, 1, 3, 3, dtype=torch.float64)
    assert not holds(lambda x: conv2d(x, kernel, padding=1), 9)
    isotropic = sum(kernel.rot90(turn, (2, 3)) for turn in range(4))
    assert holds(lambda x: conv2d(x, isotropic, padding=1), 9)


@pytest.mark.parametrize("kernel", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("padding", [0, 1, 3])
def test_the_law_holds_exactly_when_the_stride_divides(kernel, stride, padding):
    torch.manual_seed(1)
    weight = torch.randn(1, 1, kernel, kernel, dtype=torch.float64)
    even = sum(weight.rot90(turn, (2, 3)) for turn in range(4))
    for size in range(kernel + stride, kernel + stride + 9):
        law = holds(lambda x: conv2d(x, even, stride=stride, padding=padding), size)
        assert law == fits(size, kernel, stride, padding), size


@pytest.mark.parametrize("pool", [max_pool2d, avg_pool2d])
@pytest.mark.parametrize("kernel", [2, 3])
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_pools_follow_the_same_rule(pool, kernel, stride):
    for size in range(6, 16):
        law = holds(lambda x: pool(x, kernel, stride), size)
        assert law == fits(size, kernel, stride, 0), size


def sizes(name, stop=21):
    return [size for size in range(8, stop) if holds(layers()[name], size)]


def test_the_page_names_the_right_sizes(says):
    one, two, pool, pools = (sizes(name) for name in layers())
    assert one == [size for size in range(8, 21) if size % 2]
    assert pool == [size for size in range(8, 21) if size % 2 == 0]
    says(
        "equivariance",
        f"The p4 layer with stride {2} keeps its law on a side of {one[0]} pixels and loses "
        f"it on {one[0] - 1}. Two such layers need {', '.join(map(str, two))}; for "
        "max-pooling it is the other way round.",
    )
    says(
        "equivariance",
        f"Four rows of marks over the sizes {8} to {20}. A convolution with stride {2} has "
        f"squares at odd sizes, two of them at {two[0]}, {two[1]} and {two[2]}; max-pooling by "
        f"{2} has squares at even sizes, two of them at {pools[0]}, {pools[1]}, {pools[2]} and "
        f"{pools[3]}.",
    )


def test_a_resnet_needs_225_pixels(says):
    def chain(image):
        for number, (kernel, padding) in enumerate([(7, 3), *[(3, 1)] * 4]):
            torch.manual_seed(number)
            weight = torch.randn(1, 1, kernel, kernel, dtype=torch.float64)
            even = sum(weight.rot90(turn, (2, 3)) for turn in range(4))
            image = conv2d(image, even, stride=2, padding=padding)
        return image

    whole = [size for size in range(192, 258) if holds(chain, size)]
    says("equivariance", f"For which sides near {224} could it be")
    says("equivariance", f"{whole[1] - 1} or {whole[1]}?")
    says(
        "equivariance",
        f"For {whole[1]}, and for no other side within {whole[2] - whole[1] - 1} pixels of it. "
        f"An image of {224} pixels fails at the first layer.",
    )
    assert whole[1] - whole[0] == whole[2] - whole[1]
    assert not fits(224, 7, 2, 3)


def test_a_stride_below_one_is_named():
    for stride in (0, -1):
        with pytest.raises(
            ValueError, match=f"stride must be at least 1, not {stride}"
        ):
            fits(8, 3, stride, 1)
    with pytest.raises(RuntimeError, match="stride"):
        lifted(torch.zeros(1, 1, 8, 8), torch.zeros(1, 1, 3, 3), stride=0)


def test_the_figure_marks_the_sizes_that_hold():
    ax = figure().axes[0]
    for row, name in enumerate(layers()):
        good, bad = ax.collections[2 * row : 2 * row + 2]
        assert good.get_offsets()[:, 0].tolist() == sizes(name)
        assert len(good.get_offsets()) + len(bad.get_offsets()) == 13
        assert set(good.get_offsets()[:, 1]) == {row}
    assert [text.get_text() for text in ax.texts] == list(layers())
