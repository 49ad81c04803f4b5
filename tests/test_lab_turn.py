"""What the lab on turned digits and cats says: its layers anew, its training as printed."""

import re

import pytest
import torch
from skimage.transform import rotate

from snippets.equivariance import cat, difference
from snippets.p4 import fits, lifted
from tests.labs import pieces, printed

PAGE = "labs/turn"


@pytest.fixture(scope="module")
def lab():
    return pieces("turn")


@pytest.fixture(scope="module")
def told():
    return printed("turn")


def shares(told, label, count):
    """The percentages of the printed line that begins with a label."""
    (line,) = re.findall(rf"^ *{re.escape(label)} (.*)$", told, re.MULTILINE)
    found = [float(share) for share in re.findall(r"(-?[\d.]+)%", line)]
    assert len(found) == count, line
    return found


def test_the_two_networks_are_of_one_size(lab, says, told):
    turning, plain = lab["Turning"](), lab["plain"]()
    own, other = turning.two, plain[3].weight
    assert own.numel() == other.numel() == 7200
    assert (
        f"turning {lab['size'](turning):,} parameters, plain {lab['size'](plain):,}"
        in told
    )
    many, few = own.shape[0], own.shape[1]
    says(
        PAGE,
        f"has {many} × {few} × {own.shape[2]} kernels of {own[0, 0, 0].numel()} weights, one "
        f"of the second kind {other.shape[0]} × {other.shape[1]} of them: {own.numel():,} both.",
    )
    says(PAGE, f"half of the features, {many} in place of {other.shape[0]} at the end")
    assert turning.last.in_features == many
    assert plain[-1].in_features == other.shape[0]


def test_the_lab_learns_from_what_it_says(lab, says):
    images, labels, asked, answers = lab["halves"]()
    assert len(labels) == len(images)
    assert len(answers) == len(asked)
    side = images.shape[-1]
    says(
        PAGE,
        f"{len(images):,} to learn from, {len(asked)} to ask, on {side} × {side} pixels.",
    )
    says(PAGE, "up to 45° either way, is interpolated between the four nearest pixels")
    assert images.min() == 0
    assert images.max() == 1


@pytest.mark.parametrize("degrees", [0, 5, 15, 30, 44, 46, 90, 100, 180, 200, 270, 345])
def test_a_tilted_image_is_what_scikit_image_makes(lab, degrees):
    image = cat()
    other = rotate(image[0, 0].numpy(), degrees, order=1)
    ours = lab["tilted"](image, degrees)[0, 0]
    across = torch.arange(100) - 49.5
    disc = across.square()[:, None] + across.square() < 45**2
    assert (ours - torch.from_numpy(other))[disc].abs().max() < 1e-9


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("side", "holds"), [(20, True), (22, True), (21, False), (19, False)]
)
def test_the_scores_agree_exactly_while_the_windows_fit(lab, seed, side, holds, says):
    torch.manual_seed(seed)
    network = lab["Turning"]().double().requires_grad_(False)
    images = torch.rand(4, 1, side, side, dtype=torch.float64)
    gaps = [
        difference(network(lab["tilted"](images, angle)), network(images))
        for angle in (90, 180, 270)
    ]
    assert (max(gaps) < 1e-12) == holds
    assert fits(side, 2, 2, 0) == holds
    says(
        PAGE,
        "a max-pool of 2, which keeps the law where its windows fit: on 20 pixels they do",
    )


def test_at_the_right_angles_nothing_changes(told, says):
    plain, turning = zip(
        *(shares(told, f"{angle}° plain", 2) for angle in (0, 15, 45, 90, 180, 270)),
        strict=True,
    )
    assert plain[0] > 90
    assert turning[0] > 75
    assert max(plain[3], plain[5]) < 30
    assert {turning[0]} == set(turning[3:])
    assert max(plain[2], turning[2]) < 50
    says(PAGE, "the plain network recognises over 90% and the turning one over 75%.")
    says(
        PAGE,
        "leaves the plain one fewer than 30%, and the turning one all of what it had",
    )
    says(PAGE, "its ten scores agree to 12 digits")
    says(PAGE, "Its curve repeats every 90°, so it is no better at 105° than at 15°.")
    says(PAGE, "At 45° both are below one half.")
    says(PAGE, "from 0 to 345 degrees in steps of 15")
    says(
        PAGE,
        "is below one half at 45 degrees, rises again to less than one half round 180",
    )
    says(PAGE, "back only towards 360. The turning network")
    says(
        PAGE,
        "is below one half at 45 degrees too, and is back at exactly its first height at 90, 180 and 270",
    )
    assert plain[4] < 50


def test_at_a_small_tilt_the_turning_network_loses_more(told, says):
    upright, tilted = (shares(told, f"{angle}° plain", 2) for angle in (0, 15))
    plain, turning = (a - b for a, b in zip(upright, tilted, strict=True))
    assert turning > plain
    assert upright[1] < upright[0]
    says(
        PAGE, "In between it has nothing built in, and falls even faster than the other"
    )
    says(
        PAGE, "The turning network starts lower, falls faster, is below one half at 45"
    )
    says(PAGE, "And at 15° it has lost more than the plain one")


def test_blur_is_not_what_the_networks_stumble_over(told, says):
    assert shares(told, "45° and back:", 1)[0] > 85
    says(PAGE, "digits turned by 45° and back again are blurred twice")
    says(PAGE, "the plain network still recognises over 85%")


def test_a_turned_six_is_a_nine(told, says):
    rows = re.findall(
        r"(\w+) +(\d+)°: +(\d+) of 500 wrong, +(\d+) of (\d+) swapped", told
    )
    wrong = {(name, angle): int(count) for name, angle, count, _, _ in rows}
    swapped = {
        (name, angle): int(count) / int(of) for name, angle, _, count, of in rows
    }
    assert swapped["plain", "180"] > 0.5
    assert swapped["turning", "180"] == swapped["turning", "0"] < 0.2
    assert wrong["turning", "0"] == wrong["turning", "180"] > wrong["plain", "0"]
    says(PAGE, "A turned 6 is a 9, and costs less than expected")
    says(PAGE, "Half a turn makes a 6 of a 9.")
    says(PAGE, "Turned by 180°, over half of the sixes and nines become the other one")


def test_the_cat_obeys_at_90_degrees_and_not_at_15(told, says):
    for name in ("trained", "random"):
        four = shares(told, f"{name}, strongest turn", 5)
        one = shares(told, f"{name}, one turn", 5)
        assert four[-1] == 0
        assert one[-1] > 50
        assert four[1] > 10
        assert one[2] > four[2]
    assert shares(told, "round kernel", 5)[1] < 2
    says(PAGE, "The cat obeys at 90° and not at 15°")
    says(PAGE, "At 90° the strongest turn obeys up to rounding")
    says(PAGE, "At 15° it is off by more than a tenth of its map")
    says(
        PAGE,
        "which has no direction and sees little fine detail, is off by less than 2%",
    )
    says(PAGE, "one turn alone is worse at 30°.")
    says(PAGE, "turned by 90 degrees, the last picture is black")
    says(PAGE, "turned by 15 degrees, it shows outlines of the eyes")


def test_more_turns_narrow_the_gap_and_do_not_close_it(told, says):
    four, eight, many = (shares(told, f"{turns}", 5) for turns in (4, 8, 24))
    assert four[3] > 20
    assert max(eight[3], many[3]) < four[3] / 2
    for narrow in (eight, many):
        assert all(1 < a < b for a, b in zip(narrow[:4], four[:4], strict=True))
    says(PAGE, "gap between the right angles shrinks, but does not close.")
    assert {four[-1], eight[-1], many[-1]} == {0}
    says(PAGE, "which can be turned by 15° before they are put on the grid")
    says(
        PAGE,
        "Four turns are off by more than 20% at 45°, eight and 24 by less than half of that.",
    )
    says(PAGE, "With 24 turns, 15° is one of them")
    says(PAGE, "on the grid, it is exact at 90° alone")
    says(PAGE, "24 maps for a kernel, not four")


def test_only_the_places_may_be_forgotten(lab, says):
    torch.manual_seed(0)
    kernel = torch.randn(6, 1, 5, 5, dtype=torch.float64)
    lab.update(grey=cat(), kernels={"trained": kernel})
    assert not lab["rolls"](lab["head"])
    assert lab["rolls"](lambda maps: maps.amax((3, 4)))
    assert lab["rolls"](lambda maps: maps.mean((3, 4)))
    for wrong in ((2, 3), (2, 4), (1, 3, 4)):
        assert not lab["rolls"](lambda maps, wrong=wrong: maps.amax(wrong))
    assert lifted(cat(), kernel).shape[2] == 4
