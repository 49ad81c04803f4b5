"""CIFAR-10 from a folder that the reader names, read as it is published."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

LEARNT = [f"data_batch_{number}" for number in range(1, 6)]
ASKED = ["test_batch"]
MEAN, SPREAD = (0.4914, 0.4822, 0.4465), (0.247, 0.243, 0.261)


class DamagedError(ValueError):
    """A file of the data set is missing or is not what was published."""


class Arrays(pickle.Unpickler):
    """Loads numbers, strings, lists and NumPy arrays; any other class is refused."""

    def find_class(self, module: str, name: str) -> Any:
        """A class that a file asks for: a pickle may name any, and run it."""
        if module.startswith("numpy.") and name == "_reconstruct":
            return np.empty(0).__reduce__()[0]  # it moved between versions of NumPy
        if module == "numpy" and name in ("ndarray", "dtype"):
            return getattr(np, name)
        raise DamagedError(f"asks for {module}.{name}, which no CIFAR-10 file needs")


def batch(file: Path) -> tuple[Tensor, Tensor]:
    """Images (images, 3, 32, 32) of bytes, and labels, from one published file."""
    try:
        with file.open("rb") as opened:
            found = Arrays(opened, encoding="bytes").load()
        return shaped(found[b"data"], np.asarray(found[b"labels"]))
    except FileNotFoundError as error:
        raise DamagedError(f"{file} does not exist: name its folder") from error
    except Exception as error:
        told = str(error) or type(error).__name__
        raise DamagedError(f"{file} is damaged: {told}") from error


def shaped(pixels: Any, labels: Any) -> tuple[Tensor, Tensor]:
    """Rows of 3,072 bytes as images; ValueError if they or their labels are none."""
    if pixels.dtype != np.uint8 or not ((labels >= 0) & (labels < 10)).all():
        raise ValueError("pixels are bytes, labels are 0 to 9")
    images = torch.from_numpy(pixels.reshape(len(labels), 3, 32, 32))
    return images, torch.from_numpy(labels).long()


def read(folder: Path) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Images of mean 0 and spread 1 and labels: to learn from, and to be asked."""
    halves = []
    for names in (LEARNT, ASKED):
        parts = [batch(folder / name) for name in names]
        pixels = torch.cat([images for images, _ in parts]).float() / 255
        mean, spread = (torch.tensor(x).view(3, 1, 1) for x in (MEAN, SPREAD))
        halves.append(((pixels - mean) / spread, torch.cat([y for _, y in parts])))
    return halves[0], halves[1]
