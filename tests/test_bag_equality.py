"""The comparison of gradients, in one process that plays its part of two."""

import inspect
from dataclasses import replace

import pytest
import torch
from torch import nn

from snippets.bag import equality
from snippets.bag.recipes import RECIPES
from snippets.bag.scales import SCALES, stream
from snippets.bag.shapes import drawn
from snippets.bag.training import Run, built


def own(batch, frozen, rows=slice(None)):
    """The gradients of ResNet-D in FP64 for some rows of a batch, by torch alone."""
    recipe = replace(RECIPES["resnet-d"], gamma=False)
    network = built(Run(recipe, SCALES["tiny"], 0)).double()
    network.train(not frozen)
    images, labels, _ = drawn(batch, 24, 0.1, stream("equality", batch))
    scores = network(images.double()[rows])
    loss = nn.functional.cross_entropy(scores, labels[rows])
    grads = torch.autograd.grad(loss, list(network.parameters()))
    return torch.cat([grad.flatten() for grad in grads])


@pytest.fixture
def halved(monkeypatch):
    """This process computes every second row, and its gradients are not averaged."""
    wrapped = []
    monkeypatch.setattr(equality, "share", lambda rows: rows[::2])
    monkeypatch.setattr(
        equality, "together", lambda *words: (wrapped.append(words[1:]), words[0])[1]
    )
    return wrapped


@pytest.mark.parametrize("frozen", [True, False])
def test_a_gap_is_the_distance_by_the_length_of_the_gradients_of_one(halved, frozen):
    one, shared = own(8, frozen), own(8, frozen, slice(None, None, 2))
    wanted = ((shared - one).norm() / one.norm()).item()
    assert wanted > 0.1
    assert equality.gap(8, frozen) == pytest.approx(wanted, rel=1e-9)
    assert halved == [(False,)]
    equality.gap(8, frozen, True)
    assert halved[1:] == [(True,)]


def test_the_network_is_resnet_d_in_fp64_frozen_or_not():
    for frozen in (True, False):
        network = equality.network(frozen)
        assert network.training is not frozen
        assert {p.dtype for p in network.parameters()} == {torch.float64}
        assert len(network.stem) == 6


def test_every_parameter_of_the_network_has_a_gradient_to_compare():
    for frozen in (True, False):
        network = equality.network(frozen)
        equality.gradients(network, 8, alone=True)
        assert all(parameter.grad.any() for parameter in network.parameters())


def test_alone_nothing_differs(capsys, monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    equality.main()
    assert capsys.readouterr().out.splitlines() == [
        "processes: 1",
        "batch  frozen statistics  statistics of each process",
        "    8              equal                        0.0%",
        "   32              equal                        0.0%",
        "  128              equal                        0.0%",
        "SyncBatchNorm: 0e+00",
    ]


def test_what_differs_is_told_in_percent_and_what_torch_refuses_in_its_words(
    capsys, monkeypatch
):
    threads, devices = [], []
    gaps = {8: (9e-13, 0.6251), 32: (1e-12, 0.5), 128: (0.25, 0.0123)}

    class Joined:
        def __init__(self, device):
            devices.append(device)

        def __enter__(self):
            return None

        def __exit__(self, *_):
            return None

    def gap(batch, frozen, synced=False):
        if synced:
            raise ValueError(f"{batch} {frozen} {synced}")
        return gaps[batch][[True, False].index(frozen)]

    monkeypatch.setattr(torch, "set_num_threads", threads.append)
    monkeypatch.setattr(equality, "joined", Joined)
    monkeypatch.setattr(equality, "gap", gap)
    equality.main()
    assert threads == [1]
    assert devices == [torch.device("cpu")]
    assert capsys.readouterr().out.splitlines()[2:] == [
        "    8              equal                       62.5%",
        "   32               0.0%                       50.0%",
        "  128              25.0%                        1.2%",
        "SyncBatchNorm: ValueError: 8 False True",
    ]


def test_the_other_processes_print_nothing(capsys, monkeypatch):
    monkeypatch.setattr(torch, "set_num_threads", lambda _: None)
    monkeypatch.setattr(equality, "gap", lambda *_, **__: 0.0)
    monkeypatch.setattr(equality, "first", lambda: False)
    equality.main()
    assert capsys.readouterr().out == ""


def test_a_joined_gap_has_one_digit(monkeypatch):
    monkeypatch.setattr(equality, "gap", lambda *_, **__: 0.00321)
    assert equality.synced(8) == "3e-03"


def test_started_it_begins_and_imported_it_does_not(monkeypatch):
    def begin(_):
        raise SystemExit("begun")

    monkeypatch.setattr(torch, "set_num_threads", begin)
    code = compile(inspect.getsource(equality), "equality", "exec")
    exec(code, {"__name__": "snippets.bag.equality"})
    with pytest.raises(SystemExit, match="begun"):
        exec(code, {"__name__": "__main__"})
