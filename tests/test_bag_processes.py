"""What one of two processes does, with torch's communication stood in for."""

import pytest
import torch
from torch import nn

from snippets.bag import together


@pytest.fixture(params=[0, 1], ids=["first", "second"])
def rank(request, monkeypatch):
    """This process's number, of two."""
    monkeypatch.setattr(together.dist, "is_initialized", lambda: True)
    monkeypatch.setattr(together.dist, "get_world_size", lambda: 2)
    monkeypatch.setattr(together.dist, "get_rank", lambda: request.param)
    return request.param


def test_there_are_two_and_one_of_them_is_the_first(rank):
    assert together.processes() == 2
    assert together.first() is (rank == 0)


def test_each_takes_every_second_row(rank):
    rows = torch.arange(6)
    assert together.share(rows).tolist() == [[0, 2, 4], [1, 3, 5]][rank]
    told = "a batch of 5 does not divide among 2 processes"
    with pytest.raises(ValueError, match=f"^{told}$"):
        together.share(rows[:5])


def test_gradients_are_averaged_and_statistics_joined_only_when_asked(
    rank, monkeypatch
):
    wrapped = []
    monkeypatch.setattr(together, "DistributedDataParallel", wrapped.append)
    network = nn.Sequential(nn.Conv2d(1, 2, 1), nn.BatchNorm2d(2))
    together.together(network)
    assert type(network[1]) is nn.BatchNorm2d
    together.together(network, True)
    assert wrapped[0] is network
    assert [type(layer) for layer in wrapped[1]] == [nn.Conv2d, nn.SyncBatchNorm]


def test_what_the_first_says_holds_for_all(rank, monkeypatch):
    def broadcast(said):
        assert said == ["mine"]
        said[0] = "theirs"

    monkeypatch.setattr(together.dist, "broadcast_object_list", broadcast)
    assert together.agreed("mine") == "theirs"


@pytest.fixture
def group(monkeypatch):
    """Which groups of processes are opened and closed, and which device is chosen."""
    met = []
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setattr(together.dist, "init_process_group", met.append)
    monkeypatch.setattr(
        together.dist, "destroy_process_group", lambda: met.append("left")
    )
    monkeypatch.setattr(torch.cuda, "set_device", met.append)
    return met


def test_processes_talk_by_gloo_and_leave_whatever_happens(group):
    def stopped():
        with together.joined(torch.device("cpu")) as device:
            assert device == torch.device("cpu")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert group == ["gloo", "left"]


def test_each_process_has_its_own_gpu_and_talks_by_nccl(group):
    with together.joined(torch.device("cuda")) as device:
        assert device == torch.device("cuda", 1)
    assert group == [device, "nccl", "left"]
