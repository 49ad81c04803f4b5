"""``python -m snippets._colab FOLDER REPOSITORY COMMIT``: the labs as Colab opens them.

Notebooks that have not run, each with a first cell that brings along what it imports.
Publishing puts them on a branch of their own: Colab opens what lies in a repository.
"""

import re
import sys
from pathlib import Path

BRANCH = "labs"
COLAB = "https://colab.research.google.com/github"
GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
ROOT = Path(__file__).resolve().parent.parent
IMPORT = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
RANGE = re.compile(r"^(\w+)[<>=].*$", re.MULTILINE)
KEPT = {"torch", "matplotlib"}  # those of Colab fit each other and its accelerator
FIRST = """\
# Colab has no snippets: this brings them, as they were when the lab was published.
import importlib.util

if importlib.util.find_spec("snippets") is None:
    %pip install --quiet {wanted}
"""


def address(repo_url: str | None, lab: str) -> str:
    """Where a lab opens in Colab, or nothing without a repository on GitHub.

    >>> address("https://github.com/a/b/", "turn")
    'https://colab.research.google.com/github/a/b/blob/labs/turn.ipynb'
    """
    named = GITHUB.fullmatch(repo_url or "")
    return f"{COLAB}/{named[1]}/blob/{BRANCH}/{lab}.ipynb" if named else ""


def wanted(code: str, repository: str, commit: str) -> list[str]:
    """What pip installs for a lab: the snippets, and packages that Colab may lack."""
    ranges = RANGE.finditer((ROOT / "requirements.txt").read_text("utf-8"))
    named = {found[1]: found[0] for found in ranges}
    lacking = sorted({*IMPORT.findall(code)} & {*named} - KEPT)
    return [f"git+{repository}@{commit}", *(named[name] for name in lacking)]


def notebook(code: str, repository: str, commit: str) -> str:
    """A lab in percent format as a notebook that runs in Colab, the same each time."""
    import jupytext
    import nbformat

    pages = jupytext.reads(code, fmt="py:percent")
    asked = " ".join(f'"{one}"' for one in wanted(code, repository, commit))
    pages.cells.insert(0, nbformat.v4.new_code_cell(FIRST.format(wanted=asked)))
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    pages.metadata = nbformat.from_dict({"kernelspec": kernel})
    for number, cell in enumerate(pages.cells):
        cell.id = f"cell-{number}"
    return f"{nbformat.writes(pages)}\n"


def main(folder: str, repository: str, commit: str) -> None:
    """Write every lab into a folder."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    for lab in sorted((ROOT / "docs" / "labs").glob("*.py")):
        content = notebook(lab.read_text("utf-8"), repository, commit)
        file = target / f"{lab.stem}.ipynb"
        file.write_text(content, "utf-8", newline="\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
