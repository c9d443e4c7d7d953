"""From a span as it was sent to what runs are made of: one way for all instrumentations.

A family (chalicelib.telemetry.families) may answer what a span is and how its agent or tool is
called; all else is read by the conventions.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from chalicelib.telemetry import attributes as names
from chalicelib.telemetry.attributes import Attributes, counts_of, dollars_of, is_uuid, text_of
from chalicelib.telemetry.families import Family, family_of
from chalicelib.telemetry.families.conventions import (
    agent_name,
    convention_of,
    kind_of,
    tool_name,
)
from chalicelib.telemetry.spans import (
    NO_TOKENS,
    STATUS_ERROR,
    AgentDetail,
    Kind,
    RawSpan,
    Source,
    Span,
    Tokens,
)
from chalicelib.values.cutting import MAX_TEXT_BYTES
from chalicelib.values.names import visible_name
from chalicelib.wire.models import MAX_NAME_LENGTH

UNNAMED, UNVERSIONED = "unnamed", "unversioned"
_SDK_DEFAULT = "unknown_service"
_OBJECT_ID = re.compile(r"[0-9a-fA-F]{24}")
_MAX_ID_LENGTH = 200


class Origin(NamedTuple):
    """What a span's scope and resource give to all of its spans, worked out once."""

    family: Family
    framework_version: str | None
    service: str
    version: str
    project: str | None


@lru_cache(1000)
def origin_of(source: Source) -> Origin:
    """What can be told from a resource and a scope alone."""
    service = source.service_name
    if service and service.startswith(_SDK_DEFAULT):
        service = None
    return Origin(
        family_of(source.scope),
        source.scope_version[:MAX_NAME_LENGTH] or None,
        usable_name(service) or UNNAMED,
        usable_segment(source.service_version) or UNVERSIONED,
        usable_segment(source.service_namespace),
    )


def reduce_span(span: RawSpan, origin: Origin) -> Span:
    """The span as runs need it."""
    family = origin.family
    kind = (family.kind and family.kind(span)) or kind_of(span)
    attributes = span.attributes
    convention = convention_of(attributes)
    if kind == "other":
        if not (convention or family.known):
            return Span(span.span_id, span.parent_id)
        label = usable_name(family.label and family.label(span))
        convention = convention or family.convention
        return Span(span.span_id, span.parent_id, "step", name=label, convention=convention)
    failed = span.status == STATUS_ERROR
    return Span(
        span.span_id,
        span.parent_id,
        kind,
        span.start_ns // 1000,
        _duration_us(span),
        failed,
        name := _name(span, kind, family),
        _answered_by(attributes, name) if kind == "llm" else None,
        _short(text_of(attributes, *names.PROVIDERS)),
        NO_TOKENS if kind == "tool" else tokens_of(attributes),
        None if kind == "tool" else dollars_of(attributes),
        _agent(span, origin, failed=failed) if kind == "agent" else None,
        family.framework if kind == "agent" else None,
        origin.framework_version if kind == "agent" else None,
        convention or family.convention,
    )


def tokens_of(attributes: Attributes) -> Tokens:
    """The tokens that a span reports.

    Some instrumentations leave what came from a cache out of the input; where it cannot be a
    part of the input, it is added.
    """
    given, output, read, created, reasoning = counts_of(attributes)
    if given is None and output is None:
        return NO_TOKENS
    cached = (read or 0) + (created or 0)
    if given is not None and cached > given:
        given += cached
    return Tokens(given, output, read, created, reasoning)


def usable_name(text: str | None) -> str | None:
    """A name that an agent or a tool may have here, or None where there is no such."""
    name = _clean(text)
    return None if name is None or is_uuid(name) or _OBJECT_ID.fullmatch(name) else name


def usable_segment(text: str | None) -> str | None:
    """A text that may stand in a path, such as a version or a project."""
    name = _clean(text)
    return None if name in (".", "..") else name


def _clean(text: str | None) -> str | None:
    return _visible(text[:MAX_NAME_LENGTH]) if text else None


# Few names are on many spans.
@lru_cache(5000)
def _visible(text: str) -> str | None:
    return visible_name(text) or None


def _duration_us(span: RawSpan) -> int | None:
    """Rounded as a person would; None where the span does not say when it ended."""
    if span.end_ns < span.start_ns:
        return None
    return (span.end_ns - span.start_ns + 500) // 1000


def _name(span: RawSpan, kind: Kind, family: Family) -> str | None:
    """A tool's name, else the model's."""
    if kind == "tool":
        return usable_name((family.tool and family.tool(span)) or tool_name(span))
    return _short(text_of(span.attributes, *names.MODELS, "model_name"))


def _answered_by(attributes: Attributes, asked: str | None) -> str | None:
    answered = _short(text_of(attributes, "gen_ai.response.model", "llm.response.model_name"))
    return None if answered == asked else answered


def _agent(span: RawSpan, origin: Origin, *, failed: bool) -> AgentDetail:
    attributes = span.attributes
    ask = origin.family.agent or agent_name
    name = usable_name(ask(span))
    if name in (".", ".."):
        name = None
    return AgentDetail(
        name or origin.service,
        usable_segment(text_of(attributes, names.AGENT_VERSION)) or origin.version,
        name,
        _error(span) if failed else None,
        origin.project,
        _short(text_of(attributes, *names.SESSIONS)),
        _short(text_of(attributes, *names.USERS)),
    )


def _error(span: RawSpan) -> str | None:
    """Why it failed, in the words that say most."""
    text = span.exception or span.status_message or text_of(span.attributes, *names.ERRORS)
    # Cut here only to bound what is kept; the recording of runs cuts once more, and says so.
    return text[: MAX_TEXT_BYTES + 1].replace("\0", " ") if text else None


def _short(text: str | None) -> str | None:
    return _clean(text and text[: 2 * _MAX_ID_LENGTH])
