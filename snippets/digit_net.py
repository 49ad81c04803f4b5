"""Four networks that saw digits in the middle only, asked about digits elsewhere."""

import json
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from sklearn.datasets import load_digits
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

STORED = Path(__file__).with_name("digit_net.json")
WEIGHTS = Path(__file__).with_name("digits.bin")
KINDS = ("flatten", "global max", "blur", "no stride")
SHIFTS = range(-4, 5)


# --8<-- [start:net]
def net(kind: str) -> nn.Sequential:
    """A canvas of 24 x 24 pixels to ten scores. No bias: what is empty stays 0."""
    blur = nn.AvgPool2d(2, 1, padding=1), nn.AvgPool2d(2)  # 1, 2, 1; every second
    pools = {"blur": [nn.MaxPool2d(2, 1), *blur], "no stride": []}
    layers: list[nn.Module] = []
    for maps, more in [(1, 8), (8, 16)]:
        layers += [nn.Conv2d(maps, more, 3, padding=1, bias=False), nn.ReLU()]
        layers += pools.get(kind, [nn.MaxPool2d(2)])
    if kind != "flatten":
        layers += [nn.AdaptiveMaxPool2d(1)]
    last = nn.Linear(16 * 6 * 6 if kind == "flatten" else 16, 10)
    return nn.Sequential(*layers, nn.Flatten(), last)


# --8<-- [end:net]


def placed(digits: Tensor, right: int = 0, down: int = 0) -> Tensor:
    """Digits of 8 x 8 on an empty canvas, so many pixels from its middle."""
    return pad(digits, (8 + right, 8 - right, 8 + down, 8 - down))


def halves() -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Images from 0 to 1 and labels: 1397 to learn from, 40 of each digit to ask."""
    order = torch.randperm(1797, generator=torch.Generator().manual_seed(0))
    pixels, labels = (torch.tensor(x)[order] for x in load_digits(return_X_y=True))
    images = pixels.float().view(-1, 1, 8, 8) / 16
    asked = torch.cat([(labels == digit).nonzero()[:40, 0] for digit in range(10)])
    learnt = torch.ones(1797).index_fill(0, asked, 0).bool()
    return (images[learnt], labels[learnt]), (images[asked], labels[asked])


def trained(kind: str, passes: int = 12) -> nn.Sequential:
    """A network that has seen digits in the middle, its weights rounded to 16 bits."""
    torch.set_num_threads(1)
    torch.manual_seed(0)
    network, (images, labels) = net(kind), halves()[0]
    adam, steps = torch.optim.Adam(network.parameters()), passes * 22
    rate = torch.optim.lr_scheduler.OneCycleLR(adam, 0.03, steps)
    for _ in range(passes):
        for batch in torch.randperm(len(images)).split(64):
            adam.zero_grad()
            cross_entropy(network(placed(images[batch])), labels[batch]).backward()
            adam.step()
            rate.step()
    return network.bfloat16().float()


def hits(network: nn.Module) -> list[list[int]]:
    """How many of the 400 digits are recognised, at each shift down and across."""
    images, labels = halves()[1]
    asked = [[placed(images, x, y) for x in SHIFTS] for y in SHIFTS]
    with torch.no_grad():
        return [[int((network(x).argmax(1) == labels).sum()) for x in r] for r in asked]


def packed(digits: Tensor, networks: dict[str, nn.Sequential]) -> bytes:
    """A length, a JSON header of shapes, a byte a pixel, 16 bits a weight."""
    weights = {kind: list(net.parameters()) for kind, net in networks.items()}
    shapes = {kind: [list(w.shape) for w in own] for kind, own in weights.items()}
    header = json.dumps({"digits": list(digits.shape), "networks": shapes}).encode()
    flat = torch.cat([w.detach().flatten() for own in weights.values() for w in own])
    bits = flat.bfloat16().view(torch.int16).numpy().tobytes()
    pixels = (digits * 16).byte().numpy().tobytes()
    return len(header).to_bytes(4, "little") + header + pixels + bits


def store() -> None:
    """Train all four; write their weights, and their right answers at each shift."""
    networks = {kind: trained(kind) for kind in KINDS}
    WEIGHTS.write_bytes(packed(halves()[1][0].view(10, 40, 8, 8), networks))
    counts = {kind: hits(network) for kind, network in networks.items()}
    STORED.write_text(json.dumps(counts) + "\n", "utf-8")


def shares(kind: str) -> Tensor:
    """The share of 400 digits recognised at each shift, (9, 9), as stored."""
    return torch.tensor(json.loads(STORED.read_text("utf-8"))[kind]) / 400


def figure() -> Figure:
    """The share of right answers at each shift, as the area of a square."""
    fig, axes = plt.subplots(1, 4, figsize=(4.8, 1.6))
    down, across = torch.meshgrid(*[torch.tensor(SHIFTS)] * 2, indexing="ij")
    for ax, kind in zip(axes, KINDS, strict=True):
        ax.scatter(across, down, 40 * shares(kind), "C2", marker="s")
        ax.scatter(0, 0, 90, "none", marker="s", edgecolors="C3")
        ax.set(title=f"{kind}\n{shares(kind).mean():.0%}", aspect="equal", ylim=(5, -5))
        ax.set_axis_off()
    return fig


if __name__ == "__main__":
    if sys.argv[1:] == ["again"]:
        store()
    print("            middle  1 pixel off  all 81  worst")
    for kind, share in zip(KINDS, map(shares, KINDS), strict=True):
        one = share[[3, 4, 4, 5], [4, 3, 5, 4]].mean()
        print(f"{kind:10}  {share[4, 4]:6.1%}  {one:11.1%}", end="  ")
        print(f"{share.mean():6.1%}  {share.min():5.1%}")
