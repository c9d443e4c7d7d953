"""The maps of the packages stand in three places each, which agree and leave no room out."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import tomllib
from pathlib import Path

import pytest

from tests.unit.sources import ROOT, nodes_of

PACKAGE = ROOT / "chalicelib"


PACKAGES = ("chalicelib", "management")


def rooms_of_contract(package: str) -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (floors,) = [c["layers"] for c in contracts if c.get("containers") == [package]]
    return [room.strip() for floor in floors for room in re.split(r"[|:]", floor)]


def rooms_of_docstring(package: str) -> list[str]:
    docstring = importlib.import_module(package).__doc__ or ""
    return re.findall(r"^    (\w+)/? {2,}", docstring, re.MULTILINE)


def rooms_of_contributing(package: str) -> list[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    block = text.partition(f"\n{package}/ ")[2].partition("\n")[2]
    lines = itertools.takewhile(lambda line: line.startswith("  "), block.splitlines())
    names = [line.split()[0] for line in lines if not line.startswith("   ")]
    return [name.removesuffix("/").removesuffix(".py") for name in names]


def rooms_on_disk(package: str) -> set[str]:
    folders = {path.parent.name for path in (ROOT / package).glob("*/__init__.py")}
    return folders | {path.stem for path in (ROOT / package).glob("*.py")} - {"__init__"}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_contract_names_every_room_and_no_other(package: str) -> None:
    assert set(rooms_of_contract(package)) == rooms_on_disk(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_docstring_lists_the_rooms_in_the_order_of_the_contract(package: str) -> None:
    assert rooms_of_docstring(package) == rooms_of_contract(package)


@pytest.mark.parametrize("package", PACKAGES)
def test_contributing_lists_the_rooms_in_the_order_of_the_contract(package: str) -> None:
    assert rooms_of_contributing(package) == rooms_of_contract(package)


def test_beside_the_rooms_there_are_only_settings_and_errors() -> None:
    loose = {path.name for path in PACKAGE.glob("*.py")}
    assert loose == {"__init__.py", "config.py", "errors.py"}


# Rooms whose every module is a word of the house's language, and the names that queries hint with.
VOCABULARY = {"values", "metrics", "wire", "config", "errors", "openapi"}
# Whose files are doors themselves.
ROOMS_OF_DOORS = {"routes", "commands"}
PUBLIC_MODULES = {
    "chalicelib.database.indexes",
    "chalicelib.database.documents",
    "chalicelib.database.names",
}


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports from, as their dotted names."""
    nodes = nodes_of(path)
    froms = {n.module for n in nodes if isinstance(n, ast.ImportFrom) and n.module}
    plain = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    return froms | plain


def test_a_room_is_entered_by_its_door() -> None:
    folders = ("chalicelib", "management", "benchmarks", "deployment")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*.py")]
    around = [
        f"{path.relative_to(ROOT)} imports {module}"
        for path in [ROOT / "app.py", ROOT / "manage.py", *files]
        for module in imports_of(path)
        if _is_inside(module) and ROOT.joinpath(*module.split(".")[:2]) not in path.parents
    ]
    assert around == []


def _is_inside(module: str) -> bool:
    """Whether a module lies behind a door."""
    parts = module.split(".")
    return (
        parts[0] in PACKAGES
        and len(parts) > 2
        and parts[1] not in VOCABULARY | ROOMS_OF_DOORS
        and module not in PUBLIC_MODULES
    )


# What a module, or a function, may at most have, and those that have more, with the reason.
MOST_LINES, MOST_LINES_OF_FUNCTION = 300, 40
LONGER = {
    "chalicelib/database/documents.py": "the shapes of everything stored, read as a list",
    "chalicelib/errors.py": "the errors of the API, read as a list",
    "chalicelib/rollups/measuring.py": "one walk over tiles",
    "chalicelib/runs/recording.py": "one way of a report into the database",
    "chalicelib/wire/metric_models.py": "the shapes of metrics, read as a list",
    "clients/python/src/agent_metrics/sender.py": "one thread, and all that it shares",
}
LONGER_FUNCTIONS = {
    "clients/python/src/agent_metrics/client.py:__init__": "a program's options are its arguments",
}


def sources() -> list[Path]:
    folders = ("chalicelib", "management", "deployment", "clients/python/src")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def test_modules_stay_small() -> None:
    longer = {
        str(path.relative_to(ROOT))
        for path in sources()
        if len(path.read_text("utf-8").splitlines()) > MOST_LINES
    }
    assert longer - LONGER.keys() == set(), "split it by noun"


def test_functions_stay_small() -> None:
    longer = {
        f"{path.relative_to(ROOT)}:{node.name}"
        for path in sources()
        for node in nodes_of(path)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (node.end_lineno or node.lineno) - node.lineno >= MOST_LINES_OF_FUNCTION
    }
    assert longer - LONGER_FUNCTIONS.keys() == set()
