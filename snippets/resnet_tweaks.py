"""ResNet-50 and its tweaks B, C and D: what they cost in multiply-adds."""

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def unit(inside: int, out: int, kernel: int = 1, stride: int = 1) -> nn.Sequential:
    """A convolution that keeps the size or divides it by the stride, and its norm."""
    pad = kernel // 2
    conv = nn.Conv2d(inside, out, kernel, stride, pad, bias=False)
    return nn.Sequential(conv, nn.BatchNorm2d(out))


def path(inside: int, width: int, stride: int, tweaks: str) -> nn.Sequential:
    """The three convolutions of a block; B moves the stride to the middle one."""
    early, late = (1, stride) if "B" in tweaks else (stride, 1)
    return nn.Sequential(
        unit(inside, width, 1, early),
        nn.ReLU(),
        unit(width, width, 3, late),
        nn.ReLU(),
        unit(width, 4 * width),
    )


def shortcut(inside: int, width: int, stride: int, tweaks: str) -> nn.Sequential:
    """What stands in for the identity; D averages 2 x 2 pixels in place of a stride."""
    if inside == 4 * width:
        return nn.Sequential()
    if "D" in tweaks and stride > 1:
        return nn.Sequential(nn.AvgPool2d(stride), unit(inside, 4 * width))
    return nn.Sequential(unit(inside, 4 * width, 1, stride))


class Block(nn.Module):
    """A residual block with three convolutions."""

    def __init__(self, inside: int, width: int, stride: int, tweaks: str) -> None:
        """Take the channels that come in and a quarter of those that go out."""
        super().__init__()
        self.path = path(inside, width, stride, tweaks)
        self.shortcut = shortcut(inside, width, stride, tweaks)

    def forward(self, maps: Tensor) -> Tensor:
        """Add path and shortcut, rectified."""
        return torch.relu(self.path(maps) + self.shortcut(maps))


# --8<-- [start:stem]
def stem(tweaks: str) -> nn.Sequential:
    """From 3 channels to 64 at half the size; C takes three 3 x 3 for one 7 x 7."""
    if "C" not in tweaks:
        return nn.Sequential(unit(3, 64, 7, 2), nn.ReLU())
    first, second, third = unit(3, 32, 3, 2), unit(32, 32, 3), unit(32, 64, 3)
    return nn.Sequential(first, nn.ReLU(), second, nn.ReLU(), third, nn.ReLU())


# --8<-- [end:stem]


def resnet50(tweaks: str = "", device: str = "meta") -> nn.Sequential:
    """The network; on the device ``meta`` it has shapes and no numbers."""
    if set(tweaks) - set("BCD"):
        raise ValueError(f"tweaks must be letters of 'BCD', not {tweaks!r}")
    with torch.device(device):
        layers = [stem(tweaks), nn.MaxPool2d(3, 2, 1)]
        inside = 64
        for stage, blocks in enumerate((3, 4, 6, 3)):
            for number in range(blocks):
                stride = 2 if stage > 0 and number == 0 else 1
                layers.append(Block(inside, 64 * 2**stage, stride, tweaks))
                inside = 256 * 2**stage
        head = [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(2048, 1000)]
        return nn.Sequential(*layers, *head)


# --8<-- [start:cost]
def cost(net: nn.Module, channels: int = 3, side: int = 224) -> int:
    """Multiply-adds for one image; torch counts each of them as two operations."""
    with FlopCounterMode(display=False) as counter:
        net(torch.empty(1, channels, side, side, device="meta"))
    return int(counter.get_total_flops()) // 2


# --8<-- [end:cost]


if __name__ == "__main__":
    print("tweaks  stem, millions  all, billions")
    for tweaks in ("", "B", "BC", "BCD"):
        with torch.device("meta"):
            first = cost(stem(tweaks)) / 1e6
        print(
            f"{tweaks or 'none':6}  {first:14.0f}  {cost(resnet50(tweaks)) / 1e9:13.3f}"
        )
