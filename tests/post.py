"""``python -m tests.post FILE``: is each sentence of the blog post checked, and quoted right?

The post is no part of this repository. ``post.csv`` holds a hash of each of its sentences, in
order, so that whoever has the post can compare it with docs/checked.md by one command.
"""

import argparse
import csv
import hashlib
import re
import sys
from itertools import zip_longest
from pathlib import Path

from snippets._ledger import DOCS, claims

KNOWN = Path(__file__).with_suffix(".csv")
QUOTE = re.compile(r"^(\d+)\. “(.+)”$")
HIDDEN = [
    (
        r"\A---\n.*?^title: ([^\n]*)\n.*?^---\n",
        r"\1\n\n",
    ),  # of the front matter, the title
    (r"!\[[^\]]*\]\(([^)]*)\)", r"\1"),  # an image is its file
    (r"\[([^\]]*)\]\([^)]*\)(?:\{[^}]*\})?", r"\1"),
    (r"^ *(?:```|<!--)? *(?:#+|[>*] ) *|^ *```[^\n]*|<!--|-->", "\n\n"),
    (r"[`*\"]", ""),
]
END = re.compile(r"\n\s*\n|\n(?=[A-Z\d/])|(?<=[.?!)]) (?=[A-Z])")


def sentences(post: str) -> list[str]:
    """Its sentences, headings, list items, images and code, in small letters and unmarked."""
    for old, new in HIDDEN:
        post = re.sub(old, new, post, flags=re.MULTILINE | re.DOTALL)
    pieces = [" ".join(piece.split()) for piece in END.split(post)]
    return [piece.casefold() for piece in pieces if piece]


def digest(sentence: str) -> str:
    """What stands for a sentence in the table."""
    return hashlib.sha256(sentence.encode()).hexdigest()


def known() -> list[str]:
    """The hashes of the sentences of the post, in order."""
    with KNOWN.open(encoding="utf-8", newline="") as file:
        return [row["sha256"] for row in csv.DictReader(file)]


def quotes() -> list[str]:
    """What docs/checked.md quotes of each sentence, in order."""
    titles = [claim.title for claim in claims(DOCS / "checked.md")]
    return [match[2] for match in map(QUOTE.match, titles) if match]


def faults(post: str, hashes: list[str], quoted: list[str]) -> list[str]:
    """Sentences that are not those of the table, and quotes that are not in them."""
    found = []
    for number, (sentence, known, quote) in enumerate(
        zip_longest(sentences(post), hashes, quoted, fillvalue=""), 1
    ):
        if not sentence or digest(sentence) != known:
            found.append(f"{number}: not in the table: {sentence or 'nothing'!r}")
        parts = [re.escape(" ".join(p.split())) for p in quote.casefold().split("…")]
        if not quote or not re.search(".*".join(parts), sentence):
            found.append(f"{number}: {quote!r} is not in {sentence!r}")
    return found


def main() -> None:
    """Compare; exit with 1 and the faults if there are any."""
    parser = argparse.ArgumentParser("python -m tests.post", description=__doc__)
    parser.add_argument("file", type=Path, help="the post, as Markdown")
    post = parser.parse_args().file.read_text("utf-8")
    found = faults(post, known(), quotes())
    print(
        *found or [f"{len(known())} sentences, each checked and quoted right"], sep="\n"
    )
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
