"""What a scale means: its name stands in every result, so it may never mean something else."""

import zlib

import torch

from snippets.bag.scales import SCALES, Scale, stream

ALIKE = {"rate": 0.1, "decay": 0.0005, "side": 24, "noise": 0.1}


def test_a_scale_is_what_its_results_were_computed_with():
    wanted = {
        "tiny": Scale(128, 64, 100, epochs=2, width=4, batch=16, **ALIKE),
        "small": Scale(2048, 512, 2000, epochs=12, width=8, batch=32, **ALIKE),
        "large": Scale(16384, 2048, 10000, epochs=30, width=32, batch=32, **ALIKE),
    }
    assert wanted == SCALES


def test_random_numbers_follow_from_all_names_with_a_stroke_between_them():
    for names in [("shapes", 0), ("shapes", 1), ("masks", 0), ("order",)]:
        text = "/".join(str(name) for name in names)
        own = torch.Generator().manual_seed(zlib.crc32(text.encode()))
        wanted = torch.rand(3, generator=own)
        assert torch.equal(torch.rand(3, generator=stream(*names)), wanted)
