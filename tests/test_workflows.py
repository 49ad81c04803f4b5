"""The workflows, the citation and the Makefile, checked without a network."""

import os
import re
import sys
from pathlib import Path

import pytest
import yaml

from snippets._style import ROOT
from tests.copies import run_in

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
SCRIPTS = Path(sys.executable).parent
each = pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)


def checked(*command: str) -> None:
    where = f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"
    run = run_in(ROOT, *command, PATH=where)
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
        "vendor.github-issue-forms",
        ".github/ISSUE_TEMPLATE/error.yml",
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


@each
def test_it_needs_no_secret_and_installs_no_tool_without_a_version(workflow):
    text = workflow.read_text("utf-8")
    assert "secrets." not in text
    jobs = yaml.safe_load(text)["jobs"]
    writing = [name for name, job in jobs.items() if "github.token" in str(job)]
    assert set(writing) <= {"labs"}, "the token of a run pushes one branch, and no more"
    for line in re.findall(r"pip install (?!.*(?:-r |-c constraints|torch)).*", text):
        assert "==" in line


def test_the_pins_are_audited_every_week():
    content = yaml.safe_load((ROOT / ".github/workflows/upstream.yml").read_text())
    assert content[True]["schedule"], "YAML reads `on` as true"
    steps = content["jobs"]["audit"]["steps"]
    told = "\n".join(step.get("run", "") for step in steps)
    assert "pip-audit --requirement constraints.txt" in told
    assert "npm audit --package-lock-only" in told
    assert content["jobs"]["audit"]["permissions"] == {"contents": "read"}


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


def test_the_bounds_of_torch_are_written_in_requirements_alone():
    for path in (ROOT / "Makefile", *WORKFLOWS):
        found = re.search(r"torch[<=>]+\d.*", path.read_text("utf-8"))
        assert not found, f"{path.name}: {found[0]} will be forgotten"
