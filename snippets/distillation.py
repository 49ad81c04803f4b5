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
    return float(student.grad.norm(dim=1).mean())


# --8<-- [end:pull]


def figure() -> Figure:
    """Pull against the temperature, with T² and without, for two sizes of logits."""
    fig, ax = plt.subplots()
    lines = [(6, 2, "C1s-"), (1, 2, "C2o-"), (1, 0, "C0^:")]
    for size, power, style in lines:
        pulls = [pull(t, size) * t ** (power - 2) for t in TEMPERATURES]
        ax.plot(TEMPERATURES, pulls, style, markersize=5)
    ax.text(10, 4.5, "six times the logits, with T²", ha="center")
    ax.text(15, 0.12, "with T²")
    ax.text(15, 0.006, "without T²")
    ax.set(
        xscale="log",
        yscale="log",
        xlabel="temperature T",
        ylabel="gradient",
        ylim=(1e-5, 20),
    )
    ax.set_xticks([1, 10, 100], ["1", "10", "100"])
    ax.set_yticks([1e-4, 1e-2, 1], ["0.0001", "0.01", "1"])
    ax.minorticks_off()
    return fig


if __name__ == "__main__":
    print("     T  without T²  with T²  with T², logits six times as large")
    for t in (1, 2, 5, 20, 100):
        small = pull(t)
        print(f"{t:6}  {small / t**2:10.5f}  {small:7.2f}  {pull(t, 6):34.2f}")
