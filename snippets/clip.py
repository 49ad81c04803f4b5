"""A network that reads frame by frame and averages over time sees no direction."""

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import conv3d


def moving_bar(frames: int = 8) -> Tensor:
    """A bar, one pixel wide and three high, that moves right: (frames, 1, 5, width).

    >>> moving_bar(3)[:, 0, 2].int().tolist()
    [[0, 1, 0, 0, 0], [0, 0, 1, 0, 0], [0, 0, 0, 1, 0]]
    """
    clip = torch.zeros(frames, 1, 5, frames + 2)
    for time in range(frames):
        clip[time, 0, 1:4, time + 1] = 1
    return clip


# --8<-- [start:averaged]
def averaged(clip: Tensor, network: nn.Module) -> Tensor:
    """Feature maps of each frame by itself, averaged over time: (channels, …)."""
    maps: Tensor = network(clip)
    return maps.mean(0)


# --8<-- [end:averaged]


# --8<-- [start:steps]
def steps_right(clip: Tensor) -> int:
    """How often a bright pixel has a bright right neighbour in the next frame.

    A ``conv3d`` with two taps, one frame and one pixel apart, then ReLU and a sum.

    >>> steps_right(moving_bar()), steps_right(moving_bar().flip(0))
    (21, 0)
    """
    taps = torch.eye(2).view(1, 1, 2, 1, 2)  # (out, in, time, height, width)
    both = conv3d(clip.transpose(0, 1)[None], taps) - 1
    return int(both.relu().sum())


# --8<-- [end:steps]


def draw(ax: Axes, clip: Tensor) -> None:
    """Add the middle row of each frame, one below the other, and their mean."""
    slices = clip[:, 0, 2]
    for bright, size, colour in [(True, 95, "C0"), (False, 4, "0.5")]:
        time, column = ((slices > 0) == bright).nonzero().T
        ax.scatter(column, time, size, colour, marker="s")
    column = slices.mean(0).nonzero()
    ax.scatter(column, torch.full_like(column, 9), 95, "C2", marker="s")


def figure() -> Figure:
    """Column against time, for the clip and its reverse; below, the mean over time."""
    fig, axes = plt.subplots(1, 2, figsize=(4.8, 2.6))
    clips = {"moves right": moving_bar(), "reversed": moving_bar().flip(0)}
    for ax, (name, clip) in zip(axes, clips.items(), strict=True):
        draw(ax, clip)
        ax.set(title=f"{name}: {steps_right(clip)} steps", aspect="equal")
        ax.set(xlim=(-0.6, 9.6), ylim=(9.6, -0.6), xticks=[], yticks=(0, 7, 9))
        ax.spines[:].set_visible(False)
        ax.tick_params(length=0)
    axes[0].set_yticklabels(["frame 0", "frame 7", "mean"])
    axes[1].set_yticklabels([])
    return fig


if __name__ == "__main__":
    torch.manual_seed(0)
    network = nn.Sequential(
        nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU()
    )
    clip, backwards = moving_bar(), moving_bar().flip(0)
    with torch.no_grad():
        same = torch.allclose(averaged(clip, network), averaged(backwards, network))
    print(f"Conv2d frame by frame, mean over time: equal for both directions: {same}")
    print(f"Conv3d: {steps_right(clip)} steps right, reversed {steps_right(backwards)}")
