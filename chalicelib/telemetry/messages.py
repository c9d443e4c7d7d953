"""OTLP's messages as far as they are read, under the field numbers of the published protocol.

The published classes unpack everything in a request. These leave prompts, links and events as they
came: half the time to parse, and a third of the time to read. An attribute is found by its key,
because on the wire a list of keys and values is the same as a map; its value stays packed until
somebody wants it. Unknown fields are passed over, as in any message of protobuf.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

_PACKAGE = "otlp_read"

# For each message its fields: number, and kind or the message that it holds; a `*` before many.
MESSAGES: dict[str, dict[str, tuple[int, str]]] = {
    "Request": {"resource_spans": (1, "*ResourceSpans")},
    "ResourceSpans": {"resource": (1, "Resource"), "scope_spans": (2, "*ScopeSpans")},
    "Resource": {"attributes": (1, "attributes")},
    "ScopeSpans": {"scope": (1, "Scope"), "spans": (2, "*Span")},
    "Scope": {"name": (1, "bytes"), "version": (2, "bytes")},
    "Span": {
        "trace_id": (1, "bytes"),
        "span_id": (2, "bytes"),
        "parent_span_id": (4, "bytes"),
        "name": (5, "bytes"),
        "start_time_unix_nano": (7, "fixed64"),
        "end_time_unix_nano": (8, "fixed64"),
        "attributes": (9, "attributes"),
        "events": (11, "*bytes"),
        "status": (15, "bytes"),
    },
    "Event": {"name": (2, "bytes"), "attributes": (3, "attributes")},
    "Status": {"message": (2, "bytes"), "code": (3, "int32")},
    "AnyValue": {
        "string_value": (1, "bytes"),
        "bool_value": (2, "bool"),
        "int_value": (3, "int64"),
        "double_value": (4, "double"),
    },
}


class Messages(NamedTuple):
    """The classes of protobuf that are used from outside of a request, and what a parser raises."""

    Request: Any
    Event: Any
    Status: Any
    AnyValue: Any
    DecodeError: type[Exception]


@cache
def messages() -> Messages:
    """Made by the first request in protobuf, not at a cold start."""
    from google.protobuf import descriptor_pb2, descriptor_pool, message_factory  # noqa: PLC0415
    from google.protobuf.message import DecodeError  # noqa: PLC0415

    file = descriptor_pb2.FileDescriptorProto(
        name=f"{_PACKAGE}.proto", package=_PACKAGE, syntax="proto3"
    )
    for name, fields in MESSAGES.items():
        message = file.message_type.add(name=name)
        for field, (number, kind) in fields.items():
            _add_field(message, field, number, kind)
    pool = descriptor_pool.DescriptorPool()
    pool.AddSerializedFile(file.SerializeToString())
    classes: dict[str, Any] = {
        name: message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{_PACKAGE}.{name}"))
        for name in Messages._fields[:-1]
    }
    return Messages(**classes, DecodeError=DecodeError)


def _add_field(message: Any, name: str, number: int, kind: str) -> None:
    field = message.field.add(name=name, number=number)
    field.label = field.LABEL_REPEATED if kind[0] == "*" else field.LABEL_OPTIONAL
    kind = kind.removeprefix("*")
    if kind == "attributes":
        pair = message.nested_type.add(name="AttributesEntry")
        pair.options.map_entry = True
        _add_field(pair, "key", 1, "string")
        _add_field(pair, "value", 2, "bytes")
        field.label = field.LABEL_REPEATED
        kind = f"{message.name}.AttributesEntry"
    if kind[0].isupper():
        field.type, field.type_name = field.TYPE_MESSAGE, f".{_PACKAGE}.{kind}"
    else:
        field.type = getattr(field, f"TYPE_{kind.upper()}")
    if message.name == "AnyValue":
        # One of them only: the last one that was sent, an empty text too.
        if not message.oneof_decl:
            message.oneof_decl.add(name="value")
        field.oneof_index = 0
