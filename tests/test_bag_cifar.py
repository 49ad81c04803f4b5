"""CIFAR-10 is read from files as they are published, and nothing in them is run."""

import io
import pickle
import struct
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from snippets.bag.cifar import ASKED, LEARNT, MEAN, SPREAD, Arrays, DamagedError, read
from snippets.bag.data import halves
from snippets.bag.scales import SCALES

PER_FILE = 20


class Old(pickle._Pickler):
    """Writes byte strings as Python 2 did, in which the published files were made."""

    dispatch: ClassVar[dict[type, Any]] = dict(pickle._Pickler.dispatch)

    def old(self, text):
        self.write(b"T" + struct.pack("<i", len(text)) + text)
        self.memoize(text)

    dispatch[bytes] = old

    def reducer_override(self, value):
        if isinstance(value, np.ndarray):
            state = (1, value.shape, value.dtype, False, value.tobytes())
            return (
                _Named("numpy.core.multiarray", "_reconstruct"),
                (np.ndarray, (0,), b"b"),
                state,
            )
        return NotImplemented

    def save(self, value, save_persistent_id=True):
        if isinstance(value, _Named):
            self.write(f"c{value.module}\n{value.name}\n".encode())
        else:
            super().save(value, save_persistent_id)


class _Named:
    """A global by the name that it had."""

    def __init__(self, module, name):
        self.module, self.name = module, name

    def __call__(self):
        raise NotImplementedError


def published(pixels: np.ndarray, labels: list[int], name: str) -> bytes:
    """The bytes of a file with these rows of 3,072 pixels."""
    files = [f"picture_{n}.png".encode() for n in range(len(labels))]
    told = {
        b"batch_label": name.encode(),
        b"labels": labels,
        b"data": pixels,
        b"filenames": files,
    }
    out = io.BytesIO()
    Old(out, protocol=2).dump(told)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path):
    """Six files of a few random images."""
    random = np.random.default_rng(0)
    for name in [*LEARNT, *ASKED]:
        pixels = random.integers(0, 256, (PER_FILE, 3072), dtype=np.uint8)
        labels = random.integers(0, 10, PER_FILE).tolist()
        (tmp_path / name).write_bytes(published(pixels, labels, name))
    return tmp_path


def test_files_are_written_here_as_python_2_wrote_them(folder):
    raw = (folder / "test_batch").read_bytes()
    assert raw.startswith(b"\x80\x02}")
    assert b"cnumpy.core.multiarray\n_reconstruct\n" in raw
    assert b"_codecs" not in raw
    assert set(pickle.loads(raw, encoding="bytes")) == {
        b"batch_label",
        b"labels",
        b"data",
        b"filenames",
    }


def test_images_and_labels_are_those_of_the_files(folder):
    (images, labels), (asked, answers) = read(folder)
    assert images.shape == (5 * PER_FILE, 3, 32, 32)
    assert asked.shape == (PER_FILE, 3, 32, 32)
    told = pickle.loads((folder / "data_batch_2").read_bytes(), encoding="bytes")
    assert labels[PER_FILE : 2 * PER_FILE].tolist() == told[b"labels"]
    mean, spread = (torch.tensor(x).view(3, 1, 1) for x in (MEAN, SPREAD))
    back = (images[PER_FILE] * spread + mean) * 255
    red, row, column = 0, 5, 7
    assert back[red, row, column].item() == pytest.approx(
        told[b"data"][0][32 * row + column], abs=1e-3
    )
    assert back[2, row, column].item() == pytest.approx(
        told[b"data"][0][2048 + 32 * row + column], abs=1e-3
    )
    assert len(answers) == PER_FILE


def test_a_run_takes_as_many_images_as_its_scale_says(folder):
    few = replace(SCALES["tiny"], images=30, asked=10)
    (images, _), (asked, _) = halves("cifar10", few, 0, folder)
    assert (len(images), len(asked)) == (30, 10)
    assert not torch.equal(images, halves("cifar10", few, 1, folder)[0][0])


def test_a_missing_file_is_named(folder):
    (folder / "data_batch_4").unlink()
    with pytest.raises(
        DamagedError, match="data_batch_4 does not exist: name its folder"
    ):
        read(folder)


@pytest.mark.parametrize("share", [0, 0.2, 0.9, 0.999])
def test_a_cut_file_is_damaged(folder, share):
    file = folder / "data_batch_3"
    file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])
    with pytest.raises(DamagedError, match="data_batch_3 is damaged"):
        read(folder)


def told_wrongly():
    pixels = np.zeros((2, 3072), np.uint8)
    return {
        "too few labels": published(pixels, [1], "x"),
        "labels beyond nine": published(pixels, [1, 10], "x"),
        "pixels that are no bytes": published(pixels.astype(np.float32), [1, 2], "x"),
        "rows that are too short": published(pixels[:, :100], [1, 2], "x"),
        "no mapping": pickle.dumps([1, 2], protocol=2),
        "no pickle": b"<html>not found</html>",
    }


@pytest.mark.parametrize("fault", told_wrongly())
def test_a_file_with_other_content_is_damaged(folder, fault):
    (folder / "test_batch").write_bytes(told_wrongly()[fault])
    with pytest.raises(DamagedError, match="test_batch is damaged"):
        read(folder)


def test_a_file_that_would_run_something_is_refused_and_runs_nothing(folder, tmp_path):
    made = tmp_path / "made"

    class Trap:
        def __reduce__(self):
            return made.touch, ()

    for trap in (Trap(), print, np.save, io.open):
        (folder / "data_batch_1").write_bytes(pickle.dumps({b"data": trap}))
        with pytest.raises(DamagedError, match="which no CIFAR-10 file needs"):
            read(folder)
    assert not made.exists()


def test_black_and_white_come_out_as_the_published_means_and_spreads_have_them(folder):
    """Zero is the mean of a colour over all published images; one is their spread."""
    rows = np.repeat(np.array([[0], [255]], np.uint8), 3072, 1)
    (folder / "test_batch").write_bytes(published(rows, [3, 9], "x"))
    black, white = read(folder)[1][0][:, :, 0, 0]
    spread = torch.tensor([0.247, 0.243, 0.261])
    mean = torch.tensor([0.4914, 0.4822, 0.4465])
    assert torch.allclose(black, -mean / spread)
    assert torch.allclose(white - black, 1 / spread)


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ("labels beyond nine", "pixels are bytes, labels are 0 to 9"),
        ("pixels that are no bytes", "pixels are bytes, labels are 0 to 9"),
        ("rows that are too short", "cannot reshape array"),
    ],
)
def test_a_damaged_file_is_told_with_what_is_wrong(folder, fault, told):
    file = folder / "test_batch"
    file.write_bytes(told_wrongly()[fault])
    with pytest.raises(DamagedError) as raised:
        read(folder)
    said = str(raised.value)
    assert said.startswith(f"{file} is damaged: {told}")
    assert "reshape" in told or said.endswith(told)


def test_a_fault_without_words_is_told_by_its_kind(folder, monkeypatch):
    def fail(self):
        raise MemoryError

    monkeypatch.setattr("snippets.bag.cifar.Arrays.load", fail)
    with pytest.raises(DamagedError, match=r"data_batch_1 is damaged: MemoryError$"):
        read(folder)


def test_no_function_of_numpy_but_the_one_that_builds_arrays_is_found():
    refused = [("numpy.testing", "run_module_suite"), ("os", "_reconstruct")]
    for module, name in refused:
        with pytest.raises(DamagedError, match=f"asks for {module}.{name}, which"):
            Arrays(io.BytesIO()).find_class(module, name)
