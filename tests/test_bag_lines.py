"""The file of results, to the letter: what is told of a damaged line, what is left on the disk."""

import pytest

from snippets.bag.results import Results, line, parsed, stored
from tests.test_bag_work import result

LONG = b"x" * 59 + b"yz" * 9  # a damaged line: sixty bytes of it are told


def test_a_damaged_line_is_told_by_its_number_and_its_first_sixty_bytes(
    tmp_path, capsys
):
    path = tmp_path / "results.jsonl"
    path.write_bytes(line(result()) + LONG + b"\n")
    told = f"{path}:2: no result"
    with pytest.raises(ValueError, match="no result") as raised:
        stored(path)
    assert str(raised.value) == f"{told}: {LONG[:60]!r}"
    assert Results(path).read() == [result()]
    assert capsys.readouterr() == ("", f"{told}; set aside: {LONG[:60]!r}\n")


@pytest.mark.parametrize("text", [b"{", b"[1]", b"{}", line(result(seed="0"))])
def test_a_line_that_is_no_result_is_told_in_two_words(text):
    with pytest.raises(ValueError, match=r"^no result$"):
        parsed(text)


def test_a_second_result_is_told_by_its_cell_and_kept_aside(tmp_path, capsys):
    path, other = tmp_path / "results.jsonl", line(result(score=0.9))
    path.write_bytes(line(result()) + other)
    assert Results(path).read() == [result()]
    assert capsys.readouterr().err == (
        f"{path}:2: a second result of tiny-shapes-cosine-0; set aside: {other[:60]!r}\n"
    )
    assert path.read_bytes() == line(result())
    assert (tmp_path / "results.jsonl.aside").read_bytes() == other


def test_reading_what_is_not_there_or_is_sound_writes_nothing(tmp_path, capsys):
    path = tmp_path / "results.jsonl"
    assert Results(path).read() == []
    path.write_bytes(b"")
    assert Results(path).read() == []
    path.write_bytes(line(result()))
    assert Results(path).read() == [result()]
    assert capsys.readouterr() == ("", "")
    names = {found.name for found in tmp_path.iterdir()}
    assert names <= {"results.jsonl", "results.jsonl.lock"}


def test_a_folder_is_made_for_the_file_with_those_above_it(tmp_path):
    path = tmp_path / "my" / "own" / "results.jsonl"
    for seed in (0, 1):
        assert Results(path).add(result(seed=seed))
    assert path.read_bytes() == line(result(seed=0)) + line(result(seed=1))
