"""The recipe lab against torch's schedulers, loss and distributions."""

import math
import random

import pytest

from tests.explorables import marred, opened, reach, tapped
from tests.oracles.recipe import density, least, mixture, rates, recipe, targets

PAGE, TAG = "tricks/", "recipe-lab"


def near(wanted):
    return pytest.approx(wanted, rel=1e-9, abs=1e-12)


def states(count):
    """Random settings of the whole lab."""
    draw = random.Random(2)
    return [recipe(draw) for _ in range(count)]


def test_rates_targets_and_shares_are_those_of_torch(ask):
    asked = states(1000)
    for state, answer in zip(asked, ask(PAGE, TAG, asked), strict=True):
        found, epochs = answer["result"], state["epochs"]
        run = rates(epochs, state["warm"], state["schedule"], int(state["batch"]))
        assert found["rates"] == near(run), state
        assert found["mean"] == near(
            sum(run) / epochs / (0.1 * int(state["batch"]) / 256)
        )
        assert found["epoch"] == min(state["epoch"], epochs - 1)
        wanted = targets(state["classes"], state["epsilon"], state["shared"][0] == "w")
        assert {**found["target"], "gap": 0} == near({**wanted, "gap": 0}), state
        assert found["mixture"] == near(mixture(state["alpha"])), state
        wanted = [density(at / 100, state["alpha"]) for at in range(1, 100, 14)]
        assert found["densities"][::14] == near(wanted), state


def test_no_other_lead_of_the_right_logit_has_a_lower_loss(ask):
    asked = [state for state in states(300) if state["epsilon"]]
    for state, answer in zip(asked, ask(PAGE, TAG, asked), strict=True):
        right, wrong, gap = (
            answer["result"]["target"][k] for k in ("right", "wrong", "gap")
        )
        assert abs(least(state["classes"], gap, right, wrong)) < 1e-12
        assert least(state["classes"], gap + 0.1, right, wrong) > 0
        assert f"leads by {gap:.2f}." in answer["sentence"]


def test_without_smoothing_no_lead_is_enough(ask):
    (answer,) = ask(PAGE, TAG, [{"epsilon": 0}])
    assert answer["result"]["target"]["right"] == 1
    assert least(10, 30, 1, 0) < 0
    assert "No lead of the right logit is enough." in answer["sentence"]


def test_the_curve_ends_where_the_rate_does(browser, address):
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
    page, _ = opened(browser, address, TAG, **phone)
    page.get_by_label("Then").select_option("steps")
    tapped(page.get_by_label("Look at epoch"), "right")
    page.get_by_text("Epoch 119 of 120: rate 0.0001,").wait_for()
    height = float(page.locator(f"{TAG} circle").get_attribute("cy"))
    assert math.isclose(height, 110 * (1 - 0.001), abs_tol=0.1)
    page.close()


def test_a_recipe_is_set_by_keys_alone(browser, address):
    page = browser.new_page()
    page.goto(f"{address}{PAGE}#try-it-a-recipe-by-slider")
    reach(page, TAG)
    page.locator(f"{TAG} input").first.focus()
    page.keyboard.press("End")
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("End")
    page.get_by_text("Epoch 40 of 200: rate").wait_for()
    state = page.evaluate("tag => document.querySelector(tag).state", TAG)
    assert (state["epochs"], state["warm"]) == (200, 19)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_three_states(browser, address, scheme):
    states = (
        {},
        {"schedule": "steps", "warm": 0, "epsilon": 0, "alpha": 1},
        {"epochs": 20, "epoch": 0, "epsilon": 0.5, "classes": 1000},
    )
    assert marred(browser, address, TAG, scheme, states) == []
