"""Distillation: a factor of T² keeps the teacher's pull as the temperature rises."""

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor
from torch.nn.functional import kl_div

TEMPERATURES = (1, 2, 5, 10, 20, 50, 100)


# --8<-- [start:distance]
def distance(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """Divergence of softened predictions (images, classes), summed, times T².

    Zero exactly when the logits differ by a constant.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0, not {temperature}")
    soft = (student / temperature).log_softmax(-1)
    goal = (teacher / temperature).log_softmax(-1)
    return kl_div(soft, goal, reduction="sum", log_target=True) * temperature**2


# --8<-- [end:distance]


# --8<-- [start:pull]
def pull(temperature: float, size: float = 1, classes: int = 10) -> float:
    """Mean norm of the gradient at random logits of a given standard deviation."""
    torch.manual_seed(0)
    student, teacher = size * torch.randn(2, 256, classes, dtype=torch.float64)
    student.requires_grad_()
    distance(student, teacher, temperature).backward()
    assert student.grad is not None
    return student.grad.norm(dim=1).mean().item()


# --8<-- [end:pull]


def figure() -> Figure:
    """Pull against the temperature, with T² and without, for two sizes of logits."""
    fig, ax = plt.subplots()
    for size, colour, marker in [(1, "C2", "o"), (6, "C1", "s")]:
        pulls = [pull(t, size) for t in TEMPERATURES]
        ax.plot(TEMPERATURES, pulls, colour, marker=marker, markersize=5)
        bare = [p / t**2 for p, t in zip(pulls, TEMPERATURES, strict=True)]
        ax.plot(TEMPERATURES, bare, colour, marker=marker, markersize=5, linestyle=":")
    ax.set(xscale="log", yscale="log", xlabel="temperature T", ylabel="gradient")
    return fig


if __name__ == "__main__":
    print("     T  without T²  with T²  with T², logits six times as large")
    for t in (1, 2, 5, 20, 100):
        small = pull(t)
        print(f"{t:6}  {small / t**2:10.5f}  {small:7.2f}  {pull(t, 6):34.2f}")
