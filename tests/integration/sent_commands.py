"""What the service sends to the database, and how the database would find what it asks for."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import pytest
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.monitoring import (
    CommandFailedEvent,
    CommandListener,
    CommandStartedEvent,
    CommandSucceededEvent,
)

import chalicelib
from chalicelib.database import connection as mongo
from chalicelib.database.names import Name

Document = dict[str, Any]
PACKAGE = Path(chalicelib.__file__).parent

# Commands that look for documents, by the field that holds their single operations.
_LOOKING: Mapping[str, str | None] = {
    "find": None,
    "aggregate": None,
    "count": None,
    "distinct": None,
    "findAndModify": None,
    "update": "updates",
    "delete": "deletes",
}
# These look for nothing, or go on with what a command above began.
_OTHERS = {
    *("insert", "getMore", "killCursors", "endSessions"),
    *("hello", "ping", "listCollections", "listIndexes", "createIndexes", "drop", "collStats"),
}
# Of the session, not of the query.
_NOT_EXPLAINED = {"lsid", "txnNumber", "readConcern", "writeConcern", "maxTimeMS"}


class Sent(CommandListener):
    """Keeps the commands that are sent."""

    def __init__(self) -> None:
        self.commands: list[Document] = []

    def started(self, event: CommandStartedEvent) -> None:
        self.commands.append(dict(event.command))

    def succeeded(self, event: CommandSucceededEvent) -> None: ...

    def failed(self, event: CommandFailedEvent) -> None: ...

    def names(self) -> list[str]:
        """What each command is called, such as find or insert."""
        return [next(iter(command)) for command in self.commands]


@contextmanager
def listening() -> Iterator[Sent]:
    """What the service's client, connected anew, sends from here on."""
    sent = Sent()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mongo, "_Client", partial(mongo._Client, event_listeners=[sent]))
        mongo.forget()
        yield sent
        mongo.forget()


def looking(commands: list[Document]) -> Iterator[Document]:
    """The commands that look for documents, one for each single operation, ready to be explained.

    Two that differ only in their values are explained once.
    """
    known = set()
    for command in commands:
        for single in _singles(command):
            shape = repr(_shape(single))
            if shape not in known:
                known.add(shape)
                yield single


def stages(database: Database[Document], command: Document) -> set[str]:
    """The stages of the plan that the database chooses for a command."""
    explained = database.command("explain", command, verbosity="queryPlanner")
    return set(_stages(explained))


def functions_that_query() -> set[str]:
    """Every function of the package that names a collection, as `module.function`."""
    found = set()
    for file in PACKAGE.rglob("*.py"):
        for name, function in _functions(ast.parse(file.read_text())):
            calls = (node for node in ast.walk(function) if isinstance(node, ast.Call))
            if any(isinstance(c.func, ast.Name) and c.func.id == "collection" for c in calls):
                found.add(f"{_module(file)}.{name}")
    return found


@contextmanager
def watching_functions() -> Iterator[set[str]]:
    """Those functions that name a collection from here on."""
    _load_all()
    called: set[str] = set()
    collection = mongo.collection

    def watched(name: Name[Any]) -> Collection[Any]:
        code = sys._getframe(1).f_code
        function = code.co_qualname.partition(".<locals>")[0]
        called.add(f"{_module(Path(code.co_filename))}.{function}")
        return collection(name)

    with pytest.MonkeyPatch.context() as patch:
        for module in list(sys.modules.values()):
            if getattr(module, "collection", None) is collection:
                patch.setattr(module, "collection", watched)
        yield called


def _load_all() -> None:
    """Load what the doors of folders load only when it is asked for."""
    for module in walk_packages(chalicelib.__path__, f"{chalicelib.__name__}."):
        import_module(module.name)


def _singles(command: Document) -> Iterator[Document]:
    name = next(iter(command))
    assert name in _LOOKING or name in _OTHERS, f"is '{name}' one that looks for documents?"
    if name not in _LOOKING:
        return
    kept = {
        key: value
        for key, value in command.items()
        if key not in _NOT_EXPLAINED and not key.startswith("$")
    }
    operations = _LOOKING[name]
    if operations is None:
        yield kept
    else:
        for operation in kept[operations]:
            yield kept | {operations: [operation]}


def _shape(value: Any) -> Any:
    if isinstance(value, Mapping):
        return [(key, _shape(item)) for key, item in value.items()]
    if isinstance(value, list):
        return [_shape(item) for item in value[:1]]
    # What begins with $ names a field or an operator; everything else is a value.
    return value if isinstance(value, str) and value.startswith("$") else type(value).__name__


def _stages(explained: Any) -> Iterator[str]:
    if isinstance(explained, list):
        for item in explained:
            yield from _stages(item)
    elif isinstance(explained, Mapping):
        if isinstance(explained.get("stage"), str):
            yield explained["stage"]
        for name, item in explained.items():
            if name.startswith("$"):
                yield name
            if name not in ("rejectedPlans", "command", "serverParameters", "parsedQuery"):
                yield from _stages(item)


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.AST]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield f"{node.name}.{member.name}", member


def _module(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts)
