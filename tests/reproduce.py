"""``python -m tests.reproduce``: build the site from scratch in two folders, and compare all files."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from snippets._style import ROOT
from tests.copies import built, copied, run_in


def files(site: Path) -> dict[str, bytes]:
    """Each file of a built site, by its path, with its content."""
    found = [path for path in site.rglob("*") if path.is_file()]
    return {path.relative_to(site).as_posix(): path.read_bytes() for path in found}


def differing(one: Path, other: Path) -> list[str]:
    """The files of two built sites that differ, or that only one of them has."""
    here, there = files(one), files(other)
    return sorted(
        name for name in here.keys() | there if here.get(name) != there.get(name)
    )


def built_in(copy: Path) -> Path:
    """The site of a copy, built; sets in Python have an order of their own in each."""
    git = run_in(ROOT, "git", "rev-parse", "--absolute-git-dir").stdout
    if git:  # the stamp names the commit, which is the same in both
        (copy / ".git").write_text(f"gitdir: {git}", "utf-8")
    run = built(copy, copy / "site", PYTHONHASHSEED=str(len(copy.name)))
    if run.returncode:
        raise RuntimeError(f"{copy}: {run.stderr}")
    return copy / "site"


def main() -> None:
    """Say how many files are identical; exit with 1 and the names of those that are not."""
    with ExitStack() as stack, ThreadPoolExecutor() as pool:
        names = ("one", "another")
        copies = [stack.enter_context(copied(made=False, name=name)) for name in names]
        one, other = pool.map(built_in, copies)
        different = differing(one, other)
        if different:
            sys.exit("\n".join(["These files differ:", *different]))
        print(f"{len(files(one))} files, identical")


if __name__ == "__main__":
    main()
