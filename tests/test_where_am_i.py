"""Where a network knows a motif to stand: by theorem, by record, by training once more."""

import pytest
import torch
from torch import nn

from snippets import where_am_i
from snippets.where_am_i import WAYS, figure, images, net, result, stored, trained

WAY = ("zeros", 4, 3)


def test_what_is_trained_again_is_stored_as_before(monkeypatch, tmp_path):
    runs = [run for way in WAYS for run in stored(*way)]
    known = {(run["padding"], run["depth"], run["seed"]): run for run in runs}
    file, before = tmp_path / "again.json", where_am_i.STORED.read_bytes()
    monkeypatch.setattr(where_am_i, "result", lambda *cell: known[cell])
    monkeypatch.setattr(where_am_i, "STORED", file)
    where_am_i.store()
    assert file.read_bytes() == before


def scores(model, side=16, row=None):
    """The score of the motif at each column of one row, in float64."""
    motif = images(range(1))[0][0, 0, :3, :3].double()
    row = side // 2 - 1 if row is None else row
    pictures = torch.zeros(side - 2, 1, side, side, dtype=torch.float64)
    for column, picture in enumerate(pictures):
        picture[0, row : row + 3, column : column + 3] = motif
    with torch.no_grad():
        return model.double()(pictures)


def alike(depth, side=16):
    """The columns from which the motif and the border do not meet within the stack."""
    return [c for c in range(side - 2) if 2 * depth - 1 <= c <= side - 2 - 2 * depth]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_zero_padding_leaves_the_middle_columns_alike(depth, seed):
    torch.manual_seed(seed)
    for side, row in [(16, 0), (16, 7), (32, 15)]:
        middle = scores(net("zeros", depth), side, row)[alike(depth, side)]
        if len(middle):
            assert middle.max() - middle.min() < 1e-12


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_the_columns_next_to_the_middle_ones_can_be_told(depth):
    first, last = alike(depth, 32)[0], alike(depth, 32)[-1]
    told = set()
    for seed in range(10):
        torch.manual_seed(seed)
        model = net("zeros", depth)
        for parameter in model.parameters():
            nn.init.normal_(parameter)
        values = scores(model, 32)
        told |= {c for c in (first - 1, last + 1) if abs(values[c] - values[15]) > 1e-6}
    assert told == {first - 1, last + 1}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("depth", [1, 2, 4, 6])
def test_circular_padding_gives_all_columns_the_same_score(depth, seed):
    torch.manual_seed(seed)
    values = scores(net("circular", depth))
    assert values.max() - values.min() < 1e-12


@pytest.mark.parametrize("seed", range(5))
def test_with_stride_2_circular_padding_tells_even_columns_from_odd(seed, says):
    torch.manual_seed(seed)
    model = net("circular", 4)
    model[2].stride = (2, 2)
    values = scores(model)
    for same in (values[::2], values[1::2]):
        assert same.max() - same.min() < 1e-12
    assert abs(values[0] - values[1]) > 1e-9
    says(
        "tips", "**Circular padding is blind only at stride 1.** With stride 2 it tells"
    )


def test_the_motif_is_the_same_at_every_place(says):
    pictures, right = images(range(14))
    assert pictures.shape == (196, 1, 16, 16)
    assert (pictures.sum((1, 2, 3)) == 5).all()
    assert right.mean() == 0.5
    columns = len(scores(net("zeros", 1)))
    says("tips", f"Put one motif of 3 × 3 pixels at {columns} columns of a black image")


def test_the_page_counts_the_columns_that_look_alike(says):
    two, wide = alike(2), alike(4, 32)
    assert not alike(4)
    columns = 14
    best = 1 - len(two) / columns / 2
    says(
        "tips",
        f"With depth 2 the middle columns, {two[0]} to {two[-1]}, all have the same score. With "
        f"circular padding all {columns} have.",
    )
    says(
        "tips",
        f"After 2 layers they never meet if the motif stands on columns {two[0]} to {two[-1]}: "
        f"{len(two)} of {columns} columns look alike, so at most {best:.0%} of the answers can be "
        "right. After 4 layers they always meet, and three of the five",
    )
    says(
        "tips",
        f"On black, 3 × 3 layers know {wide[0]} columns on each side when they are 4 deep, and "
        f"{alike(5, 32)[0] - wide[0]} more with each further layer. With 32 pixels a side, "
        f"{len(wide)} of {32 - 2} columns look alike.",
    )
    assert wide[0] == 30 - 1 - wide[-1]
    assert max(run["accuracy"] for run in stored("zeros", 2)) <= best + 1e-3


def test_the_stored_scores_are_what_the_page_says_of_them(says):
    for depth in (2, 4):
        for run in stored("zeros", depth):
            assert run["scores"][0] < -1 < 1 < run["scores"][-1]
    for run in stored("zeros", 2):
        assert len({run["scores"][column] for column in alike(2)}) == 1
        assert run["scores"][2] != run["scores"][3]
    for run in stored("circular", 4):
        assert set(run["scores"]) == {0}
        assert run["accuracy"] == 0.5
    says("tips", f"Circular: one flat line at {run['scores'][0]:.0f}.".replace("-", ""))
    says("tips", f"Above {0} the network says right.")
    says(
        "tips",
        "Zeros, depth 4: the lines rise from negative to positive. Zeros, depth 2:",
    )
    assert [run["accuracy"] for run in stored("zeros", 4)].count(1.0) == 3
    says("tips", "three of the five networks learn to answer all")
    assert [len(stored(*way)) for way in WAYS] == [5, 5, 5]


def test_a_network_trained_again_knows_where_the_motif_stands():
    torch.set_num_threads(1)
    pictures, right = images(range(1, 14, 2))
    model = trained("zeros", 4, seed=0, steps=200)
    with torch.no_grad():
        said = model(pictures) > 0
    assert (said == (right > 0)).double().mean() > 0.8


def test_a_result_is_accuracy_on_odd_rows_and_the_scores_of_row_seven(monkeypatch):
    """For a network that answers with the place of the motif, wrong in the last column."""

    def score(row, column):
        return (column - 6) * (12.5 - column) * row / 16

    def answers(pictures):
        return score(pictures.sum((1, 3)).argmax(1), pictures.sum((1, 2)).argmax(1))

    monkeypatch.setattr(where_am_i, "trained", lambda *way: {WAY: answers}[way])
    found = result(*WAY)
    assert found["scores"] == [round(score(7, column), 3) for column in range(14)]
    assert found["accuracy"] == round(13 / 14, 3)
    assert (found["padding"], found["depth"], found["seed"]) == WAY
    assert found.keys() == stored("zeros", 4)[0].keys()


def test_an_unknown_padding_raises_what_torch_raises():
    with pytest.raises(ValueError, match="padding_mode must be one of"):
        net("mirrors", 2)


def test_places_outside_the_image_raise_what_torch_raises():
    with pytest.raises(RuntimeError, match="must match the existing size"):
        images(range(14, 15))


def test_the_figure_draws_five_networks_of_each_kind():
    axes = figure().axes
    assert [len(ax.lines) for ax in axes] == [6, 6, 6]  # and the line of 0
    titles = [ax.get_title() for ax in axes]
    assert titles == ["zeros\ndepth 4", "zeros\ndepth 2", "circular\ndepth 4"]
    assert [list(map(float, ax.get_xticks())) for ax in axes] == [[0, 6.5, 13]] * 3
    for ax in axes:
        assert all(len(line.get_xdata()) == 14 for line in ax.lines[1:])
