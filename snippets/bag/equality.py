"""Gradients of several processes against those of one, on the same joined batch.

torchrun --nproc-per-node 2 -m snippets.bag.equality
"""

import copy
from dataclasses import replace

import torch
from torch import nn

from snippets.bag.network import Network
from snippets.bag.recipes import RECIPES
from snippets.bag.scales import SCALES, stream
from snippets.bag.shapes import drawn
from snippets.bag.together import first, joined, processes, share, together
from snippets.bag.training import Run, built

SIZES = (8, 32, 128)


def gradients(model: nn.Module, batch: int, alone: bool) -> torch.Tensor:
    """All gradients in one row, of this process's share of a batch or of the whole."""
    images, labels, _ = drawn(batch, 24, 0.1, stream("equality", batch))
    images = images.double()
    if not alone:
        images, labels = share(images), share(labels)
    model.zero_grad()
    nn.functional.cross_entropy(model(images), labels).backward()
    found = [p.grad.flatten() for p in model.parameters() if p.grad is not None]
    return torch.cat(found)


def network(frozen: bool) -> Network:
    """ResNet-D in FP64; frozen, BatchNorm keeps to its running statistics.

    No γ begins at 0: behind it, gradients would be 0 and equal whatever is averaged.
    """
    recipe = replace(RECIPES["resnet-d"], gamma=False)
    found = built(Run(recipe, SCALES["tiny"], seed=0)).double()
    return found.eval() if frozen else found.train()


def gap(batch: int, frozen: bool, synced: bool = False) -> float:
    """Distance of the gradients of all processes from those of one, by its length."""
    alone = network(frozen)
    one = gradients(copy.deepcopy(alone), batch, alone=True)
    all_of = gradients(together(alone, synced), batch, alone=False)
    return float((all_of - one).norm() / one.norm())


def synced(batch: int) -> str:
    """The same with SyncBatchNorm, or what torch says about it here."""
    try:
        return f"{gap(batch, frozen=False, synced=True):.0e}"
    except ValueError as error:
        return f"ValueError: {error}"


def main() -> None:
    """Print how far the gradients are apart, for batches of several sizes."""
    torch.set_num_threads(1)
    with joined(torch.device("cpu")):
        rows = [
            (size, gap(size, frozen=True), gap(size, frozen=False)) for size in SIZES
        ]
        last = synced(SIZES[0])
        if first():
            print(f"processes: {processes()}")
            print("batch  frozen statistics  statistics of each process")
            for size, frozen, own in rows:
                same = "equal" if frozen < 1e-12 else f"{frozen:.1%}"
                print(f"{size:5}  {same:>17}  {own:26.1%}")
            print(f"SyncBatchNorm: {last}")


if __name__ == "__main__":
    main()
