"""BatchNorm undoes the scale of the weights before it; only the step size feels it."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import cross_entropy


def stripes(count: int = 64) -> tuple[Tensor, Tensor]:
    """Noisy pictures (count, 1, 8, 8) of stripes, and whether each set is upright."""
    line, upright = torch.arange(8) % 2 - 0.5, torch.arange(count) % 2
    pictures = torch.where(upright[:, None, None] == 1, line, line[:, None])
    return (pictures + torch.randn(count, 8, 8))[:, None].double(), upright


def network(scale: float, eps: float) -> nn.Sequential:
    """Convolution with weights times ``scale``, BatchNorm, ReLU, two classes."""
    conv, norm = nn.Conv2d(1, 8, 3, bias=False), nn.BatchNorm2d(8, eps=eps)
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    layers = nn.Sequential(conv, norm, nn.ReLU(), head).double()
    conv.weight.data *= scale
    return layers


# --8<-- [start:losses]
def losses(scale: float, lr: float, steps: int = 60, eps: float = 1e-12) -> Tensor:
    """Loss before each step of SGD on the weights of the convolution: (steps,).

    >>> [f"{loss:.3f}" for loss in losses(scale=1, lr=1, steps=2).tolist()]
    ['0.727', '0.715']
    """
    torch.manual_seed(0)
    (pictures, upright), layers = stripes(), network(scale, eps)
    optimizer = torch.optim.SGD([layers.get_parameter("0.weight")], lr)
    path = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = cross_entropy(layers(pictures), upright)
        loss.backward()
        optimizer.step()
        path.append(loss.item())
    return torch.tensor(path, dtype=torch.float64)


# --8<-- [end:losses]


def figure() -> Figure:
    """Loss over steps: plain, weights times 7, and then the rate times 49 as well."""
    torch.set_num_threads(1)
    fig, ax = plt.subplots()
    ax.plot(losses(1, 1), color="C1")
    ax.plot(losses(7, 1), color="C0")
    ax.plot(range(0, 60, 4), losses(7, 49)[::4], "o", color="C3", markersize=5)
    ax.text(25, 0.725, "weights × 7, rate 1")
    ax.text(22, 0.65, "line: weights × 1, rate 1")
    ax.text(22, 0.63, "dots: weights × 7, rate 49")
    ax.set(xlabel="steps", ylabel="loss", xticks=(0, 20, 40, 60), yticks=(0.6, 0.7))
    return fig


if __name__ == "__main__":
    torch.set_num_threads(1)
    print("weights  rate  loss after 0, 20, 40 steps")
    for scale, lr in [(1, 1), (7, 1), (7, 49)]:
        shown = "  ".join(f"{loss:.6f}" for loss in losses(scale, lr)[::20])
        print(f"{scale:7}  {lr:4}  {shown}")
