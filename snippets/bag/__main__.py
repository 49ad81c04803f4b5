"""The bag of tricks, small: recipes that add one trick each, trained and compared.

A run is a cell: a data set, a recipe, a seed. Its result is a line in a file. The same
command again goes on where it was stopped, at any moment; started twice, it uses two
processes, and each cell is computed once. Started by torchrun, N processes compute each
cell together: torchrun --nproc-per-node N -m snippets.bag
"""

import argparse
import re
import sys
from pathlib import Path

import torch
from tqdm import tqdm

from snippets.bag.data import DATA
from snippets.bag.recipes import RECIPES, TRANSFERRED
from snippets.bag.results import STORED, Cell, Results, stored
from snippets.bag.scales import SCALES
from snippets.bag.tables import printed
from snippets.bag.together import first, joined
from snippets.bag.work import CODE, Place, cells, work

NAMES = [*RECIPES, "scratch"]
LAYOUT = (
    "{percentage:3.0f}%|{bar:20}| {n:.1f} of {total} cells, {remaining} left{postfix}"
)
EXAMPLES = """
examples:
  python -m snippets.bag                                the whole experiment
  python -m snippets.bag --table                        what it found
  python -m snippets.bag --data digits --recipes baseline cosine --seeds 0-2
  python -m snippets.bag --data cifar10 --folder cifar-10-batches-py --results my.jsonl
"""


def seeds(text: str) -> list[int]:
    """Seeds as they are typed, none twice.

    >>> seeds("0-3"), seeds("7"), seeds("1,4-5")
    ([0, 1, 2, 3], [7], [1, 4, 5])
    """
    if not re.fullmatch(r"\d+(-\d+)?(,\d+(-\d+)?)*", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 0-7 or 3 or 1,4-5")
    ends = [[int(end) for end in part.split("-")] for part in text.split(",")]
    if any(end[0] > end[-1] for end in ends):
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    found = [seed for end in ends for seed in range(end[0], end[-1] + 1)]
    return list(dict.fromkeys(found))


def positive(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """Every option, and what holds without it."""
    asked = argparse.ArgumentParser(
        "python -m snippets.bag",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what_to_run(asked.add_argument_group("what to run"))
    how_to_run(asked.add_argument_group("how and where"))
    return asked


def what_to_run(group: argparse._ArgumentGroup) -> None:
    """Options that choose cells."""
    for name, known, all_of in [
        ("--data", list(DATA), "all but cifar10"),
        ("--recipes", NAMES, "all"),
    ]:
        told = f"some of {', '.join(known)} (default: {all_of})"
        default = [one for one in known if one != "cifar10"]
        group.add_argument(
            name, nargs="+", choices=known, metavar="NAME", help=told, default=default
        )
    told = "like 0-7 or 3 or 1,4-5 (default: 0-7)"
    group.add_argument("--seeds", type=seeds, default=seeds("0-7"), help=told)
    told = (
        "what each run may cost: tiny to try it out, large for a GPU (default: small)"
    )
    group.add_argument("--scale", choices=SCALES, default="small", help=told)


def how_to_run(group: argparse._ArgumentGroup) -> None:
    """Options that change no cell."""
    add = group.add_argument
    add("--table", action="store_true", help="train nothing; print what was found")
    told = "one line a result (default: those of the site)"
    add("--results", type=Path, default=STORED, metavar="FILE", help=told)
    told = "where the files data_batch_1 to test_batch of CIFAR-10 lie"
    add("--folder", type=Path, metavar="FOLDER", help=told)
    add("--device", choices=("cpu", "cuda"), default="cpu", help="(default: cpu)")
    told = "of the processor, for this process (default: 1)"
    add("--threads", type=positive, default=1, metavar="N", help=told)
    told = "under torchrun on GPUs, normalise by the joined batch"
    add("--sync-batchnorm", action="store_true", help=told)


def checked(asked: argparse.ArgumentParser, words: list[str]) -> argparse.Namespace:
    """The options; the program ends with a sentence if they do not go together."""
    options = asked.parse_args(words)
    if "cifar10" in options.data and not options.folder:
        asked.error("--data cifar10 needs --folder, the folder that has its files")
    if options.device == "cuda" and not torch.cuda.is_available():
        asked.error("--device cuda: torch finds no GPU here")
    if not cells("small", options.data, options.recipes, [0]):
        masks = f"--data masks has no recipes but {', '.join(TRANSFERRED)}"
        only = "--recipes scratch is a recipe of --data masks alone"
        asked.error(masks if "masks" in options.data else only)
    if options.sync_batchnorm and options.device == "cpu":
        asked.error("--sync-batchnorm needs --device cuda: torch has it on GPUs alone")
    return options


class Progress:
    """A bar over cells with the time left; each step of training moves it."""

    def __init__(self, todo: list[Cell], done: int) -> None:
        """Take the cells that are not done, and how many are."""
        self.todo = set(todo)
        quiet = 0.1 if sys.stderr.isatty() else 30  # a log is no screen
        self.bar = tqdm(
            total=len(todo) + done,
            initial=done,
            bar_format=LAYOUT,
            mininterval=quiet,
            disable=not first(),
        )

    def __call__(self, cell: Cell, step: int, steps: int) -> None:
        """A step of a cell is done."""
        if cell in self.todo:
            self.bar.set_postfix_str(str(cell), refresh=False)
            self.bar.update(1 / steps)


def mine(results: Path) -> set[Cell]:
    """The cells that are filled; ValueError if another program filled one."""
    found = Results(results).read()
    other = [result for result in found if result.code != CODE]
    if other:
        told = f"{len(other)} results of code {other[0].code}, and this is code {CODE}"
        raise ValueError(f"{results} holds {told}: --results FILE begins another")
    return {result.cell for result in found}


def run(options: argparse.Namespace, device: torch.device) -> None:
    """Fill the cells of the options that are not filled."""
    listed = cells(options.scale, options.data, options.recipes, options.seeds)
    known = mine(options.results) if first() else set()
    todo = [cell for cell in listed if cell not in known]
    place = Place(options.results, device, options.folder, options.sync_batchnorm)
    if first():
        print(f"{len(listed)} cells, {len(listed) - len(todo)} done: {options.results}")
    progress = Progress(todo, len(listed) - len(todo))
    work(listed, place, progress)


def main(words: list[str]) -> None:
    """Run, or print the table; a fault of the reader's files is one sentence."""
    options = checked(parser(), words)
    torch.set_num_threads(options.threads)
    try:
        if options.table:
            print(printed(stored(options.results), options.scale))
            return
        with joined(torch.device(options.device)) as device:
            run(options, device)
    except (ValueError, OSError) as error:
        sys.exit(f"python -m snippets.bag: {error}")
    except KeyboardInterrupt:
        sys.exit("stopped; the same command goes on")


if __name__ == "__main__":
    main(sys.argv[1:])
