"""The network of 1989: counted, compared with a loop, trained once."""

import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import linear, pad

from snippets.lecun1989 import Maps, digits, error, figure, net, passes, sizes

SOME = (torch.arange(12)[:, None] + torch.arange(8)) % 12


def test_the_totals_are_the_published_ones(says):
    units, connections, own = map(sum, zip(*sizes(net()).values(), strict=True))
    assert (units, connections, own) == (1256, 64660, 9760)
    assert own == sum(p.numel() for p in net().parameters())


def test_each_layer_has_the_published_size(says):
    rows = sizes(net())
    assert [rows[n][0] for n in ("H1", "H2")] == [12 * 8 * 8, 12 * 4 * 4]
    shapes = [net()[i].bias.shape for i in (0, 1)]
    says(
        "history",
        f"The first layer of the zip-code network, H1, has {shapes[0][0]} maps of {shapes[0][1]} × {shapes[0][2]} units; "
        f"the second, H2, has {shapes[1][0]} maps of {shapes[1][1]} × {shapes[1][2]}.",
    )
    kernel = net()[0].weight.shape[2:]
    assert net()[1].weight.shape[2:] == kernel
    says("history", f"{kernel[0]} × {kernel[1]} kernels with stride {16 // 8}")
    assert rows["H1"][2] == 12 * 25 + 768
    assert rows["H2"][2] == 12 * 8 * 25 + 192
    (_, wires1, own1), (_, wires2, own2) = rows["H1"], rows["H2"]
    says(
        "history",
        f"H1: {own1:,} parameters, {wires1:,} connections. H2: {own2:,} parameters, "
        f"{wires2:,} connections.",
    )
    says(
        "history",
        f"hold {(wires1 + wires2) / 64660:.0%} of the connections and "
        f"{(own1 + own2) / 9760:.0%} of the parameters",
    )
    for name in ("H3", "output"):
        assert rows[name][1] == rows[name][2]


def test_every_map_of_h1_is_read_by_eight_maps_of_h2(says):
    reads = net()[1].reads
    assert reads.shape == (12, 8)
    assert all(len(set(row)) == 8 for row in reads.tolist())
    assert reads.flatten().bincount().tolist() == [8] * 12
    says("history", f"so that every map of H1 is read by {8} maps of H2")
    says("history", f"Any choice of {8} has the same counts")
    says(
        "history",
        f"A map of H2 reads {8} of the {12} maps of H1. Which {8} is not known",
    )


@pytest.mark.parametrize("side", [4, 1])
def test_a_unit_is_a_sum_over_the_maps_that_it_reads(side):
    torch.manual_seed(0)
    layer = Maps(SOME, side).double()
    torch.nn.init.uniform_(layer.bias)
    x = torch.randn(2, 12, 8, 8, dtype=torch.float64)
    wide, out = pad(x, (2, 2, 2, 2), value=-1), layer(x)
    assert out.shape == (2, 12, 4, 4)
    for i in range(12):
        for row in range(4):
            for column in range(4):
                place = wide[:, SOME[i], 2 * row :, 2 * column :][..., :5, :5]
                bias = layer.bias[i, row % side, column % side]
                unit = torch.tanh((place * layer.weight[i]).sum((1, 2, 3)) + bias)
                torch.testing.assert_close(out[:, i, row, column], unit)


def h1(side):
    torch.manual_seed(1)
    layer = Maps(torch.zeros(12, 1, dtype=torch.long), side).double()
    torch.nn.init.uniform_(layer.bias)
    return layer


def shifts(layer):
    """Whether moving the image by 2 pixels moves the map by 1 unit, off the border."""
    image = torch.randn(1, 1, 18, 16, dtype=torch.float64)
    late, early = layer(image[:, :, :16]), layer(image[:, :, 2:])
    return torch.allclose(late[:, :, 2:-1], early[:, :, 1:-2], rtol=0, atol=1e-10)


def test_biases_of_their_own_break_the_symmetry_that_shared_weights_keep(says):
    assert shifts(h1(side=1))
    assert not shifts(h1(side=8))
    says("history", f"by {2} pixels, and the map of H1 should shift by {1} unit")


@pytest.mark.parametrize(("layer", "inputs"), [(0, 25), (1, 200), (3, 192), (5, 30)])
def test_weights_fill_the_published_range_and_no_more(layer, inputs):
    torch.manual_seed(0)
    weights = torch.cat([net()[layer].weight.flatten() for _ in range(20)]) * inputs
    assert weights.abs().max() <= 2.4 + 1e-6
    assert weights.max() > 2.39
    assert weights.min() < -2.39
    assert weights.std().item() == pytest.approx(2.4 / 3**0.5, rel=0.02)


def test_the_outputs_are_two_more_layers_each_squashed():
    torch.manual_seed(0)
    network, images = net(), torch.randn(3, 1, 16, 16)
    with torch.no_grad():
        for weight in network.parameters():
            weight.mul_(5)  # far from where tanh is straight
    h1, h2, _, h3, _, output, _ = network
    units = torch.tanh(linear(h2(h1(images)).flatten(1), h3.weight, h3.bias))
    expected = torch.tanh(linear(units, output.weight, output.bias))
    torch.testing.assert_close(network(images), expected)


@pytest.fixture(scope="module")
def errors():
    """Error on 500 digits after training on the others: shuffled, and in file order."""
    order = torch.randperm(1797, generator=torch.manual_seed(0))
    found = []
    for images, labels in [digits(), [part[order.argsort()] for part in digits()]]:
        *_, trained = passes(images[:1297], labels[:1297])
        found.append(error(trained, images[1297:], labels[1297:]))
    assert labels.tolist() == load_digits().target.tolist()
    return found


def test_what_is_passed_is_the_network_before_and_after_each_pass():
    images, labels = (part[:64] for part in digits())
    stages = passes(images, labels)
    first = [parameter.clone() for parameter in next(stages).parameters()]
    torch.manual_seed(0)
    assert all(map(torch.equal, first, net().parameters()))
    biases = [network[0].bias.abs().sum().item() for network in stages]
    assert len(set(biases)) == 23  # it has learned in between
    assert biases[-1] > biases[0] > 0


def test_a_pass_follows_the_gradient_with_momentum_over_batches_of_32():
    images, labels = (part[:80] for part in digits())
    learning = passes(images, labels)
    next(learning)
    learned = [weight.clone() for weight in next(learning).parameters()]
    torch.manual_seed(0)
    network = net()
    own, wanted = list(network.parameters()), 2 * torch.eye(10)[labels] - 1
    speed = [torch.zeros_like(weight) for weight in own]
    for batch in torch.randperm(80).split(32):
        loss = (network(images[batch]) - wanted[batch]).square().mean()
        slopes = torch.autograd.grad(loss, own)
        speed = [0.9 * v + slope for v, slope in zip(speed, slopes, strict=True)]
        for weight, v in zip(own, speed, strict=True):
            weight.data -= 0.1 * v
    torch.testing.assert_close(own, learned)


def test_the_error_is_the_share_of_wrong_answers():
    scores = torch.tensor([[0.2, 0.5], [3, 1], [0, 1], [-1, -2]])
    assert error(torch.nn.Identity(), scores, torch.tensor([1, 0, 0, 0])) == 0.25


def test_it_learns_to_read_digits(errors, says):
    assert errors[0] < 0.05


def test_the_split_decides_the_error(errors, says):
    assert errors[1] > 2 * errors[0]
    assert errors[1] < 0.15
    first = len(load_digits().target) - 500
    says(
        "history",
        f"Trained on the first {first} digits of the file and tested on the last 500",
    )


def test_the_digits_lie_between_background_and_ink(says):
    images, labels = digits()
    says("history", f"doubled to {images.shape[2]} × {images.shape[3]} pixels")
    assert images.shape == (1797, 1, 16, 16)
    assert (images.min(), images.max()) == (-1, 1)
    assert labels.bincount().min() > 170


def test_the_digits_are_those_of_the_file_in_another_order():
    data, (images, labels) = load_digits(), digits()
    order = torch.randperm(1797, generator=torch.manual_seed(0))
    assert labels.tolist() == data.target[order].tolist()
    means = torch.tensor(data.images[order]).mean((1, 2)).float() / 8 - 1
    torch.testing.assert_close(images.mean((1, 2, 3)), means)


def test_shared_biases_would_leave_fewer_parameters(says):
    fewer = sum(own for _, _, own in sizes(net(shared=True)).values())
    says(
        "history",
        f"It would have {fewer:,}. H1 loses {768} biases and gets {12}; H2 loses {192} and gets {12}.",
    )
    assert fewer == 9760 - 768 + 12 - 192 + 12


def test_an_image_of_another_size_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="must match"):
        net()(torch.zeros(1, 1, 20, 20))
    with pytest.raises(RuntimeError, match="channels"):
        net()(torch.zeros(1, 3, 16, 16))


def test_the_figure_joins_parameters_and_connections():
    ax = figure().axes[0]
    joined = [line.get_xdata().tolist() for line in ax.lines[::3]]
    assert joined == [[1068, 19968], [2592, 38592], [5790, 5790], [310, 310]]
    assert [text.get_text() for text in ax.texts] == ["parameters", "connections"]
