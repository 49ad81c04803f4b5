"""Names and formulas of the glossary, against torch."""

import itertools
import re
from functools import reduce

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from tests.prose import DOCS

TEXT = (DOCS / "glossary.md").read_text("utf-8")
FORMULAS = dict(
    re.findall(
        r"^\| ([^|`]+?)(?:,[^|]*)? \| `([^`]+)`",
        TEXT.split("## Formulas")[1],
        re.MULTILINE,
    )
)
GRID = [
    dict(zip("ikspd", case, strict=True))
    for case in itertools.product((9, 12), (1, 2, 3, 5), (1, 2, 3), (0, 1, 2), (1, 2))
]


def value(formula, **names):
    """The value of a formula of the page."""
    return eval(FORMULAS[formula], {}, names)


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`(torch\.[\w.]+)`", TEXT))))
def test_every_name_exists_in_torch(name):
    if name.endswith((".weight", ".bias")):
        layer = reduce(getattr, name.split(".")[1:-1], torch)(1, 1, 1)
        assert isinstance(getattr(layer, name.rsplit(".", 1)[1]), nn.Parameter)
    else:
        assert reduce(getattr, name.split(".")[1:], torch) is not None


def test_output_sizes_and_the_span():
    for case in GRID:
        i, k, s, p, d = case.values()
        span = value("span of a kernel", k=k, d=d)
        if i + 2 * p >= span:
            layer = nn.Conv2d(1, 1, k, s, p, d)
            assert layer(torch.zeros(1, 1, i, i)).shape[-1] == value(
                "output of a convolution", **case
            )
        if k == 1 or i + 2 * p < span:
            continue
        back = nn.ConvTranspose2d(1, 1, k, s, p, dilation=d)
        expected = value("output of a transposed convolution", output_padding=0, **case)
        assert back(torch.zeros(1, 1, i, i)).shape[-1] == expected


@pytest.mark.parametrize(("k", "d"), list(itertools.product((1, 3, 5, 7), (1, 2, 3))))
def test_the_padding_that_keeps_the_size(k, d):
    padding = value("padding that keeps the size", k=k, d=d)
    assert (
        nn.Conv2d(1, 1, k, padding=padding, dilation=d)(
            torch.zeros(1, 1, 20, 20)
        ).shape[-1]
        == 20
    )


@pytest.mark.parametrize(("c_in", "c_out", "groups"), [(4, 8, 1), (4, 8, 2), (6, 6, 6)])
def test_parameters_macs_and_the_bound(c_in, c_out, groups):
    names = {
        "c_in": c_in,
        "c_out": c_out,
        "groups": groups,
        "k": 3,
        "h_out": 7,
        "w_out": 9,
    }
    layer = nn.Conv2d(c_in, c_out, 3, groups=groups)
    assert sum(w.numel() for w in layer.parameters()) == value(
        "parameters of a convolution", **names
    )
    with FlopCounterMode(display=False) as counter:
        layer(torch.zeros(1, c_in, 9, 11))
    assert counter.get_total_flops() == 2 * value("MACs of a convolution", **names)
    bound = value("bound of the default initialisation", **names)
    assert bound * 0.9 < layer.weight.abs().max() <= bound


def test_the_receptive_field_layer_by_layer():
    field, step = 1, 1
    layers = [
        nn.Conv2d(1, 1, 3),
        nn.MaxPool2d(2),
        nn.Conv2d(1, 1, 3, dilation=2),
        nn.Conv2d(1, 1, 5, 2),
    ]
    for layer in layers:
        k, s, d = (
            n if isinstance(n, int) else n[0]
            for n in (layer.kernel_size, layer.stride, layer.dilation)
        )
        now, then = re.findall(
            r"`([^`]+)`", TEXT.split("receptive field, layer by layer")[1]
        )[:2]
        field, step = (
            eval(now, {}, {"r": field, "k": k, "d": d, "step": step}),
            eval(then, {}, {"step": step, "s": s}),
        )
    stack = nn.Sequential(*layers)
    assert stack(torch.zeros(1, 1, field, field)).shape[-1] == 1
    with pytest.raises(RuntimeError):
        stack(torch.zeros(1, 1, field - 1, field - 1))
    assert stack(torch.zeros(1, 1, field + step, field)).shape[-2] == 2


def test_the_receptive_field_is_the_smallest_square_and_may_have_holes(says):
    says("glossary", "the smallest square of input pixels that holds all on which one")
    for dilation, full in [(1, True), (2, False)]:
        layers = [nn.Conv2d(1, 1, 3, dilation=dilation) for _ in range(2)]
        field = 1 + 2 * 2 * dilation
        image = torch.rand(1, 1, field, field, requires_grad=True)
        nn.Sequential(*layers)(image).sum().backward()
        read = image.grad[0, 0] != 0
        assert read[[0, -1]].any(1).all()
        assert read[:, [0, -1]].any(0).all()
        assert read.all() == full


def test_the_table_of_formulas_was_read():
    assert len(FORMULAS) == 8


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=lambda page: page.stem)
def test_every_page_leads_to_the_glossary(page):
    if page.stem not in {"glossary", "references"}:
        assert "](glossary.md" in page.read_text("utf-8")
