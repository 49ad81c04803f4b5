"""What a recipe means: its name stands in every result and in the table of the lab."""

from snippets.bag.recipes import RECIPES, STEPS, TRANSFERRED

ORDER = """
large-batch        = baseline, batch 4
scaling            = large-batch, rate 4
warm-up            = scaling, warm 0.08333333333333333
zero-gamma         = warm-up, gamma True
no-bias-decay      = zero-gamma, spared True
low-precision      = no-bias-decay, half True
resnet-b           = low-precision, tweaks B
resnet-c           = resnet-b, tweaks BC
resnet-d           = resnet-c, tweaks BCD
cosine             = resnet-d, cosine True
smoothing          = cosine, smoothing 0.1
teacher            = smoothing, wider 2
distillation       = smoothing, temperature 20.0
mixup              = smoothing, mixup 0.2
mixup-distillation = distillation, mixup 0.2
"""
MASKS = """
scratch            =
baseline           =
low-precision      = baseline
resnet-d           = low-precision
cosine             = resnet-d
smoothing          = cosine
distillation       = smoothing
mixup              = smoothing
mixup-distillation = distillation
"""
PLAIN = {
    "after": "", "batch": 1, "rate": 1, "warm": 0.0, "gamma": False, "spared": False,
    "half": False, "tweaks": "", "cosine": False, "smoothing": 0.0, "temperature": 0.0,
    "mixup": 0.0, "wider": 1,
}  # fmt: skip


def test_the_tricks_come_in_the_order_and_with_the_numbers_of_the_design():
    told = [
        f"{name:18} = {after}, {' '.join(f'{k} {v}' for k, v in trick.items())}"
        for name, after, trick in STEPS
    ]
    assert told == ORDER.strip().splitlines()


def test_masks_are_learnt_from_these_starts_each_compared_with_the_one_before():
    told = [f"{name:18} = {after}".rstrip() for name, after in TRANSFERRED.items()]
    assert told == MASKS.strip().splitlines()


def test_a_recipe_has_all_tricks_below_it_and_the_baseline_none():
    wanted = {"baseline": {"name": "baseline", **PLAIN}}
    for name, after, trick in STEPS:
        wanted[name] = {**wanted[after], "name": name, "after": after, **trick}
    assert {name: vars(recipe) for name, recipe in RECIPES.items()} == wanted
    assert list(RECIPES) == ["baseline", *(name for name, *_ in STEPS)]
