"""Several processes on one batch, by torch's DistributedDataParallel and torchrun."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel


def processes() -> int:
    """How many processes share the work: 1 without torchrun."""
    return dist.get_world_size() if dist.is_initialized() else 1


def first() -> bool:
    """Whether this process is the one that claims cells and writes results."""
    return not dist.is_initialized() or dist.get_rank() == 0


@contextmanager
def joined(device: torch.device) -> Iterator[torch.device]:
    """Join the processes that torchrun started, if it did; this process's device."""
    if "WORLD_SIZE" not in os.environ:
        yield device
        return
    if device.type == "cuda":
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
        torch.cuda.set_device(device)
    dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield device
    finally:
        dist.destroy_process_group()


def share(batch: Tensor) -> Tensor:
    """The rows of a joined batch that this process computes: equally many for each.

    >>> share(torch.arange(4)).tolist()
    [0, 1, 2, 3]
    """
    if len(batch) % processes():
        raise ValueError(
            f"a batch of {len(batch)} does not divide among {processes()} processes"
        )
    return batch[dist.get_rank() :: processes()] if processes() > 1 else batch


def together(network: nn.Module, synced: bool = False) -> nn.Module:
    """The network, its gradients averaged over the processes; alone, as it is.

    ``synced`` lets BatchNorm normalise by the joined batch, which torch does on GPUs.
    """
    if processes() == 1:
        return network
    if synced:
        network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
    return DistributedDataParallel(network)


def agreed(choice: str) -> str:
    """What the first process chose, known to all."""
    if processes() == 1:
        return choice
    said = [choice]
    dist.broadcast_object_list(said)
    return said[0]
