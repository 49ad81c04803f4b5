"""The cat that the explorables show; ``python -m tests.cat`` writes docs/widgets/cat.png."""

from PIL import Image
from torch import Tensor

from snippets.equivariance import cat
from tests.explorables import WIDGETS

FILE = WIDGETS / "cat.png"


def pixels() -> Tensor:
    """The grey values of the figures' cat, whole numbers from 0 to 255, (100, 100)."""
    return (cat()[0, 0] * 255).round().int()


if __name__ == "__main__":
    Image.fromarray(pixels().byte().numpy()).save(FILE, optimize=True)
