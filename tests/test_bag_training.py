"""One run, step by step: what is computed with what, against the same loop written out."""

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.distributions import Beta
from torch.nn.functional import cross_entropy

from snippets.bag import training
from snippets.bag.network import Dense
from snippets.bag.recipes import RECIPES, Recipe
from snippets.bag.scales import SCALES, stream
from snippets.bag.training import (
    Run,
    answers,
    batches,
    blended,
    built,
    descent,
    fit,
    masked,
    objective,
    overlap,
    rate,
    soft,
    taught,
    transferred,
)

SCALE = replace(SCALES["tiny"], images=24, masks=24, epochs=2, batch=2, side=8)
HERE = torch.device("cpu", 0)  # another name of the same place
EVERY = replace(RECIPES["mixup"], half=False)  # all tricks but two


def images(count, channels=1):
    return torch.randn(count, channels, 8, 8, generator=stream("images", count))


def half(count=24, channels=1):
    labels = torch.randint(10, (count,), generator=stream("labels", count))
    return images(count, channels), labels


def covered(count=24):
    masks = torch.randint(11, (count, 8, 8), generator=stream("masks", count))
    return images(count), masks


def by_hand(network, given, run, loss, steps=6):
    """Train as the words of the program say, with torch's optimiser alone."""
    random = stream("order", run.seed)
    orders = [torch.randperm(24, generator=random) for _ in range(2)]
    plan = [rows for order in orders for rows in order.split(8)]
    assert len(plan) == steps
    flat = [p for p in network.parameters() if p.ndim == 1]
    kernels = [p for p in network.parameters() if p.ndim > 1]
    own = [{"params": kernels, "weight_decay": 5e-4}, {"params": flat}]
    optimiser = torch.optim.SGD(own, lr=0.4, momentum=0.9, nesterov=True)
    network.train()
    torch.manual_seed(run.seed)
    for step, rows in enumerate(plan):
        for group in optimiser.param_groups:
            group["lr"] = 0.4 * rate(run.recipe, step, steps)
        optimiser.zero_grad()
        loss(network, given[0][rows], given[1][rows]).backward()
        optimiser.step()


def alike(one, other):
    """Whether two networks hold the same numbers, but for rounding."""
    states = one.state_dict(), other.state_dict()
    return states[0].keys() == states[1].keys() and all(
        torch.allclose(value, states[1][key], atol=1e-4)
        for key, value in states[0].items()
    )


def test_training_is_the_loop_that_its_words_say():
    run = Run(EVERY, SCALE, 3)
    network, other = built(run), built(run)
    fit(network, half(), run, objective(run))
    by_hand(other, half(), run, objective(run))
    assert alike(network, other)


def test_every_step_is_told_with_how_many_there_are():
    said = []
    run = Run(EVERY, SCALE, 0, told=lambda step, steps: said.append((step, steps)))
    fit(built(run), half(), run, objective(run))
    assert said == [(n, 6) for n in range(1, 7)]


def test_a_run_is_alone_on_a_processor_unless_it_is_told_otherwise():
    run = Run(EVERY, SCALE, 0)
    assert (run.device, run.synced) == (torch.device("cpu"), False)


def test_a_network_has_the_width_the_tweaks_and_the_weights_of_its_run():
    run = Run(RECIPES["teacher"], SCALE, 5)
    network = built(run, 3)
    torch.manual_seed(5)
    other = training.Network(8, "BCD", 3, 10)
    assert str(network) == str(other)
    assert torch.equal(network.head.weight, other.head.weight)
    assert built(run).stem[0][0].in_channels == 1


def test_stairs_go_down_at_the_quarters_rounded_down_as_torch_would():
    optimiser = torch.optim.SGD([nn.Parameter(torch.zeros(()))], 1.0)
    wanted = torch.optim.lr_scheduler.MultiStepLR(optimiser, [2, 5, 8], 0.1)
    for step in range(11):
        assert rate(RECIPES["large-batch"], step, 11) == pytest.approx(
            wanted.get_last_lr()[0]
        )
        optimiser.step()
        wanted.step()


def test_a_smoothed_label_gives_a_tenth_to_the_nine_others():
    found = soft(torch.tensor([2, 9]), 0.1)
    wanted = torch.full((2, 10), 0.1 / 9)
    wanted[0, 2] = wanted[1, 9] = 0.9
    assert torch.allclose(found, wanted)
    assert soft(torch.tensor([1], device="meta"), 0.1).device.type == "meta"


def test_images_and_targets_are_mixed_by_one_share_drawn_from_beta():
    given, goals = images(6), torch.eye(6)
    torch.manual_seed(4)
    part, order = Beta(0.2, 0.2).sample(), torch.randperm(6)
    torch.manual_seed(4)
    found = blended(given, goals, 0.2)
    for mixed, own in zip(found, (given, goals), strict=True):
        assert torch.allclose(mixed, part * own + (1 - part) * own[order])


def test_the_order_of_the_images_is_that_of_the_seed_and_of_nothing_else():
    random = stream("order", 9)
    wanted = torch.cat([torch.randperm(24, generator=random) for _ in range(2)])
    found = list(batches(24, Run(RECIPES["large-batch"], SCALE, 9)))
    assert [len(rows) for rows in found] == [8] * 6
    assert torch.equal(torch.cat(found), wanted)


def test_the_optimiser_is_nesterovs_with_the_numbers_of_the_scale():
    network = built(Run(EVERY, SCALE, 0))
    own = descent(network, Run(EVERY, SCALE, 0))
    assert isinstance(own, torch.optim.SGD)
    assert [group["weight_decay"] for group in own.param_groups] == [0.0005, 0.0]
    for group in own.param_groups:
        numbers = group["lr"], group["momentum"], group["nesterov"]
        assert numbers == (0.4, 0.9, True)


def test_the_loss_of_masks_is_the_mean_over_all_pixels():
    dense = Dense(built(Run(EVERY, SCALE, 0)), 4, 11).eval()
    given, masks = covered()
    likely = dense(given).log_softmax(1)
    wanted = -likely.gather(1, masks[:, None]).mean()
    assert masked(dense, given, masks).item() == pytest.approx(wanted.item())


def test_what_is_computed_lies_with_the_channels_last():
    met = []

    def loss(network, given, goals):
        met.append(given.is_contiguous(memory_format=torch.channels_last))
        return cross_entropy(network(given), goals)

    run = Run(RECIPES["baseline"], SCALE, 0)
    network = built(run, 3)
    fit(network, half(channels=3), run, loss)
    kernel = network.stem[0][0].weight
    assert set(met) == {True}
    assert kernel.is_contiguous(memory_format=torch.channels_last)


def test_low_precision_is_bf16_on_any_device_and_batch_norm_is_joined_when_asked(
    monkeypatch,
):
    asked, joined = [], []
    cast, together = torch.autocast, training.together
    monkeypatch.setattr(
        torch, "autocast", lambda *words: (asked.append(words), cast(*words))[1]
    )
    monkeypatch.setattr(
        training,
        "together",
        lambda *words: (joined.append(words[1]), together(*words))[1],
    )
    for name, low in [("low-precision", True), ("warm-up", False)]:
        run = Run(RECIPES[name], replace(SCALE, epochs=1), 0, synced=low)
        fit(built(run), half(), run, objective(run))
        assert set(asked) == {("cpu", torch.bfloat16, low)}
        assert joined == [low]
        asked.clear(), joined.clear()


@pytest.fixture
def sent(monkeypatch):
    """Where tensors and networks are sent."""
    places = []
    for kind in (torch.Tensor, nn.Module):

        def to(self, *words, own=kind.to, **named):
            places.extend(words[:1])
            return own(self, *words, **named)

        monkeypatch.setattr(kind, "to", to)
    return places


def test_all_is_sent_to_the_device_of_the_run(sent, monkeypatch):
    run = Run(RECIPES["baseline"], replace(SCALE, epochs=1), 0, HERE)
    network = built(run)
    assert HERE in sent
    sent.clear()
    fit(network, half(), run, objective(run))
    assert sent.count(HERE) == 2  # images and labels
    sent.clear()
    answers(network, images(501), HERE)
    assert sent.count(HERE) == 2  # at most 500 at a time
    sent.clear()
    taught(run, [half(), half(4)], None)
    assert sent.count(HERE) > 3
    with monkeypatch.context() as patch:
        patch.setattr(training, "fit", lambda *_: sent.clear())
        taught(run, [half(), half(4)], None)
        assert sent.count(HERE) == 1  # the images that are asked
        transferred(run, [covered(), covered(4)], network)
        assert sent.count(HERE) == 1


def test_a_dense_network_is_sent_there_before_it_is_trained(sent, monkeypatch):
    run, found = Run(RECIPES["baseline"], SCALE, 0, HERE), []
    network = built(run)
    sent.clear()
    monkeypatch.setattr(training, "fit", lambda *_: found.extend(sent))
    transferred(run, [covered(), covered(4)], network)
    assert HERE in found


def test_a_network_is_taught_on_one_half_and_asked_on_the_other():
    halves = [half(channels=3), half(30, 3)]
    run = Run(EVERY, SCALE, 2)
    network, reached = taught(run, halves, None)
    other = built(run, 3)
    fit(other, halves[0], run, objective(run))
    assert alike(network, other)
    said = other.eval()(halves[1][0]).argmax(1)
    assert reached == pytest.approx((said == halves[1][1]).float().mean().item())


def test_a_teacher_is_heard():
    run = Run(RECIPES["distillation"], replace(SCALE, epochs=1), 0)
    teacher = built(Run(RECIPES["teacher"], SCALE, 1)).eval()
    network, _ = taught(run, [half(), half(4)], teacher)
    other = built(run)
    fit(other, half(), run, objective(run, teacher))
    alone, _ = taught(run, [half(), half(4)], None)
    assert alike(network, other)
    assert not alike(network, alone)


def test_masks_are_learnt_on_one_half_from_a_trained_network_and_asked_on_the_other(
    monkeypatch,
):
    run = Run(Recipe("dense", cosine=True), SCALE, 6)
    start = built(Run(RECIPES["baseline"], SCALE, 1))
    torch.manual_seed(6)
    other = Dense(deepcopy(start), 4, 11)
    fit(other, covered(), run, masked)
    kept = []
    monkeypatch.setattr(
        training, "fit", lambda *words: (kept.append(words[0]), fit(*words))[1]
    )
    reached = transferred(run, [covered(), covered(30)], start)
    assert alike(kept[0], other)
    given, masks = covered(30)
    assert reached == overlap(other.eval()(given).argmax(1), masks)


def test_a_class_of_a_single_pixel_counts_as_any_other():
    given, masks = torch.tensor([0, 1, 2]), torch.tensor([0, 1, 1])
    assert overlap(given, masks) == pytest.approx((1 + 1 / 2 + 0) / 3)
