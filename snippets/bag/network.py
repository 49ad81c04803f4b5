"""A ResNet with three bottleneck blocks, and the same one for masks."""

from torch import Tensor, nn
from torch.nn.functional import interpolate

from snippets.resnet_tweaks import Block, unit


def stem(channels: int, width: int, tweaks: str) -> nn.Sequential:
    """From an image to ``width`` maps of half its size; C takes three small kernels."""
    if "C" not in tweaks:
        return nn.Sequential(unit(channels, width, 7, 2), nn.ReLU())
    half = width // 2
    layers: list[nn.Module] = []
    for inside, out, stride in [(channels, half, 2), (half, half, 1), (half, width, 1)]:
        layers += [unit(inside, out, 3, stride), nn.ReLU()]
    return nn.Sequential(*layers)


class Network(nn.Module):
    """A stem, three blocks, the mean of the maps and a linear layer."""

    def __init__(
        self, width: int, tweaks: str = "", channels: int = 1, classes: int = 10
    ) -> None:
        """Take the width of the narrowest layer inside a block."""
        super().__init__()
        self.stem = stem(channels, width, tweaks)
        first = Block(width, width, 1, tweaks)
        second = Block(4 * width, 2 * width, 2, tweaks)
        third = Block(8 * width, 4 * width, 2, tweaks)
        self.blocks = nn.ModuleList([first, second, third])
        self.head: nn.Module = nn.Linear(16 * width, classes)

    def maps(self, images: Tensor) -> list[Tensor]:
        """The feature maps after each block: half, a quarter, an eighth of the side."""
        found = [self.stem(images)]
        for block in self.blocks:
            found.append(block(found[-1]))
        return found[1:]

    def forward(self, images: Tensor) -> Tensor:
        """Images (images, channels, side, side) to scores (images, classes)."""
        scores: Tensor = self.head(self.maps(images)[-1].mean((2, 3)))
        return scores


class Dense(nn.Module):
    """A network's blocks with a 1 x 1 kernel after each: scores for every pixel."""

    def __init__(self, network: Network, width: int, classes: int = 11) -> None:
        """Take a trained network over; its linear layer is left behind."""
        super().__init__()
        self.network = network
        network.head = nn.Identity()
        self.heads = nn.ModuleList(
            nn.Conv2d(width * 4 * 2**n, classes, 1) for n in range(3)
        )

    def forward(self, images: Tensor) -> Tensor:
        """Images (images, channels, side, side) to scores (images, classes, ...)."""
        maps, size = self.network.maps(images), images.shape[2:]
        scores = [head(m) for head, m in zip(self.heads, maps, strict=True)]
        large = [interpolate(s, size, mode="bilinear") for s in scores]
        return large[0] + large[1] + large[2]


def zero_gamma(network: nn.Module) -> None:
    """Start every block as the identity: the last γ of each is 0."""
    for block in network.modules():
        if isinstance(block, Block):
            norms = [m for m in block.path.modules() if isinstance(m, nn.BatchNorm2d)]
            nn.init.zeros_(norms[-1].weight)
