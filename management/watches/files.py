"""A file of watches: read, and set against those that there are."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import yaml

_FIELDS = {"name", "project", "agent", "version", "condition", "notify", "muted_until"}
_TARGET = ("project", "agent", "version")
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")

Watch = dict[str, Any]


class WatchFileError(Exception):
    """The file cannot be used; the text says why."""


class Step(NamedTuple):
    """What has to be done to one watch: `create`, `change`, `replace` or `delete`.

    `body` is what is sent; `present` the watch as it is now; `differences` are lines for people.
    """

    action: str
    name: str
    body: Watch
    present: Watch | None
    differences: list[str]


def read_watches(file: Path, environment: Mapping[str, str] = os.environ) -> list[Watch]:
    """The watches of a YAML file `watches: [...]`, each as the API takes it.

    `${NAME}` stands for a variable of the environment, so that secrets stay out of the file.
    Raises WatchFileError.
    """
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise WatchFileError(f"it is no YAML: {error}") from None
    found = content.get("watches") if isinstance(content, dict) else None
    if not isinstance(found, list) or not all(isinstance(watch, dict) for watch in found):
        raise WatchFileError("it has no list 'watches' of objects")
    watches = [_fill(watch, environment) for watch in found]
    for place, watch in enumerate(watches):
        unknown = watch.keys() - _FIELDS
        if unknown or not isinstance(watch.get("name"), str):
            what = (
                f"unknown fields {', '.join(sorted(map(str, unknown)))}" if unknown else "no name"
            )
            raise WatchFileError(f"watch {place + 1} has {what}")
    twice = [name for name, count in Counter(w["name"] for w in watches).items() if count > 1]
    if twice:
        raise WatchFileError(f"names stand for one watch each; twice: {', '.join(twice)}")
    return watches


def plan(wanted: list[Watch], present: list[Watch], *, prune: bool) -> list[Step]:
    """What has to be done so that the wanted watches are there; with `prune`, and no others.

    Raises WatchFileError where a name stands for several watches.
    """
    by_name: dict[str, Watch] = {}
    names = {watch["name"] for watch in wanted}
    for watch in present:
        if watch["name"] in names and watch["name"] in by_name:
            raise WatchFileError(
                f"several watches are called '{watch['name']}': delete all but one"
            )
        by_name[watch["name"]] = watch
    steps = [step for watch in wanted if (step := _step(watch, by_name.get(watch["name"])))]
    if prune:
        steps += [
            Step("delete", watch["name"], {}, watch, [])
            for watch in present
            if watch["name"] not in names
        ]
    return steps


def _step(wanted: Watch, present: Watch | None) -> Step | None:
    name = wanted["name"]
    if present is None:
        return Step("create", name, wanted, None, [f"+ {k}: {v}" for k, v in _shown(wanted)])
    if any(wanted.get(field) not in (None, present[field]) for field in _TARGET):
        lines = _differences(wanted, present, _TARGET)
        return Step("replace", name, wanted, present, lines)
    body = {"condition": wanted["condition"]} if "condition" in wanted else {}
    body = {k: v for k, v in body.items() if v != present[k]}
    lines = _differences(wanted, present, tuple(body))
    if "notify" in wanted and _differs(wanted["notify"], present["notify"]):
        body["notify"] = wanted["notify"]
        lines.append("~ notify: is set (what is secret in it cannot be compared)")
    if "muted_until" in wanted and wanted["muted_until"] != present["muted_until"]:
        body["muted_until"] = wanted["muted_until"]
        lines += _differences(wanted, present, ("muted_until",))
    return Step("change", name, body, present, lines) if body else None


def _differs(wanted: Watch | None, present: Watch | None) -> bool:
    """Whether a receiver is, or may be, another one: a hidden part is set again."""
    if wanted is None or present is None:
        return wanted != present
    if wanted.get("type") != "webhook":
        return wanted != present
    is_hidden = "…" in present.get("url", "") or "routing_key" in wanted
    return is_hidden or {"format": "standard", **wanted} != present


def _differences(wanted: Watch, present: Watch, fields: tuple[str, ...]) -> list[str]:
    lines = []
    for field in fields:
        if wanted.get(field) != present[field]:
            lines += [f"- {field}: {present[field]}", f"+ {field}: {wanted.get(field)}"]
    return lines


def _shown(watch: Watch) -> list[tuple[str, Any]]:
    """A watch for people, without its receiver, which may be a secret."""
    shown = {k: v for k, v in watch.items() if k not in ("name", "notify")}
    if watch.get("notify"):
        shown["notify"] = watch["notify"].get("type") if isinstance(watch["notify"], dict) else "?"
    return list(shown.items())


def _fill(value: Any, environment: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _fill(item, environment) for key, item in value.items()}
    if isinstance(value, list):
        return [_fill(item, environment) for item in value]
    return _VARIABLE.sub(lambda m: _lookup(m[1], environment), value) if _is_text(value) else value


def _lookup(name: str, environment: Mapping[str, str]) -> str:
    if name not in environment:
        raise WatchFileError(f"the environment has no variable {name}, which the file names")
    return environment[name]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)
