"""Write the cases of every oracle to tests/widgets/cases/<module>.json."""

import json
import random
from importlib import import_module
from pathlib import Path

from snippets._style import ROOT
from tests.explorables import ORACLES

MUTANTS = ROOT / ".cache" / "stryker.json"
CHECK = ROOT / "tests" / "widgets" / "oracle.mjs"


def main() -> None:
    """Write what changed; Node compares the modules with it."""
    ORACLES.mkdir(parents=True, exist_ok=True)
    if MUTANTS.exists() and CHECK.stat().st_mtime > MUTANTS.stat().st_mtime:
        MUTANTS.unlink()  # it follows a test, not what the test imports
    for source in sorted(Path(__file__).parent.glob("[!_]*.py")):
        oracle = import_module(f"tests.oracles.{source.stem}")
        cases = json.dumps(list(oracle.cases(random.Random(0))))
        target = ORACLES / f"{source.stem}.json"
        if not target.exists() or target.read_text("utf-8") != cases:
            target.write_text(cases, "utf-8")
            MUTANTS.unlink(missing_ok=True)  # it follows code, not data


if __name__ == "__main__":
    main()
