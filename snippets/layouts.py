"""A layer is called (in, out) and keeps its weight (out, in), with two exceptions."""

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

CLASSES = (
    *(nn.Conv1d, nn.Conv2d, nn.Conv3d, nn.Linear),
    *(nn.ConvTranspose1d, nn.ConvTranspose2d, nn.ConvTranspose3d, nn.Embedding),
)


# --8<-- [start:shape]
def shape(kind: type[nn.Module], *sizes: int, **options: int) -> tuple[int, ...]:
    """The shape of the weight of a layer made with these arguments.

    >>> shape(nn.Conv2d, 4, 6, 3), shape(nn.Conv2d, 4, 6, 3, groups=2)
    ((6, 4, 3, 3), (6, 2, 3, 3))
    """
    return tuple(kind(*sizes, **options).get_parameter("weight").shape)


# --8<-- [end:shape]


NAMES = ["red", "green", "blue"]


# --8<-- [start:passed]
def passed(moves: dict[str, str]) -> Tensor:
    """A 1 x 1 kernel indexed (in, out) that moves each channel where it is told.

    >>> passed({"red": "green"})[:, :, 0, 0].int().tolist()  # from row to column
    [[0, 1, 0], [0, 0, 0], [0, 0, 0]]
    """
    weight = torch.zeros(3, 3, 1, 1)
    for source, target in moves.items():
        weight[NAMES.index(source), NAMES.index(target)] = 1
    return weight


def arrives(weight: Tensor) -> list[tuple[str, str]]:
    """The channel that ``conv2d`` moves each channel to, for such a kernel.

    >>> arrives(passed({"red": "green", "green": "blue", "blue": "red"}))[0]
    ('red', 'blue')
    """
    pure = torch.eye(3)[..., None, None]  # three images of one pixel
    targets = conv2d(pure, weight).argmax(1).flatten()
    return [(name, NAMES[n]) for name, n in zip(NAMES, targets, strict=True)]


# --8<-- [end:passed]


if __name__ == "__main__":
    print(f"{'arguments':26} {'weight':16} with groups=2")
    for kind in CLASSES:
        conv = kind.__name__.startswith("Conv")
        sizes = (4, 6, 3) if conv else (4, 6)
        grouped = shape(kind, *sizes, groups=2) if conv else ""
        row = f"{kind.__name__ + str(sizes):26} {shape(kind, *sizes)!s:16} {grouped}"
        print(row.rstrip())
    cycle = passed({"red": "green", "green": "blue", "blue": "red"})
    for order, weight in {"in, out": cycle, "out, in": cycle.transpose(0, 1)}.items():
        print(f"given as ({order}):", ", ".join(map(" to ".join, arrives(weight))))
