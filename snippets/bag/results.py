"""A file of results, a line each: many processes write it, and no kill spoils it."""

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from filelock import FileLock

STORED = Path(__file__).parents[1] / "bag.jsonl"


@dataclass(frozen=True)
class Cell:
    """One run of the work list: what is trained, on what, and by which seed."""

    scale: str
    data: str
    recipe: str
    seed: int

    def __str__(self) -> str:
        """As a file is named.

        >>> str(Cell("small", "digits", "cosine", 3))
        'small-digits-cosine-3'
        """
        return f"{self.scale}-{self.data}-{self.recipe}-{self.seed}"


@dataclass(frozen=True)
class Result:
    """What came out of a cell, and of which code, on which machine, in what time."""

    scale: str
    data: str
    recipe: str
    seed: int
    score: float  # accuracy, or mean overlap for masks: 0 to 1
    seconds: float
    cpu: float  # seconds of the processor, which other work does not stretch
    device: str
    threads: int
    processes: int
    python: str
    torch: str
    numpy: str
    code: str  # of all that decides a score
    date: str

    @property
    def cell(self) -> Cell:
        """The cell that it fills."""
        return Cell(self.scale, self.data, self.recipe, self.seed)


def parsed(line: bytes) -> Result:
    """The result in a line; ValueError if the line is cut off or is none.

    >>> parsed(b'{"scale": "sm')
    Traceback (most recent call last):
    ValueError: no result
    """
    try:
        found = Result(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise ValueError("no result") from error
    kinds = {field.name: field.type for field in fields(Result)}
    if any(not isinstance(value, kinds[name]) for name, value in asdict(found).items()):  # type: ignore[arg-type] # they may be text
        raise ValueError("no result")
    return found


def stored(path: Path = STORED) -> list[Result]:
    """The results of a file that nobody writes; ValueError names a damaged line."""
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found.append(parsed(line))
        except ValueError as error:
            raise ValueError(f"{path}:{number}: {error}: {line[:60]!r}") from error
    return found


class Results:
    """The same file while it is written: every access is alone, by a lock beside it."""

    def __init__(self, path: Path) -> None:
        """Take the file, which need not exist yet."""
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self.lock = FileLock(f"{path}.lock")

    def read(self) -> list[Result]:
        """What is known. A damaged line, or a second result of a cell, is set aside."""
        with self.lock:
            return self._sound()

    def add(self, result: Result) -> bool:
        """Append a result, once per cell; whether it is on the disk as the first."""
        with self.lock:
            if result.cell in {known.cell for known in self._sound()}:
                return False
            with self.path.open("ab") as file:
                file.write(line(result))
                file.flush()
                os.fsync(file.fileno())
        return True

    def _sound(self) -> list[Result]:
        raw = self.path.read_bytes() if self.path.exists() else b""
        kept: dict[Cell, Result] = {}
        aside: list[bytes] = []
        for number, text in enumerate(raw.splitlines(), 1):
            fault = _fault(text, kept)
            if fault:
                aside.append(text)
                _report(f"{self.path}:{number}: {fault}; set aside: {text[:60]!r}")
        if aside or not raw.endswith(b"\n" if raw else b""):
            self._mend(kept.values(), aside)
        return list(kept.values())

    def _mend(self, kept: Iterable[Result], aside: list[bytes]) -> None:
        """Write what is sound anew, whole or not at all; keep the rest ``.aside``."""
        with Path(f"{self.path}.aside").open("ab") as file:
            file.writelines(text + b"\n" for text in aside)
        partial = Path(f"{self.path}.part")
        with partial.open("wb") as file:
            file.writelines(map(line, kept))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(self.path)


def line(result: Result) -> bytes:
    """A result as it is stored."""
    return json.dumps(asdict(result)).encode() + b"\n"


def _fault(text: bytes, kept: dict[Cell, Result]) -> str:
    """Keep the result of a line, or say why not."""
    try:
        result = parsed(text)
    except ValueError as error:
        return str(error)
    if result.cell in kept:
        return f"a second result of {result.cell}"
    kept[result.cell] = result
    return ""


def _report(message: str) -> None:
    print(message, file=sys.stderr)
