"""The recipes of the experiment: each trick does what its name says, by torch's own word."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from snippets.bag import training
from snippets.bag.data import halves
from snippets.bag.digits import LEARNT
from snippets.bag.digits import halves as written
from snippets.bag.network import Dense, Network, zero_gamma
from snippets.bag.recipes import RECIPES, TRANSFERRED, Recipe
from snippets.bag.scales import SCALES, stream
from snippets.bag.shapes import KINDS, drawn
from snippets.bag.training import CLASSES, Run, batches, built, fit, groups, rate, soft
from snippets.resnet_tweaks import Block

TINY = SCALES["tiny"]


def run(name: str, **changes) -> Run:
    return Run(replace(RECIPES[name], **changes), TINY, seed=0)


def changed(one: Recipe, other: Recipe) -> list[str]:
    return [
        k
        for k, v in vars(one).items()
        if v != vars(other)[k] and k not in ("name", "after")
    ]


def test_each_recipe_adds_one_trick_to_the_one_it_stands_on():
    assert all(
        len(changed(recipe, RECIPES[recipe.after])) == 1
        for recipe in RECIPES.values()
        if recipe.after
    )
    assert [n for n, r in RECIPES.items() if not r.after] == ["baseline"]
    assert RECIPES["baseline"] == Recipe("baseline")


def test_what_is_transferred_stands_on_what_is_transferred():
    for name, after in TRANSFERRED.items():
        if after:
            above = RECIPES[name].after
            while above != after:
                above = RECIPES[above].after
                assert above not in TRANSFERRED or above == after


def test_the_last_gamma_of_each_block_starts_at_zero_and_no_other():
    for name, last in [("warm-up", 1), ("zero-gamma", 0)]:
        network = built(run(name))
        norms = [m for m in network.modules() if isinstance(m, nn.BatchNorm2d)]
        ends = [
            block.path[4][1] for block in network.modules() if isinstance(block, Block)
        ]
        assert len(ends) == 3
        for norm in norms:
            assert (norm.weight == (last if norm in ends else 1)).all()


def test_blocks_with_zero_gamma_hand_on_their_shortcut():
    network = Network(4).eval()
    zero_gamma(network)
    maps = torch.rand(2, 4, 12, 12)
    block = network.blocks[0]
    assert torch.equal(block(maps), block.shortcut(maps).relu())


@pytest.mark.parametrize("spared", [False, True])
def test_decay_spares_bias_gamma_and_beta_when_it_should(spared):
    network = Network(4)
    decayed, *rest = groups(network, 0.5, spared)
    assert decayed["weight_decay"] == 0.5
    own = {id(p) for p in decayed["params"]}
    flat = {id(p) for group in rest for p in group["params"]}
    kernels = {
        id(m.weight) for m in network.modules() if isinstance(m, nn.Conv2d | nn.Linear)
    }
    everything = {id(p) for p in network.parameters()}
    assert own == (kernels if spared else everything)
    assert flat == everything - own
    assert all(group["weight_decay"] == 0 for group in rest)


def test_a_run_decays_as_its_recipe_says():
    for name in ("zero-gamma", "no-bias-decay"):
        network = built(run(name))
        optimiser = training.descent(network, run(name))
        assert len(optimiser.param_groups) == 1 + (name == "no-bias-decay")
        assert optimiser.param_groups[0]["lr"] == pytest.approx(4 * TINY.rate)
        assert optimiser.defaults["nesterov"]


def strides(network):
    """Of the first and the middle kernel of each path, and of the shortcut's kernel."""
    found = []
    for block in network.blocks:
        (short,) = [m for m in block.shortcut.modules() if isinstance(m, nn.Conv2d)]
        found.append(
            (block.path[0][0].stride[0], block.path[2][0].stride[0], short.stride[0])
        )
    return found


def test_b_c_and_d_change_what_they_should_and_no_size():
    images = torch.rand(2, 1, 24, 24)
    sizes = [(2, 16, 12, 12), (2, 32, 6, 6), (2, 64, 3, 3)]
    late = {
        "": [(1, 1, 1), (2, 1, 2)],
        "B": [(1, 1, 1), (1, 2, 2)],
        "BCD": [(1, 1, 1), (1, 2, 1)],
    }
    for tweaks in ("", "B", "BC", "BCD"):
        network = Network(4, tweaks)
        assert [tuple(m.shape) for m in network.maps(images)] == sizes
        assert network(images).shape == (2, CLASSES)
        first, second, third = strides(network)
        assert second == third
        assert [first, second] == late.get(tweaks, late["B"])
        kernels = [
            m.kernel_size[0] for m in network.stem.modules() if isinstance(m, nn.Conv2d)
        ]
        assert kernels == ([3, 3, 3] if "C" in tweaks else [7])
        pools = [m for m in network.modules() if isinstance(m, nn.AvgPool2d)]
        assert len(pools) == 2 * ("D" in tweaks)


def test_the_rate_climbs_then_falls_by_quarters_or_along_a_cosine():
    steps = 120
    stairs = [rate(RECIPES["warm-up"], step, steps) for step in range(steps)]
    assert stairs[:10] == pytest.approx([(n + 1) / 10 for n in range(10)])
    ends = [stairs[n] for n in (29, 30, 59, 60, 89, 90)]
    assert ends == pytest.approx([1, 0.1, 0.1, 0.01, 0.01, 0.001])
    assert rate(RECIPES["scaling"], 0, steps) == 1
    own = [rate(RECIPES["cosine"], step, steps) for step in range(steps)]
    parameter = nn.Parameter(torch.zeros(()))
    optimiser = torch.optim.SGD([parameter], 1.0)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps - 10)
    for step in range(10, steps):
        assert own[step] == pytest.approx(schedule.get_last_lr()[0])
        optimiser.step()
        schedule.step()


def test_the_optimiser_follows_the_rate_of_the_recipe(monkeypatch):
    seen = []
    step = torch.optim.SGD.step
    monkeypatch.setattr(
        torch.optim.SGD,
        "step",
        lambda self: (seen.append(self.param_groups[0]["lr"]), step(self)),
    )
    given = run("cosine")
    half = halves("shapes", TINY, 0)[0]
    fit(built(given), half, given, training.objective(given))
    steps = TINY.epochs * TINY.images // (4 * TINY.batch)
    wanted = [4 * TINY.rate * rate(given.recipe, n, steps) for n in range(steps)]
    assert seen == pytest.approx(wanted)


def test_smoothed_targets_are_those_of_torch_with_the_share_of_the_paper():
    scores, labels = torch.randn(50, CLASSES), torch.randint(CLASSES, (50,))
    cross = nn.functional.cross_entropy
    paper = cross(scores, labels, label_smoothing=0.1 * CLASSES / (CLASSES - 1))
    assert cross(scores, soft(labels, 0.1)).item() == pytest.approx(
        paper.item(), rel=1e-5
    )
    assert torch.equal(soft(labels, 0), nn.functional.one_hot(labels, CLASSES).float())


def test_mixed_images_have_the_mixed_targets_of_the_same_two():
    torch.manual_seed(0)
    goals = torch.eye(CLASSES)
    images = goals.view(CLASSES, 1, 1, CLASSES)
    for _ in range(20):
        blended, targets = training.blended(images, goals, 0.2)
        assert torch.equal(blended[:, 0, 0], targets)
        assert targets.sum(1).allclose(torch.ones(CLASSES))
        assert targets.sum(0).allclose(torch.ones(CLASSES))


def test_a_recipe_with_mixup_learns_from_mixed_images():
    given, (images, labels) = run("mixup"), halves("shapes", TINY, 0)[0]
    for name, same in [("smoothing", True), ("mixup", False)]:
        given, met = run(name), []
        network = built(given)
        network.register_forward_pre_hook(
            lambda _, inputs, met=met: met.append(inputs[0])
        )
        training.objective(given)(network, images, labels)
        assert torch.equal(met[0], images) is same


def test_distillation_adds_the_teachers_pull():
    given, (images, labels) = run("distillation"), halves("shapes", TINY, 0)[0]
    student, teacher = built(given), built(run("teacher")).eval()
    alone = training.objective(given)(student, images, labels)
    both = training.objective(given, teacher)(student, images, labels)
    t = given.recipe.temperature
    ours, theirs = student(images) / t, teacher(images) / t
    soften = torch.softmax(theirs, 1)
    wanted = (soften * (soften.log() - ours.log_softmax(1))).sum(1).mean() * t**2
    assert (both - alone).item() == pytest.approx(wanted.item(), rel=1e-3)
    (gradient,) = torch.autograd.grad(both, [student.head.weight])
    assert gradient.abs().sum() > 0
    assert teacher.stem[0][0].weight.shape[0] == 2 * student.stem[0][0].weight.shape[0]


def test_low_precision_computes_in_bf16_and_keeps_weights_in_fp32():
    half = halves("shapes", TINY, 0)[0]
    for name, kind in [
        ("no-bias-decay", torch.float32),
        ("low-precision", torch.bfloat16),
    ]:
        given, met = run(name), set()
        network = built(given)
        network.head.register_forward_hook(
            lambda *told, met=met: met.add(told[2].dtype)
        )
        fit(network, half, given, training.objective(given))
        assert met == {kind}
        assert all(p.dtype == torch.float32 for p in network.parameters())


def test_batches_meet_every_image_once_in_every_epoch():
    for name, size in [("baseline", 16), ("large-batch", 64)]:
        found = list(batches(TINY.images, run(name)))
        assert [len(rows) for rows in found] == [size] * (2 * 128 // size)
        for epoch in torch.cat(found).view(2, -1):
            assert epoch.sort().values.tolist() == list(range(128))


def test_every_recipe_has_the_same_data_the_same_start_and_the_same_order():
    one, other = run("baseline"), run("scaling")
    a, b = (torch.cat(list(batches(128, r))) for r in (one, other))
    assert torch.equal(a, b)
    weights = [built(run(name)).state_dict() for name in ("low-precision", "resnet-b")]
    assert all(torch.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert not torch.equal(a, torch.cat(list(batches(128, replace(one, seed=1)))))


def test_a_run_gives_the_same_twice_and_another_seed_gives_another():
    given = halves("shapes", TINY, 0)
    torch.set_num_threads(1)
    scores = [training.taught(run("mixup"), given, None) for _ in range(2)]
    states = [network.state_dict() for network, _ in scores]
    assert all(torch.equal(states[0][key], states[1][key]) for key in states[0])
    other = halves("shapes", TINY, 1)
    assert not torch.equal(given[0][0], other[0][0])


def test_training_learns():
    easy = replace(TINY, epochs=15, width=8)
    given = Run(RECIPES["baseline"], easy, 0)
    halved = halves("shapes", easy, 0)
    network, _ = training.taught(given, halved, None)
    images, labels = halved[0]
    assert (
        training.accuracy(training.answers(network, images, given.device), labels) > 0.5
    )


def test_a_mask_covers_its_shape_and_names_its_kind():
    images, labels, masks = drawn(300, 24, 0.0, stream("test"))
    assert images.shape == (300, 1, 24, 24)
    assert masks.shape == (300, 24, 24)
    for label, mask in zip(labels, masks, strict=True):
        assert set(mask.unique().tolist()) == {0, int(label) + 1}
    inside = images[:, 0][masks > 0].mean()
    assert inside - images[:, 0][masks == 0].mean() > 0.5
    assert len(labels.unique()) == len(KINDS) == CLASSES


def test_shapes_are_as_large_as_their_formulas_say():
    """Area of what is covered, in units of a radius, counted on a fine grid."""
    side, reach = 400, 1.2
    x, y = torch.meshgrid(*[torch.linspace(-reach, reach, side)] * 2, indexing="xy")
    area = {
        k: (f(x, y) < 0).float().mean().item() * (2 * reach) ** 2
        for k, f in KINDS.items()
    }
    pi, tan = torch.pi, torch.tan
    wanted = {
        "disc": pi * 0.64,
        "ring": pi * (0.85**2 - 0.45**2),
        "ellipse": pi * 0.95**2 / 1.7,
        "square": 1.4**2,
        "bar": 1.9 * 0.8,
        "triangle": 3 * 0.48**2 * tan(torch.tensor(pi / 3)).item(),
        "pentagon": 5 * 0.7**2 * tan(torch.tensor(pi / 5)).item(),
        "cross": 2 * 1.8 * 0.54 - 0.54**2,
    }
    for kind, size in wanted.items():
        assert area[kind] == pytest.approx(size, rel=0.02), kind


def test_digits_that_are_asked_were_not_learnt_from():
    (learnt, _), (asked, _) = written(stream("digits", 0))
    assert (len(learnt), len(asked)) == (LEARNT, 1797 - LEARNT)
    both = torch.cat([learnt, asked]).flatten(1)
    original = (
        torch.tensor(__import__("sklearn.datasets").datasets.load_digits().data) / 16
    )
    order = [tensor.double().sum(1).sort().values for tensor in (both, original)]
    assert torch.allclose(order[0], order[1], atol=1e-5)


def test_data_follow_from_the_seed_and_a_wrong_name_is_told():
    for data in ("shapes", "digits", "masks"):
        one, again = halves(data, TINY, 5), halves(data, TINY, 5)
        assert all(
            torch.equal(a, b)
            for x, y in zip(one, again, strict=True)
            for a, b in zip(x, y, strict=True)
        )
        assert len(one[0][0]) == (TINY.masks if data == "masks" else TINY.images)
        assert len(one[1][0]) == TINY.asked
    for name in ("photos", "cifar10"):
        with pytest.raises(
            ValueError, match="shapes, digits, masks, cifar10 with a folder"
        ):
            halves(name, TINY, 0)


def test_the_dense_network_answers_for_every_pixel_and_trains_all_of_itself():
    torch.manual_seed(0)
    dense = Dense(Network(4, "BCD"), 4)
    scores = dense(torch.rand(2, 1, 24, 24))
    assert scores.shape == (2, CLASSES + 1, 24, 24)
    scores.square().sum().backward()
    assert all(
        p.grad is not None and p.grad.abs().sum() > 0 for p in dense.parameters()
    )


def test_overlap_is_the_mean_of_intersection_over_union():
    from sklearn.metrics import jaccard_score

    given, masks = torch.randint(11, (2, 5, 8, 8), generator=stream("overlap"))
    wanted = jaccard_score(masks.flatten(), given.flatten(), average="macro")
    assert training.overlap(given, masks) == pytest.approx(wanted)


def test_the_scale_is_hard_on_nobody():
    """Batches are full, for one process and for two, at every scale."""
    for scale in SCALES.values():
        for size in {recipe.batch * scale.batch for recipe in RECIPES.values()}:
            assert scale.images % size == 0
            assert size % 2 == 0
        assert all(a <= b for a, b in pairwise([scale.masks, scale.images]))
