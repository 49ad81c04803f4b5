"""One run: a recipe, a network, a data set, and the share of answers that are right."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributions import Beta
from torch.nn.functional import cross_entropy
from torch.optim import SGD, Optimizer

from snippets.bag.data import Half
from snippets.bag.network import Dense, Network, zero_gamma
from snippets.bag.recipes import Recipe
from snippets.bag.scales import Scale, stream
from snippets.bag.together import share, together
from snippets.distillation import distance
from snippets.mixup import mixed
from snippets.schedules import cosine, stairs
from snippets.smoothing import targets

CLASSES, CPU = 10, torch.device("cpu")
LAYOUT = torch.channels_last  # takes a third less time on a processor
Loss = Callable[[nn.Module, Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class Run:
    """What decides a run, and where it is computed."""

    recipe: Recipe
    scale: Scale
    seed: int
    device: torch.device = CPU
    synced: bool = False  # BatchNorm over all processes
    told: Callable[[int, int], None] = lambda step, steps: None  # at each step


def built(run: Run, channels: int = 1) -> Network:
    """The network of a recipe before training: the seed alone decides its weights."""
    torch.manual_seed(run.seed)
    recipe = run.recipe
    width = run.scale.width * recipe.wider
    network = Network(width, recipe.tweaks, channels, CLASSES)
    if recipe.gamma:
        zero_gamma(network)
    return network.to(run.device)


def groups(network: nn.Module, decay: float, spared: bool) -> list[dict[str, Any]]:
    """Parameters for an optimiser: those with one axis spared from decay, or not."""
    own = list(network.parameters())
    decayed = [p for p in own if p.ndim > 1 or not spared]
    rest = [p for p in own if p.ndim == 1 and spared]
    spare = {"params": rest, "weight_decay": 0.0}
    return [{"params": decayed, "weight_decay": decay}, *([spare] if rest else [])]


def rate(recipe: Recipe, step: int, steps: int) -> float:
    """Share of the top rate at a step: a climb, then stairs by quarter, or a cosine."""
    warm = round(recipe.warm * steps)
    if recipe.cosine:
        return cosine(step, steps, warm)
    return stairs(step, (steps // 4, steps // 2, 3 * steps // 4), warm)


def soft(labels: Tensor, epsilon: float) -> Tensor:
    """Labels (images,) as targets (images, classes), smoothed as in the paper."""
    one = targets(CLASSES, epsilon, paper=True)
    table = torch.stack([one.roll(label) for label in range(CLASSES)])
    return table.to(labels.device)[labels]


def blended(images: Tensor, goals: Tensor, alpha: float) -> tuple[Tensor, Tensor]:
    """Each image and target mixed with another of the batch, one share for all."""
    part = Beta(alpha, alpha).sample().item()
    other = torch.randperm(len(images)).to(images.device)
    return mixed(images, images[other], part), mixed(goals, goals[other], part)


def objective(run: Run, teacher: nn.Module | None = None) -> Loss:
    """The loss of a recipe, for a network, images and labels (images,)."""
    recipe = run.recipe

    def loss(network: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
        goals = soft(labels, recipe.smoothing)
        if recipe.mixup:
            images, goals = blended(images, goals, recipe.mixup)
        images, goals = share(images), share(goals)
        scores = network(images).float()
        total = cross_entropy(scores, goals)
        return total + pull(recipe, teacher, images, scores) if teacher else total

    return loss


def pull(recipe: Recipe, teacher: nn.Module, images: Tensor, scores: Tensor) -> Tensor:
    """Mean distance of the scores from a teacher's, at the recipe's temperature."""
    with torch.no_grad():
        told = teacher(images).float()
    return distance(scores, told, recipe.temperature) / len(images)


def masked(network: nn.Module, images: Tensor, masks: Tensor) -> Tensor:
    """The loss of the dense task: mean over pixels, all kinds alike."""
    return cross_entropy(network(share(images)).float(), share(masks))


def batches(images: int, run: Run) -> Iterator[Tensor]:
    """The rows of each batch: in every epoch all images, in an order by the seed."""
    random = stream("order", run.seed)
    for _ in range(run.scale.epochs):
        order = torch.randperm(images, generator=random)
        yield from order.split(run.scale.batch * run.recipe.batch)


def descent(network: nn.Module, run: Run) -> Optimizer:
    """Nesterov's momentum with the rate and the weight decay of a run."""
    own = groups(network, run.scale.decay, run.recipe.spared)
    return SGD(own, run.scale.rate * run.recipe.rate, momentum=0.9, nesterov=True)


def fit(network: nn.Module, half: Half, run: Run, loss: Loss) -> None:
    """Train a network in place."""
    images, goals = half[0].to(run.device, memory_format=LAYOUT), half[1].to(run.device)
    network.to(memory_format=LAYOUT)  # type: ignore[call-overload]
    model = together(network.train(), run.synced)
    optimiser, plan = descent(model, run), list(batches(len(images), run))
    top = optimiser.param_groups[0]["lr"]
    torch.manual_seed(run.seed)
    for step, rows in enumerate(plan):
        for group in optimiser.param_groups:
            group["lr"] = top * rate(run.recipe, step, len(plan))
        optimiser.zero_grad()
        with torch.autocast(run.device.type, torch.bfloat16, run.recipe.half):
            value = loss(model, images[rows], goals[rows])
        value.backward()
        optimiser.step()
        run.told(step + 1, len(plan))


def answers(network: nn.Module, images: Tensor, device: torch.device) -> Tensor:
    """The class of the highest score, for each image or pixel, in FP32."""
    network.eval()
    with torch.no_grad():
        parts = [network(part.to(device)).argmax(1).cpu() for part in images.split(500)]
    return torch.cat(parts)


def accuracy(given: Tensor, labels: Tensor) -> float:
    """The share of labels (images,) that were given.

    >>> accuracy(torch.tensor([1, 2, 3, 4]), torch.tensor([1, 2, 3, 0]))
    0.75
    """
    return (given == labels).float().mean().item()


def overlap(given: Tensor, masks: Tensor, classes: int = CLASSES + 1) -> float:
    """Pixels of both over pixels of either, the mean over the classes that occur.

    >>> overlap(torch.tensor([0, 1, 1, 1]), torch.tensor([0, 0, 1, 1]))
    0.5833333730697632
    """
    counts = torch.bincount(
        masks.flatten() * classes + given.flatten(), minlength=classes**2
    )
    table = counts.view(classes, classes)
    both, either = table.diag(), table.sum(0) + table.sum(1) - table.diag()
    return (both[either > 0] / either[either > 0]).mean().item()


def taught(
    run: Run, halves: list[Half], teacher: nn.Module | None
) -> tuple[Network, float]:
    """A network trained by a recipe, and its accuracy on images it has not seen."""
    network = built(run, halves[0][0].shape[1])
    fit(network, halves[0], run, objective(run, teacher))
    images, labels = halves[1]
    return network, accuracy(answers(network, images, run.device), labels)


def transferred(run: Run, halves: list[Half], network: Network) -> float:
    """Mean overlap with masks after a trained network was trained on for masks."""
    torch.manual_seed(run.seed)
    dense = Dense(network, run.scale.width, CLASSES + 1).to(run.device)
    fit(dense, halves[0], run, masked)
    images, masks = halves[1]
    return overlap(answers(dense, images, run.device), masks)
