"""Requests: from what Chalice hands over to what a view needs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast
from urllib.parse import quote, unquote, urlencode

from chalice.app import Request
from pydantic import ValidationError

from chalicelib.errors import (
    InvalidBody,
    InvalidQuery,
    MalformedJson,
    MalformedPath,
    PayloadTooLarge,
    UnsupportedMediaType,
)
from chalicelib.http.compression import check_encoding, unpack
from chalicelib.runs import field_errors, read_json, summarise
from chalicelib.values.checks import find_nul
from chalicelib.wire.models import MAX_BODY_BYTES, adapter
from chalicelib.wire.queries import settle_range

JSON = "application/json"
_HOST = re.compile(r"[\w.:\[\]-]+", re.ASCII)
_URL_PUNCTUATION = "%/:@!$&'()*+,;=~"


class BodyRules(NamedTuple):
    """Which bodies a route takes: of which media types, and of how many bytes."""

    accepts: tuple[str, ...] = (JSON,)
    sent_bytes: int = MAX_BODY_BYTES
    unpacked_bytes: int = MAX_BODY_BYTES


@dataclass(slots=True)
class Call:
    """One request, as a view needs it.

    `request` is Chalice's; `query` and `body` are validated. `project` limits what the caller sees
    and touches (None: no limit); `token` is the name of the caller's token, if one was needed, and
    `scopes` are those of the routes that the caller may call.
    """

    request: Request
    raw_query: dict[str, str] = field(default_factory=dict)
    query: dict[str, Any] = field(default_factory=dict)
    body: dict[str, Any] = field(default_factory=dict)
    raw_body: bytes = b""
    project: str | None = None
    token: str | None = None
    scopes: frozenset[str] = frozenset()

    @property
    def headers(self) -> Mapping[str, str]:
        headers: Mapping[str, str] = self.request.headers
        return headers

    @property
    def address(self) -> str:
        """Of this request without its query, stage prefix included; fit for a header.

        Absolute when the client has named the host.
        """
        request = self.request
        path = request.context.get("path", request.path)
        path = quote(path, safe=_URL_PUNCTUATION, errors="replace")
        host = request.headers.get("host", "")
        if not _HOST.fullmatch(host):
            return path
        scheme = "https" if request.headers.get("x-forwarded-proto") == "https" else "http"
        return f"{scheme}://{host}{path}"

    def link(self, query: Mapping[str, Any]) -> str:
        """This request's address with another query."""
        return f"{self.address}?{urlencode(query)}"


def decode_parameter(value: str) -> str:
    """A path parameter as it was meant: API Gateway and `chalice local` pass it URL-encoded."""
    try:
        text = unquote(value, errors="strict")
        text.encode()
    except UnicodeError:
        raise MalformedPath("the address is not URL-encoded UTF-8") from None
    if "\0" in text:
        raise MalformedPath("the address holds a NUL character")
    return text


def read_raw_query(request: Request) -> dict[str, str]:
    """The query parameters as they were sent. Raises InvalidQuery for one given twice."""
    given = request.query_params
    if not given:
        return {}
    values = {name: given.getlist(name) for name in given}
    twice = [name for name, found in values.items() if len(found) > 1]
    if twice:
        raise InvalidQuery(f"given more than once: {', '.join(twice)[:500]}")
    single = {name: found[0] for name, found in values.items()}
    try:
        "".join((*single, *single.values())).encode()
    except UnicodeEncodeError:
        raise InvalidQuery("the query is not URL-encoded UTF-8") from None
    return single


def validate_query(shape: Any, raw_query: dict[str, str]) -> dict[str, Any]:
    """The query as `shape` has it. Raises InvalidQuery naming what is wrong with which."""
    if not raw_query and not shape.__required_keys__:
        return {}
    try:
        found = adapter(shape).validate_strings(raw_query)
    except ValidationError as error:
        errors = field_errors(error, unknown="unknown query parameter")
        raise InvalidQuery(summarise(errors), errors=errors) from None
    settled = settle_range(dict(found))
    if "start" in settled and "end" in settled and settled["start"] > settled["end"]:
        raise InvalidQuery("'from' is later than 'to'")
    return settled


def media_type_of(request: Request) -> str:
    """What the body is said to be, without parameters; empty where nothing is said."""
    declared: str = request.headers.get("content-type", "")
    return declared.partition(";")[0].strip().lower()


def read_body(request: Request, rules: BodyRules) -> bytes:
    """The bytes of a body, unpacked where it was compressed.

    Raises UnsupportedMediaType, PayloadTooLarge or MalformedBody.
    """
    _check_content_type(request, rules.accepts)
    check_encoding(request.headers.get("content-encoding", ""))
    try:
        body = cast("bytes", request.raw_body)  # Chalice encodes texts, and decodes Base64
    except ValueError:
        raise MalformedJson("the body is not text: neither Unicode nor its Base64") from None
    if len(body) > rules.sent_bytes:
        raise PayloadTooLarge(
            f"a body has at most {rules.sent_bytes} bytes, this one has {len(body)}:"
            " split the batch"
        )
    return unpack(body, rules.unpacked_bytes)


def _check_content_type(request: Request, accepts: tuple[str, ...]) -> None:
    """A page of another origin can send a body of no declared type, but not one of these."""
    content_type = media_type_of(request)
    if content_type not in accepts:
        what = f"the body is '{content_type[:100]}'" if content_type else "the body has no type"
        wanted = "JSON" if accepts[0] == JSON else "protobuf or JSON"
        raise UnsupportedMediaType(f"{what}: send {wanted}, with 'Content-Type: {accepts[0]}'")


def validate_body(shape: Any, raw: bytes) -> dict[str, Any]:
    """The body as `shape` has it. Raises MalformedJson or InvalidBody."""
    body = read_json(raw)
    try:
        validated = adapter(shape).validate_python(body)
    except ValidationError as error:
        errors = field_errors(error, unknown="unknown field")
        raise InvalidBody(summarise(errors), errors=errors) from None
    nul = find_nul(body)
    if nul:
        errors = [{"path": nul[0], "message": nul[1]}]
        raise InvalidBody(summarise(errors), errors=errors)
    return dict(validated)


def authorization_of(request: Request) -> list[str]:
    """Every Authorization header that was sent; `request.headers` keeps only the last one."""
    event = request.to_original_event()
    several = event.get("multiValueHeaders") or {}
    single = event.get("headers") or {}
    return [v for name in several if name.lower() == "authorization" for v in several[name]] or [
        single[name] for name in single if name.lower() == "authorization"
    ]


def address_of(request: Request) -> str | None:
    """The client's address as API Gateway saw it, which no header can change."""
    address = (request.context.get("identity") or {}).get("sourceIp")
    return str(address) if address else None


def request_id_of(request: Request) -> str:
    """API Gateway's id of the request, else the invocation's."""
    context_id = request.context.get("requestId")
    return str(context_id or getattr(request.lambda_context, "aws_request_id", ""))
