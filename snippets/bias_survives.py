"""What stands between a bias and the next layer decides how much of it survives."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.autograd.functional import jvp


# --8<-- [start:dead]
def dead(after: nn.Module, training: bool = True, channels: int = 8) -> int:
    """How many independent directions of a bias change nothing behind ``after``.

    >>> dead(nn.BatchNorm2d(8)), dead(nn.BatchNorm2d(8), training=False)
    (8, 0)
    """
    torch.manual_seed(0)
    maps = torch.randn(4, channels, 6, 6)

    def output(bias: Tensor) -> Tensor:
        torch.manual_seed(1)  # the same dropout each time
        out: Tensor = after.double().train(training)(maps + bias[:, None, None])
        return out

    start, units = torch.zeros(channels).double(), torch.eye(channels).double()
    slopes = torch.stack([jvp(output, start, unit)[1].flatten() for unit in units])
    return channels - int(torch.linalg.matrix_rank(slopes, atol=1e-9))


# --8<-- [end:dead]


# --8<-- [start:followers]
def followers() -> dict[str, nn.Module]:
    """What can follow a convolution with 8 channels, by name."""
    torch.manual_seed(0)
    norm = nn.BatchNorm2d(8)
    return {
        "BatchNorm": norm,
        "MaxPool, BatchNorm": nn.Sequential(nn.MaxPool2d(2), norm),
        "conv, BatchNorm": nn.Sequential(nn.Conv2d(8, 8, 3), norm),
        "padded conv, BatchNorm": nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), norm),
        "Dropout, BatchNorm": nn.Sequential(nn.Dropout(0.5), norm),
        "ReLU, BatchNorm": nn.Sequential(nn.ReLU(), norm),
        "InstanceNorm": nn.InstanceNorm2d(8),
        "GroupNorm, 8 groups": nn.GroupNorm(8, 8),
        "GroupNorm, 4 groups": nn.GroupNorm(4, 8),
        "GroupNorm, 1 group": nn.GroupNorm(1, 8),
        "LayerNorm": nn.LayerNorm([8, 6, 6]),
    }


# --8<-- [end:followers]


def figure() -> Figure:
    """For each follower and mode, eight directions: live squares and dead dots."""
    fig, ax = plt.subplots(figsize=(4.8, 3.4))
    for left, training in [(0, True), (9.5, False)]:
        ax.text(left - 0.4, -1, "training" if training else "eval")
        for row, after in enumerate(followers().values()):
            live = 8 - dead(after, training)
            ax.scatter(left + torch.arange(live), [row] * live, 60, "C1", marker="s")
            x = left + torch.arange(live, 8)
            ax.scatter(x, [row] * len(x), 5, "0.5")
    for row, name in enumerate(followers()):
        ax.text(-1, row, name, ha="right", va="center")
    ax.set(xlim=(-11, 17.2), ylim=(10.5, -1.9))
    ax.set_axis_off()
    return fig


if __name__ == "__main__":
    print("dead directions of 8     training  eval")
    for name, after in followers().items():
        print(f"{name:24} {dead(after):8}  {dead(after, training=False):4}")
