"""What is stored has a shape, and nobody goes around it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import is_typeddict

from chalicelib.database import documents, names
from chalicelib.database.indexes import INDEXES
from tests.unit.sources import ROOT, nodes_of

FILES = [*(ROOT / "chalicelib").rglob("*.py"), *(ROOT / "management").rglob("*.py")]
NAMES = [name for name in vars(names).values() if isinstance(name, names.Name)]
# What hands out collections, and what variables are called that hold what is stored.
_STORED = {
    *("agent", "agents", "version", "versions", "run", "runs", "tile", "tiles", "mark", "marks"),
    *("token", "watch", "watches", "event", "events", "total", "stored", "standing", "entries"),
}
_BY_NAME = ("collection", "committed", "upsert", "require_index", "remove_part")


def annotated(file: Path) -> Iterator[tuple[str, ast.expr]]:
    """The names of variables, parameters and functions, each with its annotation."""
    for node in nodes_of(file):
        if isinstance(node, ast.AnnAssign):
            yield ast.unparse(node.target), node.annotation
        elif isinstance(node, ast.arg) and node.annotation:
            yield node.arg, node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns:
            yield node.name, node.returns


def test_every_collection_has_one_name_and_a_shape() -> None:
    assert len(set(NAMES)) == len(NAMES)
    source = Path(names.__file__).read_text("utf-8")
    shapes = dict(re.findall(r"^([A-Z_]+): Name\[(\w+)\] =", source, re.MULTILINE))
    assert shapes.keys() == {key for key, name in vars(names).items() if name in NAMES}
    assert all(is_typeddict(getattr(documents, shape)) for shape in shapes.values())


def test_indexes_are_of_collections_that_have_a_name() -> None:
    assert set(INDEXES) <= set(NAMES)
    assert all(isinstance(name, names.Name) for name in INDEXES)


def test_a_collection_is_named_by_its_name() -> None:
    texts = [
        f"{file.relative_to(ROOT)}:{node.lineno}"
        for file in FILES
        for node in nodes_of(file)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        if node.func.id in _BY_NAME and node.args and isinstance(node.args[0], ast.Constant)
    ]
    assert texts == [], "its name belongs into chalicelib/database/names.py"


def test_nothing_stored_is_a_dict_of_anything() -> None:
    found = [
        f"{file.relative_to(ROOT)}:{annotation.lineno} {name}: {ast.unparse(annotation)}"
        for file in FILES
        for name, annotation in annotated(file)
        if re.search(r"(Collection|Database|Cursor)\[dict\[", ast.unparse(annotation))
        or (ROOT / "chalicelib" in file.parents and _is_loose(name, ast.unparse(annotation)))
    ]
    assert found == [], "its shape belongs into chalicelib/database/documents.py"


def _is_loose(name: str, annotation: str) -> bool:
    return name in _STORED and re.search(r"\bdict\[str, Any\]|\bDocument\b", annotation) is not None
