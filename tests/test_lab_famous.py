"""What the lab on famous networks says, from its own functions."""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from snippets.effective import deviation
from snippets.resnet_tweaks import Block, cost
from snippets.winners import field, networks
from tests.labs import pieces, row

PAGE, LAB = "labs/famous", "famous"


@pytest.fixture(scope="module")
def lab():
    return SimpleNamespace(**pieces("famous"))


@pytest.fixture(scope="module")
def shapes(lab):
    with torch.device("meta"):
        return lab.networks()


@pytest.fixture(scope="module")
def prices(lab, shapes):
    return {name: lab.price(net) for name, net in shapes.items()}


@pytest.fixture(scope="module")
def fields(lab, shapes):
    return {name: lab.reach(lab.chain(net))[0] for name, net in shapes.items()}


@pytest.fixture(scope="module")
def fine(lab, shapes):
    return lab.dilated(shapes["ResNet-50"], 8)


def blocks(net):
    return [layer for layer in net if isinstance(layer, Block)]


def test_the_modules_have_the_fields_of_the_layers_on_the_page(fields):
    listed = {name: field(layers) for name, layers in networks().items()}
    assert fields["AlexNet"] == listed["AlexNet"]
    assert fields["VGG-16"] == listed["VGG-16"]
    assert fields["ResNet-50"] == listed["ResNet-50, 3x3"]
    assert fields["ResNet-50, 1x1"] == listed["ResNet-50, 1x1"]


PUBLISHED = {  # layers with weights, millions of parameters
    "AlexNet": (8, 61.0),
    "VGG-16": (16, 138.4),
    "ResNet-18": (18, 11.7),
    "ResNet-34": (34, 21.8),
    "ResNet-50": (50, 25.6),
    "ResNet-101": (101, 44.5),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_network_has_its_layers_and_its_parameters(lab, shapes, prices, name):
    weighted = [x for x in lab.chain(shapes[name]) if isinstance(x, nn.Conv2d)]
    ends = [x for x in shapes[name] if isinstance(x, nn.Linear)]
    held = round(prices[name].parameters / 1e6, 1)
    assert (len(weighted) + len(ends), held) == PUBLISHED[name]


def test_hooks_count_what_torch_counts(shapes, prices):
    for name in ("AlexNet", "ResNet-18", "ResNet-50, 1x1"):
        assert prices[name].macs == cost(shapes[name])
        assert not any(layer._forward_hooks for layer in shapes[name].modules())


def test_a_price_is_that_of_a_layer_by_hand(lab):
    with torch.device("meta"):
        net = nn.Sequential(nn.Conv2d(3, 8, 3, stride=2), nn.MaxPool2d(2))
    assert lab.price(net) == (8 * 3 * 9 + 8, 8 * 27 * 111**2, 8 * 111**2)


@pytest.mark.parametrize("name", ["AlexNet", "VGG-16", "ResNet-18", "ResNet-50, 1x1"])
def test_gradients_reach_the_rows_of_the_formula(lab, shapes, name):
    assert lab.agrees(shapes[name])


def test_a_wrong_border_is_noticed(lab, shapes):
    net = lab.deepcopy(shapes["AlexNet"])
    middle = lab.places(net, lab.roomy(net)) // 2
    right = lab.window(net, middle)
    net[0].padding = (3, 3)
    assert lab.window(net, middle) == range(right.start - 1, right.stop - 1)


def test_the_table_is_told_right(lab, shapes, prices, fields, says):
    deep = [len(lab.chain(shapes[f"ResNet-{n}"])) for n in (34, 50)]
    both = [len(blocks(shapes[f"ResNet-{n}"])) for n in (34, 50)]
    assert both[0] == both[1]
    assert fields["ResNet-34"] > 2 * fields["ResNet-50"]
    says(
        PAGE,
        f"ResNet-34 sees {fields['ResNet-34']} pixels a side; ResNet-50, with {deep[1] - deep[0]} "
        f"convolutions more on its longest way, sees {fields['ResNet-50']}. Both have {both[0]} blocks.",
    )
    for wanted in ("parameters", "macs"):
        costs = {name: getattr(price, wanted) for name, price in prices.items()}
        assert max(costs, key=costs.get) == "VGG-16"
    assert sorted(fields, key=fields.get)[1] == "VGG-16"
    assert prices["ResNet-101"].parameters < prices["AlexNet"].parameters
    times = prices["ResNet-101"].macs / prices["AlexNet"].macs
    says(PAGE, f"holds fewer parameters than AlexNet and does {times:.0f} times")
    for net, reaching in (("ResNet-34", 2), ("ResNet-50", 1)):
        for block in blocks(shapes[net]):
            kernels = [lab.single(x.kernel_size) for x in lab.chain(block.path)]
            assert kernels.count(3) == len(kernels) - kernels.count(1) == reaching


def test_coarse_layers_make_the_field(lab, shapes, fields, says):
    out = {name: lab.outgrown(net) for name, net in shapes.items()}
    assert out["ResNet-50"] == out["ResNet-101"]
    assert not out["AlexNet"]
    assert not out["VGG-16"]
    says(
        PAGE,
        f"The fields of ResNet-50 and ResNet-101 outgrow the image with layer {out['ResNet-50']}, "
        f"that of ResNet-34 with layer {out['ResNet-34']}, that of ResNet-18 with layer {out['ResNet-18']}.",
    )
    for name, net in shapes.items():
        assert 1 + sum(lab.gains(net).values()) == fields[name] == lab.growth(net)[-1]
    deep, less = lab.gains(shapes["ResNet-101"]), lab.gains(shapes["ResNet-50"])
    more = len(blocks(shapes["ResNet-101"])) - len(blocks(shapes["ResNet-50"]))
    assert {s for s in deep if deep[s] != less[s]} == {16}
    says(
        PAGE,
        f"Layers at step {16} give ResNet-101 {deep[16]} of its {fields['ResNet-101']} pixels. What makes "
        f"it deeper than ResNet-50 stands there: {more} blocks, each of {(deep[16] - less[16]) // more} pixels.",
    )
    for name, net in shapes.items():
        pools = [x for x in lab.chain(net) if isinstance(x, nn.MaxPool2d)]
        assert len(pools) == 1 or not name.startswith("ResNet")
    says(PAGE, "the max-pool of a ResNet stands in for the last layer of its name")
    says(PAGE, f"and VGG-16 has {len(lab.chain(shapes['VGG-16']))}.")
    told = [(n, len(lab.chain(shapes[f"ResNet-{n}"]))) for n in (18, 34, 50, 101)]
    assert all(n == layers for n, layers in told)
    ends = [f"ResNet-{n} {'ends at ' * (n == 18)}" for n in (18, 34, 50, 101)]
    lines = [
        f"{end}{'' if n == 18 else 'at '}{fields[f'ResNet-{n}']} after {n}{' layers' * (n == 18)}"
        for end, n in zip(ends, (18, 34, 50, 101), strict=True)
    ]
    says(PAGE, ", ".join(lines))
    says(
        PAGE,
        f"AlexNet and VGG-16 end below a dashed line at {lab.SIDE} pixels, the image.",
    )


def test_most_of_a_field_lies_outside_of_the_image(lab, shapes, fields, says):
    name = "ResNet-50, 1x1"
    says(
        PAGE,
        f"Of the {fields[name]} pixels a side that make the best known field of ResNet-50, "
        f"{lab.outside(shapes[name]):.1%} of the area are outside of an image of {lab.SIDE}. Every output",
    )
    assert lab.complete(shapes[name]) == lab.places(shapes[name]) ** 2
    for name, net in shapes.items():
        assert (lab.outside(net) > 0.5) == name.startswith("ResNet")


def test_the_outputs_of_a_resnet_stand_off_the_middle(lab, shapes, says):
    rows = [lab.window(shapes["ResNet-50"], index) for index in range(7)]
    middles = [(row.start + row.stop - 1) / 2 for row in rows]
    assert len(middles) == lab.places(shapes["ResNet-50"])
    assert middles == [32 * index for index in range(7)]
    says(
        PAGE,
        f"stand at rows {middles[0]:.0f}, {middles[1]:.0f} and so on to {middles[-1]:.0f}, in an image whose "
        f"middle lies between rows {lab.SIDE // 2 - 1} and {lab.SIDE // 2}: each of the",
    )
    ends = [lab.window(shapes["VGG-16"], index) for index in (0, 6)]
    assert ends[0].start + ends[1].stop == lab.SIDE


@pytest.mark.parametrize("name", ["ResNet-18", "ResNet-34", "ResNet-50", "ResNet-101"])
def test_every_stride_shifts_the_outputs_by_half_a_pixel_of_its_input(
    lab, shapes, name, says
):
    shifts, side, step = [], lab.SIDE, 1
    for layer in lab.chain(shapes[name]):
        kernel, stride, border = map(
            lab.single, (layer.kernel_size, layer.stride, layer.padding)
        )
        count = (side + 2 * border - kernel) // stride + 1
        first = (kernel - 1) / 2 - border
        last = first + stride * (count - 1)
        assert (first, last) == (0, side - stride)
        shifts += [step * (side - 1 - first - last) / 2] * (stride == 2)
        side, step = count, step * stride
    middles = [lab.window(shapes[name], at) for at in (0, side - 1)]
    centre = (middles[0].start + middles[1].stop - 1) / 2
    assert len(shifts) == 5
    assert sum(shifts) == (lab.SIDE - 1) / 2 - centre
    says(PAGE, f"each of the five layers of stride {2} begins with its middle on the")
    *first, last = (f"{shift:g}" for shift in shifts)
    says(
        PAGE,
        f"by half a pixel of its input: by {', '.join(first)} and {last}, together "
        f"{sum(shifts):g} pixels of the image.",
    )


@pytest.fixture(scope="module")
def found(lab, shapes):
    """The effective fields of three networks, from fewer draws than the lab's."""
    names = ["VGG-16", "ResNet-34", "ResNet-50", "ResNet-101"]
    return {name: lab.weighed(shapes[name], 4) for name in names}


def test_what_weighs_is_far_smaller(lab, fields, found, says):
    most, nearly = lab.PARTS
    circles = {name: lab.radius(shares, nearly) for name, shares in found.items()}
    covered = {name: torch.pi * r**2 / fields[name] ** 2 for name, r in circles.items()}
    assert covered["VGG-16"] > 1 / 4
    assert max(covered["ResNet-34"], covered["ResNet-101"]) < 1 / 10
    assert circles["ResNet-101"] < 1.5 * circles["ResNet-50"]
    assert all(2 * lab.radius(found[name], most) < lab.SIDE for name in found)
    times = fields["ResNet-101"] / fields["ResNet-50"]
    says(PAGE, f"From ResNet-50 to ResNet-101 the field becomes {times:.1f} times")
    says(PAGE, f"Circles: {most:.0%} of the weight lie in the solid one, {nearly:.0%}")
    says(PAGE, f"two circles that hold {most:.0%} and {nearly:.0%} of the weight")
    says(PAGE, f"The circle of {nearly:.0%} covers more than a quarter of the field")
    assert lab.DRAWS == 10
    says(PAGE, "The networks keep up to 8 channels a layer")
    says(PAGE, "are those of networks with up to 8 channels a layer")
    assert lab.weighed.__defaults__ == (lab.DRAWS, 8)
    assert {len(found["ResNet-34"]), len(found["ResNet-101"])} == {480}


def test_the_circles_of_the_figure_are_told_right(fields, says):
    own, middle, deep = (
        row(LAB, f"ResNet-{n:<4}{fields[f'ResNet-{n}']:6}") for n in (18, 34, 101)
    )
    assert len(own) == 2
    for one, two, three in zip(own, middle, deep, strict=True):
        assert 1 < three / one < 1.15
        assert 1.2 < two / one < 1.45
    says(PAGE, "the circles of ResNet-101 are hardly larger than those of ResNet-18")
    says(PAGE, "those of ResNet-34 by about a third.")


def test_shortcuts_hold_the_weight_in_the_middle(lab, shapes, found):
    for name in ("ResNet-34", "ResNet-50", "ResNet-101"):
        assert lab.spread(found[name]) < 0.95 * lab.predicted(shapes[name])
    assert abs(lab.spread(found["VGG-16"]) / lab.predicted(shapes["VGG-16"]) - 1) < 0.1
    cut = lab.plain(shapes["ResNet-18"])
    assert lab.reach(lab.chain(cut)) == lab.reach(lab.chain(shapes["ResNet-18"]))
    wide = lab.spread(lab.weighed(cut, 6))
    assert abs(wide / lab.predicted(shapes["ResNet-18"]) - 1) < 0.1


def test_a_circle_and_a_spread_are_those_of_a_known_cloud(lab):
    at = torch.arange(101, dtype=torch.float64) - 40
    row = torch.exp(-(at**2) / (2 * 8**2))
    shares = row[:, None] * row / row.sum() ** 2
    assert lab.centre(shares) == pytest.approx((40, 40), abs=1e-3)
    assert lab.spread(shares) == pytest.approx(8, rel=1e-3)
    for part in (0.68, 0.95):
        there = 8 * (-2 * torch.tensor(1 - part).log()).sqrt().item()
        assert lab.radius(shares, part) == pytest.approx(there, abs=0.5)
    layers = nn.Sequential(nn.Conv2d(1, 1, 3), nn.MaxPool2d(2), nn.Conv2d(1, 1, 3))
    assert lab.predicted(layers) == deviation([(3, 1), (2, 2), (3, 1)])


def test_dilation_keeps_field_and_parameters(lab, shapes, prices, fine, says):
    field, _ = lab.reach(lab.chain(shapes["ResNet-50"]))
    assert lab.reach(lab.chain(fine)) == (field, 8)
    dear, cheap = lab.price(fine), prices["ResNet-50"]
    assert dear.parameters == cheap.parameters
    work, maps = dear.macs / cheap.macs, dear.writes / cheap.writes
    more = (lab.places(fine) / lab.places(shapes["ResNet-50"])) ** 2
    says(PAGE, f"The field stays {field}, because")
    says(
        PAGE,
        f"has {more:.0f} times as many outputs, for {work:.1f} times the work and {maps:.1f} times the "
        "memory for what its layers write.",
    )
    says(PAGE, f"nearer to {1} or to {work:.1f}? Say it first.")
    many = lab.places(shapes["ResNet-50"])
    says(PAGE, f"wants more outputs than {many} × {many}.")


@pytest.mark.parametrize("name", ["ResNet-18", "ResNet-50", "ResNet-50, 1x1"])
@pytest.mark.parametrize("most", [4, 8, 16])
def test_a_dilated_network_has_the_outputs_of_the_strided_one(
    lab, shapes, name, most, says
):
    torch.manual_seed(1)
    net = lab.thin(shapes[name], 4).double().eval()
    image, times = torch.rand(1, 1, 96, 96, dtype=torch.float64), 32 // most
    with torch.no_grad():
        few, many = net(image), lab.dilated(net, most)(image)
    assert many.shape[-1] == few.shape[-1] * times
    assert few.abs().max() > 0
    assert torch.allclose(many[..., ::times, ::times], few, rtol=1e-10, atol=1e-15)
    says(PAGE, "every fourth output of every fourth row is one of the strided network")
    assert lab.dilated(net, 32)(image).shape == few.shape


def test_five_thin_layers_double_a_field(lab, shapes, fields, fine, says):
    with torch.device("meta"):
        wide = nn.Sequential(*lab.body(fine), *lab.context(2048))
    side, before = lab.reach(lab.chain(wide))[0], fields["ResNet-50"]
    assert side > 2 * before
    last = lab.chain(fine)[-1].out_channels
    says(PAGE, f"module takes 64 maps of the last {last:,} and lets five layers look")
    work = [lab.price(net).macs for net in (lab.body(fine), wide)]
    says(
        PAGE,
        f"adds {side - before} pixels to the field, for {work[1] / work[0] - 1:.1%} more work.",
    )
    deep = lab.body(lab.dilated(shapes["ResNet-101"], 8))
    far, paid = lab.reach(lab.chain(deep))[0], lab.price(deep).macs
    says(
        PAGE,
        f"sees {far} pixels, {far - side} more, and does {paid / work[1]:.2f} times as much.",
    )


def test_the_answers_are_right(lab, shapes, prices, says):
    half = lab.dilated(shapes["ResNet-50"], 16)
    times = lab.price(half).macs / prices["ResNet-50"].macs
    ends = [x.path[-1][0].out_channels for x in blocks(shapes["ResNet-50"])]
    last = ends.count(2048)
    says(
        PAGE,
        f"It is {times:.2f}. Only {last} of {len(ends)} blocks get four times the outputs.",
    )
    seen = lab.complete(shapes["ResNet-18"])
    says(
        PAGE, f"only {seen} of {lab.places(shapes['ResNet-18']) ** 2} outputs can read"
    )
    with torch.device("meta"):
        four = lab.resnet((1, 1, 1, 1))
        five = [lab.resnet([1 + (s == more) for s in range(4)]) for more in range(4)]
        six = lab.resnet((1, 1, 1, 3))
    assert max(map(lab.complete, [four, *five])) < lab.complete(six) == 49
    assert len(blocks(shapes["ResNet-18"])) - len(blocks(six)) == 2


def test_blocks_of_two_have_kernels_of_three(lab, shapes, says):
    kernels = {layer.kernel_size for layer in lab.chain(shapes["ResNet-18"])[2:]}
    assert kernels == {(3, 3)}
    says(PAGE, f"blocks of two convolutions, both of {3} × {3} pixels.")
