"""What one output of a winner of the ImageNet challenge can see of its input."""

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

Layer = tuple[int, int]  # kernel and stride


# --8<-- [start:field]
def field(layers: list[Layer]) -> int:
    """Side, in pixels, of the square that one output of the last layer reads.

    >>> field([(3, 1), (3, 1)]), field([(3, 2), (3, 1)])
    (5, 7)
    """
    seen, apart = 1, 1
    for kernel, stride in layers:
        if kernel < 1 or stride < 1:
            raise ValueError(
                f"kernel and stride must be from 1, not {kernel}, {stride}"
            )
        seen += (kernel - 1) * apart
        apart *= stride
    return seen


# --8<-- [end:field]


# --8<-- [start:resnet]
def resnet(depths: tuple[int, ...], stride_on: str) -> list[Layer]:
    """The layers of a bottleneck ResNet, by blocks a stage and the place of the stride.

    Three places are in use: the "1x1" or the "3x3" of a stage's first block, or the
    3 x 3 of the "last" block of the stage before.
    """
    if stride_on not in ("1x1", "3x3", "last"):
        raise ValueError(f"stride_on must be 1x1, 3x3 or last, not {stride_on!r}")
    layers = [(7, 2), (3, 2)]
    for stage, blocks in enumerate(depths):
        for block in range(blocks):
            first = stage > 0 and block == 0
            last = stage < len(depths) - 1 and block == blocks - 1
            middle = {"1x1": False, "3x3": first, "last": last}[stride_on]
            reduce = 2 if first and stride_on == "1x1" else 1
            layers += [(1, reduce), (3, 2 if middle else 1), (1, 1)]
    return layers


# --8<-- [end:resnet]


def networks() -> dict[str, list[Layer]]:
    """The layers up to the last map, along the branch that reaches furthest."""
    pool, inception = (3, 2), [(1, 1), (5, 1)]
    stages = [inception * 2, [pool, *inception * 5], [pool, *inception * 2]]
    stem = [(7, 2), pool, (1, 1), (3, 1), pool]
    vgg = [[(3, 1)] * depth + [(2, 2)] for depth in (2, 2, 3, 3, 3)]
    return {
        "AlexNet": [(11, 4), pool, (5, 1), pool, *[(3, 1)] * 3, pool],
        "VGG-16": [layer for stage in vgg for layer in stage],
        "GoogLeNet": [*stem, *(layer for stage in stages for layer in stage)],
        "ResNet-50, 3x3": resnet((3, 4, 6, 3), "3x3"),
        "ResNet-50, 1x1": resnet((3, 4, 6, 3), "1x1"),
        "ResNet-152, 1x1": resnet((3, 8, 36, 3), "1x1"),
    }


def figure() -> Figure:
    """A bar for each network, as long as its field; a line at 224, the image."""
    fields = {name: field(layers) for name, layers in networks().items()}
    fig, ax = plt.subplots(figsize=(4.8, 2.6))
    ax.barh(list(fields), list(fields.values()), color="C0")
    for y, side in enumerate(fields.values()):
        ax.text(max(side, 224) + 25, y, str(side), va="center")
    ax.axvline(224, color="C3", linestyle="dashed")
    ax.text(250, -0.75, "image: 224", va="center")
    ax.set(xlim=(0, 1750), ylim=(5.5, -1.1), xlabel="receptive field, pixels a side")
    ax.set_xticks([0, 500, 1000, 1500])
    ax.tick_params(left=False)
    return fig


if __name__ == "__main__":
    for name, layers in networks().items():
        print(f"{name:15}  {field(layers):4} pixels a side")
