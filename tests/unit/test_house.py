"""The map of chalicelib stands in three places, which agree and leave no room out."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import chalicelib

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "chalicelib"


def rooms_of_contract() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (floors,) = [c["layers"] for c in contracts if c["type"] == "layers"]
    return [room.strip() for floor in floors for room in re.split(r"[|:]", floor)]


def rooms_of_docstring() -> list[str]:
    return re.findall(r"^    (\w+)/? {2,}", chalicelib.__doc__ or "", re.MULTILINE)


def rooms_of_contributing() -> list[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    block = text.partition("\nchalicelib/")[2].partition("\nmanage.py")[0]
    names = re.findall(r"^  (\S+)", block, re.MULTILINE)
    return [name.removesuffix("/").removesuffix(".py") for name in names]


def rooms_on_disk() -> set[str]:
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    return folders | {path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"}


def test_the_contract_names_every_room_and_no_other() -> None:
    assert set(rooms_of_contract()) == rooms_on_disk()


def test_the_docstring_lists_the_rooms_in_the_order_of_the_contract() -> None:
    assert rooms_of_docstring() == rooms_of_contract()


def test_contributing_lists_the_rooms_in_the_order_of_the_contract() -> None:
    assert rooms_of_contributing() == rooms_of_contract()


def test_beside_the_rooms_there_are_only_settings_and_errors() -> None:
    loose = {path.name for path in PACKAGE.glob("*.py")}
    assert loose == {"__init__.py", "config.py", "errors.py"}


# Rooms whose every module is a word of the house's language, and the names that queries hint with.
VOCABULARY = {"values", "metrics", "wire", "config", "errors", "openapi"}
PUBLIC_MODULES = {
    "chalicelib.database.indexes",
    "chalicelib.database.documents",
    "chalicelib.database.names",
}


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports from, as their dotted names."""
    tree = ast.parse(path.read_text("utf-8"))
    froms = {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.module}
    plain = {a.name for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names}
    return froms | plain


def test_a_room_is_entered_by_its_door() -> None:
    folders = ("chalicelib", "management", "benchmarks", "deployment")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    around = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in [ROOT / "app.py", ROOT / "manage.py", *files]
        for module in imports_of(path)
        if _is_inside(module) and PACKAGE / module.split(".")[1] not in path.parents
    ]
    assert around == []


def _is_inside(module: str) -> bool:
    """Whether a module lies behind a door."""
    parts = module.split(".")
    return (
        parts[0] == "chalicelib"
        and len(parts) > 2
        and parts[1] not in VOCABULARY | {"routes"}
        and module not in PUBLIC_MODULES
    )
