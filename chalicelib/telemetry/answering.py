"""OTLP's answers, in the content type of the request: what was taken, or google.rpc.Status.

API Gateway hands answers on as text. So those in protobuf are made to be valid UTF-8 too: no length
and no number in them is above 127, which is where a second byte would begin. More refused spans
than that are said in the message.
"""

from __future__ import annotations

from pydantic_core import to_json

_ONE_BYTE = 127
# Codes of google.rpc.Code by HTTP status.
_CODES = {400: 3, 401: 16, 403: 7, 404: 5, 408: 4, 413: 3, 415: 3, 422: 3, 429: 8, 503: 14}
_INTERNAL = 13


def answer_taken(rejected: int, message: str, *, is_json: bool) -> bytes:
    """An Export…ServiceResponse; `message` is for people, and may stand without rejected spans."""
    if not rejected and not message:
        return b"{}" if is_json else b""
    if is_json:
        return to_json(
            {"partialSuccess": {"rejectedSpans": str(rejected), "errorMessage": message}}
        )
    partial = b"\x08%c" % min(rejected, _ONE_BYTE) if rejected else b""
    partial += _text(2, message, _ONE_BYTE - len(partial) - 2)
    return b"\x0a%c" % len(partial) + partial


def answer_refused(status: int, message: str, *, is_json: bool) -> bytes:
    """A google.rpc.Status for an HTTP status."""
    code = _CODES.get(status, _INTERNAL)
    if is_json:
        return to_json({"code": code, "message": message})
    return b"\x08%c" % code + _text(2, message, _ONE_BYTE)


def _text(field: int, text: str, room: int) -> bytes:
    """A text field of protobuf, cut at a character to what fits."""
    raw = text.encode()
    if len(raw) > room:
        raw = raw[: room - 3].decode(errors="ignore").encode() + "…".encode()
    return bytes((field << 3 | 2, len(raw))) + raw
