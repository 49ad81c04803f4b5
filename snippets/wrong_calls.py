"""Wrong calls of nn.Conv2d: what torch answers, and when."""

from textwrap import fill

import torch
from torch import nn

# --8<-- [start:images]
conv = nn.Conv2d(3, 10, 3)
grey = torch.zeros(1, 1, 32, 32)
colour = torch.zeros(1, 3, 32, 32)
channels_last = torch.zeros(1, 32, 32, 3)
bytes_ = torch.zeros(1, 3, 32, 32, dtype=torch.uint8)
three_grey = torch.zeros(3, 32, 32)
# --8<-- [end:images]

CALLS = {
    "when the layer is built": (
        "nn.Conv2d(3, 10, kernel=3)",
        "nn.Conv2d(3, 10, 3, groups=2)",
        'nn.Conv2d(3, 10, 3, stride=2, padding="same")',
    ),
    "when it is called": (
        "nn.Conv2d(3, 10, 3, stride=0)(colour)",
        "nn.Conv2d(3, 10, 3, padding=(1, 1, 1, 1))(colour)",
        'nn.Conv2d(3, 10, 9, padding=4, padding_mode="reflect")(colour[..., :4, :4])',
        "conv(grey)",
        "conv(channels_last)",
        "conv(colour[0, 0])",
        "conv(colour[..., :2, :2])",
        "conv(bytes_)",
    ),
    "never": (
        "nn.Conv2d(3, 10, 2, 2)(colour)",
        "nn.Conv2d(32, 10, 3)(channels_last)",
        "conv(three_grey)",
    ),
}


def answer(call: str) -> str:
    """The error that a call raises, with its message, or the shape that it returns.

    >>> answer("conv(colour)")
    'no error: (1, 10, 30, 30)'
    """
    try:
        return f"no error: {tuple(eval(call).shape)}"
    except (RuntimeError, TypeError, ValueError) as error:
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    for moment, calls in CALLS.items():
        print(f"# {moment}")
        for call in calls:
            print(call)
            print(fill(answer(call), 84, initial_indent="  ", subsequent_indent="  "))
