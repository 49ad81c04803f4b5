"""In eval mode BatchNorm is part of the convolution before it: fold it in."""

from copy import deepcopy

import torch
from torch import nn


# --8<-- [start:folded]
def folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> nn.Conv2d:
    """The one convolution that does what ``conv`` and ``norm`` do in eval mode.

    >>> folded(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4)).bias.shape
    torch.Size([4])
    """
    if norm.running_mean is None or norm.running_var is None:
        raise ValueError("norm must have running statistics")
    gain = (norm.running_var + norm.eps).rsqrt() * (norm.weight if norm.affine else 1)
    bias = (0 if conv.bias is None else conv.bias) - norm.running_mean
    both = deepcopy(conv)
    both.weight = nn.Parameter(conv.weight * gain[:, None, None, None])
    both.bias = nn.Parameter(bias * gain + (norm.bias if norm.affine else 0))
    return both


# --8<-- [end:folded]


def trained() -> tuple[nn.Conv2d, nn.BatchNorm2d]:
    """A convolution without bias and a BatchNorm that has seen ten batches of noise."""
    torch.manual_seed(0)
    conv, norm = nn.Conv2d(3, 16, 3, bias=False), nn.BatchNorm2d(16)
    nn.init.uniform_(norm.weight, 0.5, 2)
    nn.init.normal_(norm.bias)
    for _ in range(10):
        norm(conv(torch.randn(8, 3, 12, 12)))
    return conv.double(), norm.double().eval()


if __name__ == "__main__":
    conv, norm = trained()
    both, images = folded(conv, norm), torch.randn(8, 3, 12, 12).double()
    before = sum(value.numel() for part in (conv, norm) for value in part.parameters())
    print(
        f"parameters before {before}, after", sum(p.numel() for p in both.parameters())
    )
    print(f"bias before: {conv.bias is not None}, after: {both.bias is not None}")
    gap = (both(images) - norm(conv(images))).abs().max()
    print(f"largest difference of the outputs {gap:.6f}")
