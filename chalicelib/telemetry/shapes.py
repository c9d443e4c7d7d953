"""What a span's marks make of it: looked at once for all the spans that have the same.

A family (chalicelib.telemetry.families) may answer what a span is and how its agent or tool is
called; all else is read by the conventions.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from chalicelib.telemetry import attributes as names
from chalicelib.telemetry.attributes import Attributes, is_uuid, text_of
from chalicelib.telemetry.families import Family, family_of
from chalicelib.telemetry.families.conventions import (
    agent_name,
    convention_of,
    kind_of,
    tool_name,
)
from chalicelib.telemetry.spans import AgentDetail, Kind, Marks, Source
from chalicelib.values.names import visible_name
from chalicelib.wire.models import MAX_NAME_LENGTH

UNNAMED, UNVERSIONED = "unnamed", "unversioned"
_SDK_DEFAULT = "unknown_service"
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
_MAX_ID_LENGTH = 200
_MOST_ORIGINS = 1000
# Together at most a few megabytes: longer marks are looked at each time.
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 5000, 1000


class Origin:
    """What a span's scope and resource give to all of its spans, worked out once."""

    def __init__(self, source: Source) -> None:
        service = source.service_name
        if service and service.startswith(_SDK_DEFAULT):
            service = None
        self.family: Family = family_of(source.scope)
        self.framework_version = source.scope_version[:MAX_NAME_LENGTH] or None
        self.service = usable_name(service) or UNNAMED
        self.version = usable_segment(source.service_version) or UNVERSIONED
        self.project = usable_segment(source.service_namespace)
        # Whether a span without marks may be more than a place in its trace.
        self.reads_names = self.family.known or self.family.kind is not None


class Shape(NamedTuple):
    """A span without its ids, times, counts and failure; `name` is as in Span."""

    kind: Kind = "other"
    name: str | None = None
    answered_by: str | None = None
    provider: str | None = None
    agent: AgentDetail | None = None
    framework: str | None = None
    framework_version: str | None = None
    convention: str | None = None


# An origin, a span's name, whether it is a root, and its marks.
Key = tuple[Origin, str, bool, tuple[str, ...]]


class _Shapes(dict[Key, Shape]):
    """Shapes by what they follow from."""

    def __missing__(self, key: Key) -> Shape:
        origin, name, is_root, marks = key
        attributes = dict(zip(marks[::2], marks[1::2], strict=True))
        shape = _shape(Marks(name, is_root, attributes), origin)
        if len(name) + sum(map(len, marks)) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[key] = shape
        return shape


SHAPES = _Shapes()
_OTHER = Shape()


@lru_cache(_MOST_ORIGINS)
def origin_of(source: Source) -> Origin:
    """What can be told from a resource and a scope alone."""
    return Origin(source)


def _shape(span: Marks, origin: Origin) -> Shape:
    family = origin.family
    kind = (family.kind and family.kind(span)) or kind_of(span)
    attributes = span.attributes
    convention = convention_of(attributes)
    if kind == "other":
        if not (convention or family.known):
            return _OTHER
        label = usable_name(family.label and family.label(span))
        return Shape("step", label, convention=convention or family.convention)
    is_agent = kind == "agent"
    name = _name(span, kind, family)
    return Shape(
        kind,
        name,
        _answered_by(attributes, name) if kind == "llm" else None,
        short_text(text_of(attributes, *names.PROVIDERS)),
        _agent(span, origin) if is_agent else None,
        family.framework if is_agent else None,
        origin.framework_version if is_agent else None,
        convention or family.convention,
    )


def usable_name(text: str | None) -> str | None:
    """A name that an agent or a tool may have here, or None where there is no such."""
    name = _clean(text)
    return None if name is None or is_uuid(name) or _OBJECT_ID.fullmatch(name) else name


def usable_segment(text: str | None) -> str | None:
    """A text that may stand in a path, such as a version or a project."""
    name = _clean(text)
    return None if name in (".", "..") else name


def short_text(text: str | None) -> str | None:
    """A text as it may be kept of a span."""
    return _clean(text and text[: 2 * _MAX_ID_LENGTH])


def _clean(text: str | None) -> str | None:
    return visible_name(text[:MAX_NAME_LENGTH]) or None if text else None


def _name(span: Marks, kind: Kind, family: Family) -> str | None:
    """A tool's name, else the model's."""
    if kind == "tool":
        return usable_name((family.tool and family.tool(span)) or tool_name(span))
    return short_text(text_of(span.attributes, *names.MODELS, "model_name"))


def _answered_by(attributes: Attributes, asked: str | None) -> str | None:
    answered = short_text(text_of(attributes, "gen_ai.response.model", "llm.response.model_name"))
    return None if answered == asked else answered


def _agent(span: Marks, origin: Origin) -> AgentDetail:
    ask = origin.family.agent or agent_name
    name = usable_name(ask(span))
    if name in (".", ".."):
        name = None
    version = usable_segment(text_of(span.attributes, names.AGENT_VERSION)) or origin.version
    return AgentDetail(name or origin.service, version, name, project=origin.project)
