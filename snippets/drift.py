"""SGD leaves a dead bias where it is; Adam walks away with its rounding errors."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.optim import SGD, Adam


def stripes(count: int = 64) -> tuple[Tensor, Tensor]:
    """Noisy pictures (count, 1, 8, 8) of stripes, and whether each set is upright."""
    line, upright = torch.arange(8) % 2 - 0.5, torch.arange(count) % 2
    pictures = torch.where(upright[:, None, None] == 1, line, line[:, None])
    return (pictures + torch.randn(count, 8, 8))[:, None], upright


def network() -> nn.Sequential:
    """Convolution, BatchNorm, ReLU, average, two classes; the bias begins at zero."""
    conv = nn.Conv2d(1, 8, 3)
    nn.init.zeros_(conv.get_parameter("bias"))
    head = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 2))
    return nn.Sequential(conv, nn.BatchNorm2d(8), nn.ReLU(), head)


# --8<-- [start:distances]
def distances(
    kind: type[SGD | Adam], dtype: torch.dtype, seed: int = 0, eps: float = 1e-8
) -> Tensor:
    """Largest dead bias and largest β after each of 200 steps, shape (200, 2)."""
    torch.manual_seed(seed)
    (pictures, upright), layers = stripes(), network().to(dtype)
    weights = layers.parameters()
    optimizer = SGD(weights, 0.1) if kind is SGD else Adam(weights, 0.01, eps=eps)
    path = []
    for _ in range(200):
        optimizer.zero_grad()
        cross_entropy(layers(pictures.to(dtype)), upright).backward()
        optimizer.step()
        pair = [layers.get_parameter(name) for name in ("0.bias", "1.bias")]
        path.append([value.detach().abs().max() for value in pair])
    return torch.tensor(path)


# --8<-- [end:distances]


def figure() -> Figure:
    """Distance of the dead bias and of the living β from zero, over 200 steps."""
    torch.set_num_threads(1)
    fig, ax = plt.subplots()
    adam, double = (distances(Adam, dtype) for dtype in (torch.float32, torch.float64))
    lines = [adam[:, 1], adam[:, 0], double[:, 0], distances(SGD, torch.float32)[:, 0]]
    names = ["β, Adam", "bias, Adam", "bias, Adam in float64", "bias, SGD"]
    lifts = (0.6, -0.6, 0, 0)  # decades, so that the upper two labels stand apart
    styles = zip(lines, names, lifts, ("C2", "C3", "C0", "C1"), strict=True)
    for line, name, lift, colour in styles:
        ax.plot(range(1, 201), line, color=colour)
        place = (205, line[-1].item() * 10**lift)
        ax.annotate(name, place, va="center", annotation_clip=False)
    ax.set(yscale="log", xlabel="steps", xticks=(0, 100, 200), ylim=(1e-12, 2))
    ax.set(ylabel="distance from zero", yticks=(1e-12, 1e-8, 1e-4, 1))
    ax.minorticks_off()
    return fig


if __name__ == "__main__":
    torch.set_num_threads(1)
    print("after 200 steps, from zero: bias   β")
    for kind in (SGD, Adam):
        for dtype in (torch.float32, torch.float64):
            bias, shift = distances(kind, dtype)[-1].tolist()
            told = "below 0.000001" if bias < 1e-6 else f"above {min(bias, 0.01)}"
            print(f"{kind.__name__:5} {str(dtype)[6:]}   {told:14}   {shift:.2f}")
