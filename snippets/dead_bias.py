"""A bias before BatchNorm is dead in training mode: the batch mean takes it along."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn


# --8<-- [start:pair]
def pair(bias: float) -> nn.Sequential:
    """A convolution from 3 to 4 channels with this bias, then BatchNorm, in float64."""
    torch.manual_seed(0)
    conv, norm = nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4, momentum=None)
    nn.init.constant_(conv.get_parameter("bias"), bias)
    nn.init.uniform_(norm.weight, 0.5, 2)
    return nn.Sequential(conv, norm).double()


def images() -> Tensor:
    """A batch of noise, (16, 3, 12, 12)."""
    return torch.randn(16, 3, 12, 12, generator=torch.manual_seed(1)).double()


# --8<-- [end:pair]


# --8<-- [start:output]
def output(bias: float, seen: float, training: bool) -> Tensor:
    """Output with a bias, after BatchNorm has seen one batch with the bias ``seen``.

    >>> output(bias=0, seen=0, training=True).shape
    torch.Size([16, 4, 10, 10])
    """
    layers = pair(seen)
    layers(images())  # in training mode: fills the running mean and variance
    nn.init.constant_(layers.get_parameter("0.bias"), bias)
    out: Tensor = layers.train(training)(images())
    return out.detach()


# --8<-- [end:output]


def gradients() -> dict[str, float]:
    """The largest entry of each gradient in training mode, by parameter."""
    layers, target = pair(bias=0), torch.randn(16, 4, 10, 10).double()
    (layers(images()) - target).square().mean().backward()
    found = {name: value.grad for name, value in layers.named_parameters()}
    return {n: g.abs().max().item() for n, g in found.items() if g is not None}


def statistics(bias: float) -> tuple[Tensor, Tensor]:
    """Running mean and running variance, (4,) each, after one batch with a bias."""
    layers = pair(bias)
    layers(images())
    return layers.get_buffer("1.running_mean"), layers.get_buffer("1.running_var")


def figure() -> Figure:
    """Histograms of one channel of the output with bias 0 and 5, in both modes."""
    fig, axes = plt.subplots(2, 1, sharex=True)
    for ax, training in zip(axes, (True, False), strict=True):
        for bias, kind, colour in [(0, "stepfilled", "C2"), (5, "step", "C3")]:
            values = output(bias, seen=0, training=training)[:, 0].flatten()
            low, high = values.min().item() // 1, values.max().item() // 1 + 1
            edges = torch.arange(low, high + 0.1, 0.2)
            ax.hist(values, edges.tolist(), histtype=kind, color=colour, linewidth=2)
            label = "bias 0 and bias 5" if training else f"bias {bias}"
            ax.text(values.mean() + 1, 100, label if bias or not training else "")
        ax.text(-3.6, 100, "training" if training else "eval")
        ax.set(yticks=[], xticks=(0, 5, 10))
        ax.spines["left"].set_visible(False)
    axes[1].set_xlabel("output of one channel")
    return fig


if __name__ == "__main__":
    first = {name: f"{value:.6f}" for name, value in gradients().items()}
    print(f"largest gradient    bias {first['0.bias']}, weight {first['0.weight']}")
    move = (output(100, 0, True) - output(0, 0, True)).abs().max()
    print(f"+100, training      output moves by {move:.6f}")
    for name, a, b in zip(
        ("mean", "var "), statistics(100), statistics(0), strict=True
    ):
        print(f"+100, running {name}  moves by {(a - b).abs().max():.6f}")
    move = (output(100, 100, False) - output(0, 0, False)).abs().max()
    print(f"+100, eval after    output moves by {move:.6f}")
    move = (output(1, 0, False) - output(0, 0, False)).mean((0, 2, 3))
    print("+1, eval mode only  channels move by", *(f"{m:.3f}" for m in move.tolist()))
