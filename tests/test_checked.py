"""The post, sentence by sentence: complete, counted, and with no number that its section lacks."""

import re
from collections import Counter

import pytest

from snippets._ledger import claims
from tests.post import digest, faults, known, quotes, sentences
from tests.prose import DOCS
from tests.test_ledger import CLAIMS, FENCED, sections

CHECKED = [*claims(DOCS / "checked.md")]
VERDICTS = {
    "checked": ["Right", "Partly", "Wrong", "Garbled", "No claim"],
    "beliefs": ["False", "Half true", "True"],
}
HIDDEN = re.compile(r"`[^`]*`|\]\([^)]*\)|\[\^[^\]]*\]")
WORD = re.compile(r"\d[\d,.]*\d|\d|[^\W\d_]+|[×%]")
SENTENCE = re.compile(r"(?<=[.!?:;])(?: ?\[\^\w+\])*\s+")
POST = """---
layout: post
title: Nets
---
Nets see. They *learn* from [images](https://example.org/x){:rel="nofollow"}
and sounds.

* one `kernel`
![IMG](/images/net.png)
```
nn.Conv2d(1, 2, 3)
```
<!-- ## Why?

17.3 -->
"""


def numbers_of(text):
    """Each number with the word before it and the one after: a bare 9 stands everywhere."""
    words = [word.replace(",", "").casefold() for word in WORD.findall(text)]
    around = zip(["", *words], words, [*words[1:], ""], strict=False)
    return {
        (before, word, after) for before, word, after in around if word[0].isdigit()
    }


def stands(number, there):
    """Whether a number stands there beside one of its two neighbours."""
    before, word, after = number
    return any(
        word == known and (before == left or after == right)
        for left, known, right in there
    )


def counted(page):
    told = Counter(
        claim.verdict for key, claim in CLAIMS.items() if key.startswith(page)
    )
    assert set(told) == set(VERDICTS[page])
    return [told[verdict] for verdict in VERDICTS[page]]


def test_the_verdicts_are_counted(says):
    right, partly, wrong, garbled, none = counted("checked")
    says(
        "checked",
        f"Of its {len(CHECKED)} sentences, {right} are right, {partly} partly right, {wrong} wrong "
        f"and {garbled} garbled; {none} make no claim.",
    )
    false, half, true = counted("beliefs")
    says(
        "beliefs",
        f"Of the {false + half + true} below, {false} are false, {half} half true and {true} true.",
    )
    assert f"{false + half + true}" == "26"
    assert "description: Twenty-six sentences" in (DOCS / "beliefs.md").read_text(
        "utf-8"
    )


def test_the_sentences_are_numbered_without_a_gap(says):
    for number, claim in enumerate(CHECKED, 1):
        assert claim.title.startswith(f"{number}. “"), (
            f"{claim.place}: not number {number}"
        )
        assert claim.title.endswith("”"), claim.place
        says("checked", f"### {claim.title} {{#s{number}}}")
    for claim in CLAIMS.values():
        if "beliefs" in claim.place:
            says("beliefs", f"## {claim.title}")


def test_every_sentence_of_the_post_has_an_entry():
    assert len(known()) == len(CHECKED) == len(quotes())
    assert all(re.fullmatch("[0-9a-f]{64}", one) for one in known())


def test_only_the_curse_stands_twice():
    twice = [n for n, one in enumerate(known(), 1) if known().count(one) > 1]
    assert twice == [6, 20]
    assert quotes()[5] == quotes()[19]
    assert len(set(quotes())) == len(quotes()) - 1
    assert "The same sentence as above, word for word." in CHECKED[19].says


def test_a_matter_of_record_is_cited():
    named = [
        c for c in CHECKED
        if "tests/test_checked.py::test_a_matter_of_record_is_cited" in c.tests
    ]  # fmt: skip
    assert len(named) > 9
    for claim in named:
        assert "[^" in claim.says, f"{claim.place}: no source"


def test_what_only_has_a_source_is_cited():
    """A claim that names no computing test must be a matter of record."""
    for claim in CHECKED:
        if all("test_checked.py" in test for test in claim.tests):
            assert "[^" in claim.says or "tips" in claim.says, (
                f"{claim.place}: no proof"
            )


def test_two_of_three_tips_are_right():
    head, *tips = CHECKED[52:56]
    assert "tips" in head.title
    assert [tip.verdict for tip in tips] == ["Partly", "Right", "Right"]


@pytest.mark.parametrize("key", CLAIMS)
def test_every_number_stands_in_the_section_or_in_the_block_above(key, says):
    """The tests of that section have proven it; or a source is cited for it."""
    claim, page = CLAIMS[key], key.partition("-")[0]
    shown = "".join(fence[0] for fence in FENCED.finditer(claim.says))
    shown += "".join(sections(file)[anchor][1] for _, file, anchor in claim.sections)
    there = numbers_of(shown)
    for title, *_ in claim.sections:
        says(page, f"[{title}]")  # the ledger compares it with the heading
    prose = re.sub(r"<!--.*?-->", "", FENCED.sub("", claim.says))
    for sentence in SENTENCE.split(prose):
        lost = [n for n in numbers_of(HIDDEN.sub("", sentence)) if not stands(n, there)]
        if not lost:
            says(page, sentence)
        else:
            cited = f"{sentence}[^" in claim.says or "[^" in sentence
            assert cited, f"{claim.place}: {lost} of {sentence!r}"


def test_the_post_is_cut_into_its_sentences():
    assert sentences(POST) == [
        "nets",
        "nets see.",
        "they learn from images and sounds.",
        "one kernel",
        "/images/net.png",
        "nn.conv2d(1, 2, 3)",
        "why?",
        "17.3",
    ]


def test_whoever_has_the_post_can_compare():
    hashes = [digest(sentence) for sentence in sentences(POST)]
    quoted = ["Nets", "Nets see.", "They … sounds.", "one kernel", "/images/net.png"]
    quoted += ["nn.Conv2d(1, …", "Why?", "17.3"]
    assert faults(POST, hashes, quoted) == []
    assert faults(POST.replace("see", "hear"), hashes, quoted) == [
        "2: not in the table: 'nets hear.'",
        "2: 'Nets see.' is not in 'nets hear.'",
    ]
    assert len(faults(POST, hashes[:-1], quoted)) == 1
    assert len(faults(POST, hashes, [*quoted[:-1], "17.4"])) == 1
    assert len(faults(POST + "\nMore.", hashes, quoted)) == 2
