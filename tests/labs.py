"""Labs as tests read them: what they printed, and their functions without their training."""

import ast
import json
import re
from functools import cache
from typing import Any

from snippets._build import LABS, make, product, stale

NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


@cache
def printed(lab: str) -> str:
    """All that the cells of an executed lab print; one that is stale is executed first."""
    source = LABS / f"{lab}.py"
    for late in stale([source]):
        make(late)
    cells = json.loads(product(source).read_text("utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join("".join(output.get("text", [])) for output in outputs)


def rows(lab: str, begins: str) -> list[list[float]]:
    """The numbers of each line that begins so, without those in its beginning."""
    found = [one for one in printed(lab).splitlines() if one.startswith(begins)]
    return [[float(n) for n in NUMBER.findall(one[len(begins) :])] for one in found]


def row(lab: str, begins: str) -> list[float]:
    """The numbers of the one line that begins so."""
    (numbers,) = rows(lab, begins)
    return numbers


def pieces(lab: str) -> dict[str, Any]:
    """The imports, functions, classes and capital constants of a lab; no cell is run."""
    path = LABS / f"{lab}.py"
    tree = ast.parse(path.read_text("utf-8"))
    tree.body = [node for node in tree.body if _defines(node)]
    found: dict[str, Any] = {"__name__": f"labs.{lab}"}
    exec(compile(tree, str(path), "exec"), found)
    return found


def _defines(node: ast.stmt) -> bool:
    if isinstance(node, ast.Assign):
        return all(ast.unparse(target).isupper() for target in node.targets)
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef
    return isinstance(node, kinds)
