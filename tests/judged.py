"""Whether a mutant prints what pages show, and draws what was seen."""

import io
import pickle
import sys
import warnings
from contextlib import redirect_stdout
from importlib import import_module
from types import ModuleType

from tests.mutants import STORE, Mutant, outputs, whole
from tests.planted import dotted, written
from tests.remembered import Answers, remembered

ANSWERS = STORE.with_name("answers")
FRESH = 67280421310721  # the seed that torch begins with


def answered(snippet: str) -> Answers:
    """What the functions of a whole snippet answered while its figure was drawn."""
    path = ANSWERS / whole(snippet).key
    return pickle.loads(path.read_bytes()) if path.exists() else {}


def kept(mutant: Mutant) -> bool:
    """Keep what the functions of a whole snippet answer; whether its figure can do with it."""
    if "def figure(" not in mutant.code:
        return True
    answers: Answers = {}
    module = sys.modules[dotted(f"snippets/{mutant.snippet}")]
    same = as_seen(module, answers) and as_seen(module, answers)
    ANSWERS.mkdir(exist_ok=True)
    (ANSWERS / mutant.key).write_bytes(pickle.dumps(answers))
    return same


def as_seen(module: ModuleType, answers: Answers) -> bool:
    """Whether the figure of a module is as it was seen; what is answered is not computed."""
    import_module("torch").manual_seed(FRESH)
    test = import_module("tests.test_drawn").test_the_figure_is_as_it_was_seen
    try:
        with warnings.catch_warnings(action="error"), remembered(module, answers):
            test(module.__name__.rpartition(".")[2])
    except BaseException:
        return False
    return True


class Printed(io.StringIO):
    """What is printed, until it differs from what pages show: the rest is not awaited."""

    def __init__(self, told: list[str]) -> None:
        """Expect the texts of all pages."""
        super().__init__()
        self.told = told

    def write(self, text: str) -> int:
        """Take what all pages show next."""
        size = super().write(text)
        said = self.getvalue().rstrip()
        assert all(page.startswith(said) for page in self.told)
        return size


def prints_as_shown(mutant: Mutant) -> bool:
    """Whether the mutant, run as a program, prints what its page shows."""
    told = outputs().get(mutant.snippet, [])
    if not told:
        return True
    path = written(mutant.snippet)
    sys.argv, printed = [path], Printed(told)
    import_module("torch").manual_seed(FRESH)
    try:
        with warnings.catch_warnings(action="error"), redirect_stdout(printed):
            space = {"__name__": "__main__", "__file__": path}
            exec(compile(mutant.code, path, "exec"), space)
    except BaseException:
        return False
    return all(printed.getvalue().rstrip() == text.rstrip() for text in told)
