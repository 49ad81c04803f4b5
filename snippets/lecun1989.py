"""The network that read zip codes in 1989, rebuilt: weights are shared, biases not."""

from collections.abc import Iterator

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate, mse_loss, one_hot, pad


# --8<-- [start:maps]
class Maps(nn.Module):
    """Feature maps with stride 2: a kernel for each map, a bias for each unit.

    Row ``i`` of ``reads`` lists the maps of the input that map ``i`` reads. A map has
    ``side`` x ``side`` units; with ``side=1`` they share one bias, as in torch.
    """

    def __init__(self, reads: Tensor, side: int) -> None:
        """Weights from -2.4 to 2.4, divided by the number of inputs; biases of zero."""
        super().__init__()
        maps, read = reads.shape
        self.reads, self.wide = reads, int(reads.max()) + 1
        self.weight = nn.Parameter(torch.rand(maps, read, 5, 5) * 4.8 - 2.4)
        self.weight.data /= read * 25
        self.bias = nn.Parameter(torch.zeros(maps, side, side))

    def forward(self, x: Tensor) -> Tensor:
        """Half as many rows and columns; -1, the background, lies around the input."""
        kernel = x.new_zeros(len(self.reads), self.wide, 5, 5)
        kernel[torch.arange(len(kernel))[:, None], self.reads] = self.weight
        x = conv2d(pad(x, [2] * 4, value=-1), kernel, stride=2)
        return torch.tanh(x + self.bias)


# --8<-- [end:maps]


# --8<-- [start:net]
def net(shared: bool = False) -> nn.Sequential:
    """Sixteen by sixteen pixels to ten outputs, one for each digit."""
    image = torch.zeros(12, 1, dtype=torch.long)
    some = (torch.arange(12)[:, None] + torch.arange(8)) % 12  # eight of the twelve
    h1, h2 = [Maps(r, 1 if shared else s) for r, s in ((image, 8), (some, 4))]
    h3, out = nn.Linear(192, 30), nn.Linear(30, 10)
    for layer, most in [(h3, 2.4 / 192), (out, 2.4 / 30)]:
        nn.init.uniform_(layer.weight, -most, most)
    return nn.Sequential(h1, h2, nn.Flatten(), h3, nn.Tanh(), out, nn.Tanh())


# --8<-- [end:net]


def sizes(net: nn.Sequential) -> dict[str, tuple[int, int, int]]:
    """Units, connections and parameters of the input and of each layer, by its name."""
    x, found = torch.zeros(1, 1, 16, 16), {"input": (256, 0, 0)}
    for layer in net:
        x = layer(x)
        if isinstance(layer, Maps | nn.Linear):
            name = ("H1", "H2", "H3", "output")[len(found) - 1]
            own = sum(p.numel() for p in layer.parameters())
            found[name] = x.numel(), x.numel() * (layer.weight[0].numel() + 1), own
    return found


def digits() -> tuple[Tensor, Tensor]:
    """1797 shuffled digits of scikit-learn, 16 x 16 from -1 to 1, and what they are."""
    data, order = load_digits(), torch.randperm(1797, generator=torch.manual_seed(0))
    images = torch.tensor(data.images, dtype=torch.float32)[order, None] / 8 - 1
    wide = interpolate(images, scale_factor=2, mode="bilinear")
    return wide, torch.tensor(data.target)[order]


def passes(images: Tensor, labels: Tensor) -> Iterator[nn.Sequential]:
    """The network before it learns and after each of 23 passes, 32 images at a time."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network, wanted = net(), one_hot(labels, 10) * 2.0 - 1
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.9)
    yield network
    for _ in range(23):
        for batch in torch.randperm(len(images)).split(32):
            optimizer.zero_grad()
            mse_loss(network(images[batch]), wanted[batch]).backward()
            optimizer.step()
        yield network


def error(network: nn.Sequential, images: Tensor, labels: Tensor) -> float:
    """Share of the images that the network takes for another digit."""
    return float((network(images).argmax(1) != labels).double().mean())


def figure() -> Figure:
    """Connections and parameters of each layer, on one logarithmic axis."""
    fig, ax = plt.subplots(figsize=(4.8, 2.4))
    for name, (_, connections, own) in list(sizes(net()).items())[1:]:
        ax.plot([own, connections], [name] * 2, "0.5", linewidth=1)
        ax.plot(connections, name, "sC2", markersize=9)
        ax.plot(own, name, "oC1", markersize=5)
    for at, label in [(1068, "parameters"), (19968, "connections")]:
        ax.text(at, -0.4, label, ha="center")
    ax.set(xscale="log", xlim=(200, 1e5), ylim=(3.4, -0.9))
    ax.set_xticks([300, 1000, 10000], ["300", "1,000", "10,000"])
    ax.minorticks_off()
    return fig


if __name__ == "__main__":
    rows = sizes(net())
    print("layer   units  connections  parameters")
    total = map(sum, zip(*rows.values(), strict=True))
    for name, row in [*rows.items(), ("sum", total)]:
        print("{:6}  {:5,}  {:11,}  {:10,}".format(name, *row))
    images, labels = digits()
    *_, trained = passes(images[:1297], labels[:1297])
    wrong = error(trained, images[1297:], labels[1297:])
    print(f"trained on 1297 digits; error on 500 others below 5%: {wrong < 0.05}")
