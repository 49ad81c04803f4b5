"""Learning rates over a training run: a warm-up, then steps or a cosine."""

import math

import matplotlib.pyplot as plt
from matplotlib.figure import Figure


# --8<-- [start:cosine]
def cosine(step: int, steps: int, warm: int = 0) -> float:
    """Share of the top rate at a step (from 0): a linear warm-up, then half a cosine.

    >>> [round(cosine(step, 8, warm=4), 2) for step in range(8)]
    [0.25, 0.5, 0.75, 1.0, 1.0, 0.85, 0.5, 0.15]
    """
    if not 0 <= warm < steps:
        raise ValueError(f"warm must be from 0 to below steps={steps}, not {warm}")
    if step < warm:
        return (step + 1) / warm
    return (1 + math.cos(math.pi * (step - warm) / (steps - warm))) / 2


# --8<-- [end:cosine]


# --8<-- [start:stairs]
def stairs(step: int, falls: tuple[int, ...] = (30, 60, 90), warm: int = 0) -> float:
    """Share of the top rate at a step: a warm-up, then a tenth from each fall on.

    >>> [round(stairs(step), 3) for step in (0, 29, 30, 60, 90)]
    [1.0, 1.0, 0.1, 0.01, 0.001]
    """
    if step < warm:
        return (step + 1) / warm
    return 0.1 ** sum(step >= fall for fall in falls)


# --8<-- [end:stairs]


def figure() -> Figure:
    """Both schedules over 120 epochs, a warm-up of five first."""
    fig, ax = plt.subplots()
    epochs = range(120)
    rates = [stairs(epoch, warm=5) for epoch in epochs]
    ax.step(epochs, rates, "C1--", where="post")
    ax.step(
        epochs, [cosine(epoch, 120, warm=5) for epoch in epochs], "C2", where="post"
    )
    ax.text(62, 0.62, "cosine")
    ax.text(33, 0.15, "steps")
    ax.set(
        xlabel="epoch", ylabel="share of the top rate", xlim=(0, 120), ylim=(0, 1.05)
    )
    ax.set_xticks([0, 30, 60, 90, 120])
    ax.set_yticks([0, 0.5, 1], ["0", "½", "1"])
    return fig


if __name__ == "__main__":
    print("epoch  steps  cosine")
    for epoch in (0, 4, 15, 30, 60, 90, 119):
        print(f"{epoch:5}  {stairs(epoch, warm=5):5.3f}  {cosine(epoch, 120, 5):6.3f}")
    steps = sum(stairs(epoch, warm=5) for epoch in range(120)) / 120
    smooth = sum(cosine(epoch, 120, 5) for epoch in range(120)) / 120
    print(f" mean  {steps:5.3f}  {smooth:6.3f}")
