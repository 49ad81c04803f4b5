"""Small patches of pictures need few dimensions; patches of noise need them all."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from skimage import color, data
from torch import Tensor


def pictures() -> dict[str, Tensor]:
    """Grey pictures, the same cat with its pixels shuffled, and white noise."""
    names = ("camera", "coffee", "cat", "coins", "gravel", "grass")
    found = {name: torch.from_numpy(getattr(data, name)()) for name in names}
    grey = {
        name: torch.from_numpy(color.rgb2gray(x)) if x.ndim == 3 else x / 255
        for name, x in found.items()
    }
    torch.manual_seed(0)
    cat = grey["cat"]
    shuffled = cat.flatten()[torch.randperm(cat.numel())].reshape(cat.shape)
    return {**grey, "shuffled cat": shuffled, "noise": torch.rand(300, 451)}


# --8<-- [start:explained]
def explained(picture: Tensor, side: int = 8) -> Tensor:
    """Share of the variance of patches in their first 1, 2, … principal components."""
    patches = picture.double().unfold(0, side, side).unfold(1, side, side)
    variances = torch.linalg.eigvalsh(torch.cov(patches.reshape(-1, side**2).T))
    shares: Tensor = variances.flip(0).cumsum(0) / variances.sum()
    return shares


def needed(picture: Tensor, share: float = 0.95) -> int:
    """Components that hold that share of the variance of 8 x 8 patches: 1 to 64."""
    if not 0 < share < 1:
        raise ValueError(f"share must lie between 0 and 1, not {share}")
    return int((explained(picture) < share).sum()) + 1


# --8<-- [end:explained]


def figure() -> Figure:
    """Share of the variance against components, for two pictures, grass and noise."""
    fig, ax = plt.subplots()
    labels = {
        "camera": (5, 1.02),
        "cat": (8, 0.88),
        "grass": (22, 0.77),
        "noise": (44, 0.6),
    }
    for number, (name, place) in enumerate(labels.items()):
        ax.plot(range(1, 65), explained(pictures()[name]), color=f"C{number}")
        ax.text(*place, name)
    ax.axhline(0.95, color="0.5", linewidth=1, linestyle="--")
    ax.set(xticks=(1, 16, 32, 64), yticks=(0, 0.5, 0.95), ylim=(0, 1.1))
    ax.set_yticklabels(["0", "50%", "95%"])
    ax.set(xlabel="principal components of 64", ylabel="share of variance")
    return fig


if __name__ == "__main__":
    print("components of 64 for 95% of the variance")
    for name, picture in pictures().items():
        print(f"{name:12} {needed(picture):3}")
