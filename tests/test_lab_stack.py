"""The numbers that the lab on dilated stacks speaks of."""

import torch
from torch import nn

from snippets.gridding import gapless, paths, seen


def test_the_stack_spans_what_the_lab_says(says):
    side = len(paths((1, 2, 4)))
    says(
        "labs/stack", f"Three layers with rates 1, 2 and 4 span {side} × {side} pixels."
    )
    says("labs/stack", f"the measured field has the same {side * side} pixels")
    says(
        "labs/stack",
        f"Without a hole, every count is at least {paths((1, 2, 4)).min():.0f}.",
    )


def test_the_squared_gradient_follows_the_routes(says):
    torch.manual_seed(0)
    total, runs, routes = torch.zeros(15, 15), 2000, paths((1, 2, 4))
    stack = nn.Sequential(
        *(nn.Conv2d(1, 1, 3, dilation=d, bias=False) for d in (1, 2, 4))
    )
    for _ in range(runs):
        for layer in stack:
            nn.init.normal_(layer.weight)
        image = torch.zeros(1, 1, 15, 15, requires_grad=True)
        stack(image).sum().backward()
        total += image.grad[0, 0] ** 2
    for count in routes.unique():
        mean = (total / runs)[routes == count].mean()
        assert abs(mean - count) < 0.1 * count
    says("labs/stack", "Average the squared gradient over 200 random stacks")
    says("labs/stack", "Independent weights of variance 1 add up")
    says(
        "labs/stack",
        f"the number of its routes, from {routes.min():.0f} to {routes.max():.0f}",
    )


def test_only_the_last_guess_has_no_holes(says):
    guesses = [(2, 4, 8), (1, 4, 8), (1, 3, 9)]
    assert [gapless(guess) for guess in guesses] == [False, False, True]
    assert [seen(guess) == 1 for guess in guesses] == [False, False, True]
    says(
        "labs/stack",
        f"Only the last has none: {len(paths((1,)))} is the field of the first "
        f"layer, and {len(paths((1, 3)))} is the field of the first two.",
    )
