"""The workflows, the citation and the Makefile, checked without a network."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from snippets._style import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = Path(sys.executable).parent
each = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)


def checked(*command: str) -> None:
    env = {**os.environ, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
    run = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_zizmor_finds_nothing():
    checked("zizmor", "--offline", "--no-progress", ".github")


def test_the_workflows_follow_their_schema():
    checked(
        "check-jsonschema",
        "--builtin-schema",
        "vendor.github-workflows",
        *map(str, WORKFLOWS),
    )
    checked(
        "check-jsonschema",
        "--builtin-schema",
        "vendor.dependabot",
        ".github/dependabot.yml",
    )
    checked(
        "check-jsonschema",
        "--builtin-schema",
        "vendor.citation-file-format",
        "CITATION.cff",
    )


@each
def test_it_starts_without_permissions_and_every_job_ends(workflow):
    content = yaml.safe_load(workflow.read_text("utf-8"))
    assert content["permissions"] == {}
    for job in content["jobs"].values():
        assert 0 < job["timeout-minutes"] <= 60
        assert set(job["permissions"]) <= {"contents", "pages", "id-token"}


@each
def test_every_action_is_pinned_by_its_hash_and_names_its_version(workflow):
    uses = re.findall(r"uses: (.*)", workflow.read_text("utf-8"))
    for action in uses:
        assert re.fullmatch(r"actions/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action), (
            action
        )


def test_everything_installed_is_pinned():
    pinned = {
        re.split(r"[=\s]", line)[0].lower()
        for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    }
    for line in (ROOT / "requirements.txt").read_text("utf-8").splitlines():
        if line[0] not in "-#":
            assert re.match(r"[\w-]+", line)[0] in pinned, line
            assert "<" in line, f"{line} has no upper bound"


def test_make_alone_prints_the_targets():
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^([a-z]+):.*## ", text, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)", text, re.MULTILINE)[1].split()
    assert sorted(targets) == sorted(phony)
    assert {"serve", "site", "test", "bench"} <= set(targets)
