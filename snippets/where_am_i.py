"""Zero padding tells a network where a motif stands; circular padding does not."""

import json
import sys
from pathlib import Path
from typing import Any, Literal

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

STORED = Path(__file__).parent / "where_am_i.json"
Padding = Literal["zeros", "circular"]
WAYS: list[tuple[Padding, int]] = [("zeros", 4), ("zeros", 2), ("circular", 4)]


# --8<-- [start:net]
def net(padding_mode: Padding, depth: int) -> nn.Sequential:
    """Layers of 3 x 3, global average pooling, and one score: above 0 means right."""
    layers: list[nn.Module] = []
    for channels in [1] + [8] * (depth - 1):
        layer = nn.Conv2d(channels, 8, 3, padding=1, padding_mode=padding_mode)
        layers += [layer, nn.ReLU()]
    pool = nn.AdaptiveAvgPool2d(1)
    return nn.Sequential(*layers, pool, nn.Flatten(), nn.Linear(8, 1), nn.Flatten(0))


# --8<-- [end:net]


# --8<-- [start:images]
def images(rows: range) -> tuple[Tensor, Tensor]:
    """The same motif at each of 14 columns of these rows, and whether that is right.

    >>> [value.shape for value in images(range(0, 14, 2))]
    [torch.Size([98, 1, 16, 16]), torch.Size([98])]
    """
    motif = torch.tensor([[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [1.0, 0.0, 0.0]])
    places = [(row, column) for row in rows for column in range(14)]
    pictures = torch.zeros(len(places), 1, 16, 16)
    for picture, (row, column) in zip(pictures, places, strict=True):
        picture[0, row : row + 3, column : column + 3] = motif
    return pictures, torch.tensor([float(column > 6) for _, column in places])


# --8<-- [end:images]


def trained(
    padding_mode: Padding, depth: int, seed: int, steps: int = 400
) -> nn.Module:
    """A network that has seen the even rows of places."""
    torch.manual_seed(seed)
    model, (pictures, right) = net(padding_mode, depth), images(range(0, 14, 2))
    adam = torch.optim.Adam(model.parameters(), 0.01)
    for _ in range(steps):
        adam.zero_grad()
        binary_cross_entropy_with_logits(model(pictures), right).backward()
        adam.step()
    return model


def result(padding_mode: Padding, depth: int, seed: int) -> dict[str, Any]:
    """Accuracy on the odd rows, and the scores of the 14 columns of row 7."""
    model, (pictures, right) = (
        trained(padding_mode, depth, seed),
        images(range(1, 14, 2)),
    )
    with torch.no_grad():
        scores = model(pictures)
    hit = ((scores > 0) == (right > 0)).double().mean().item()
    row = [round(score, 3) for score in scores.view(7, 14)[3].tolist()]
    way = {"padding": padding_mode, "depth": depth, "seed": seed}
    return {**way, "accuracy": round(hit, 3), "scores": row}


def store() -> None:
    """Train five networks of each way again, and write what they did."""
    torch.set_num_threads(1)
    runs = [result(*way, seed) for way in WAYS for seed in range(5)]
    STORED.write_text("[\n" + ",\n".join(map(json.dumps, runs)) + "\n]\n", "utf-8")


def stored(padding_mode: Padding, depth: int) -> list[dict[str, Any]]:
    """The results of five seeds, as they were measured once."""
    runs = json.loads(STORED.read_text("utf-8"))
    return [r for r in runs if (r["padding"], r["depth"]) == (padding_mode, depth)]


def figure() -> Figure:
    """Score against the column of the motif, a line for each of five seeds."""
    fig, axes = plt.subplots(1, 3, sharey=True, figsize=(4.8, 2.4))
    for ax, (mode, depth), colour in zip(axes, WAYS, ("C2", "C2", "C3"), strict=True):
        ax.axhline(0, color="0.5", linewidth=1)
        for run in stored(mode, depth):
            ax.plot(run["scores"], color=colour, linewidth=1.2)
        ax.set(title=f"{mode}\ndepth {depth}", xticks=(0, 6.5, 13), xlabel="column")
        ax.set_xticklabels(["0", "middle", "13"])
    axes[0].set(ylabel="score", yticks=(-20, 0, 20))
    return fig


if __name__ == "__main__":
    if sys.argv[1:] == ["again"]:
        store()
    for mode, depth in WAYS:
        hits = [run["accuracy"] for run in stored(mode, depth)]
        print(f"{mode:8} depth {depth}:", *(f"{hit:4.0%}" for hit in hits))
