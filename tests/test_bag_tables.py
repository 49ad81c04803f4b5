"""The printed table, to the letter, for results small enough to be added up by hand."""

from snippets.bag.tables import printed
from tests.test_bag_work import result

CHANGES = {"resnet-d": [0.50, 0.60, 0.70], "cosine": [0.61, 0.72, 0.83]}
TABLE = """\
data    recipe    seeds  mean  after     change  95%            verdict
shapes  resnet-d  3      60.0
shapes  cosine    3      72.0  resnet-d  +12.0   +9.5 to +14.5  gain
masks   scratch   2      10.0
masks   resnet-d  2      10.5  scratch   +0.5    -5.9 to +6.9   not shown
9 results: none, 1 process, torch 2, code 0
1 results: none, 2 process, torch 2, code 0"""


def test_the_table_is_aligned_and_says_of_each_recipe_what_it_reached_and_changed():
    """11, 12, 13: t is 12 √3, and 2.5 = 4.303 / √3; 0, 1: t is 1, and 6.4 = 12.706 / 2."""
    found = [
        result(recipe=recipe, seed=seed, score=score)
        for recipe, scores in CHANGES.items()
        for seed, score in enumerate(scores)
    ]
    found += [
        result(data="masks", recipe="scratch", seed=0, score=0.1),
        result(data="masks", recipe="scratch", seed=1, score=0.1),
        result(data="masks", recipe="resnet-d", seed=0, score=0.1),
        result(data="masks", recipe="resnet-d", seed=1, score=0.11, processes=2),
    ]
    other = result(scale="small", score=0.9)
    assert printed([*found, other], "tiny").splitlines() == TABLE.splitlines()
