"""A request's body as its exporter meant it: unpacked, within bounds."""

from __future__ import annotations

import zlib

MAX_SENT_BYTES = 4_500_000
# Prompts compress well, and they are thrown away: ten times what may be sent.
MAX_UNPACKED_BYTES = 45_000_000
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31


class PayloadError(ValueError):
    """The body cannot be read; the text says why."""


class PayloadTooBig(PayloadError):
    """The body is larger than what is taken; the text says by how much."""


def unpack(body: bytes) -> bytes:
    """The body, unpacked if its first bytes are gzip's, whatever its headers said.

    Never holds more than MAX_UNPACKED_BYTES. Raises PayloadTooBig and PayloadError.
    """
    if len(body) > MAX_SENT_BYTES:
        raise PayloadTooBig(
            f"a body has at most {MAX_SENT_BYTES} bytes, this one has {len(body)}:"
            " let the exporter send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE)"
        )
    if not body.startswith(_GZIP):
        return body
    parts: list[bytes] = []
    room = MAX_UNPACKED_BYTES
    while body:
        part, body = _unpack_member(body, room)
        parts.append(part)
        room -= len(part)
    return b"".join(parts)


def _unpack_member(body: bytes, room: int) -> tuple[bytes, bytes]:
    """The first of the files that a gzip body may consist of, and what comes behind it."""
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    try:
        part = unpacker.decompress(body, room + 1)
    except zlib.error as error:
        raise PayloadError(f"the body begins like gzip, but cannot be unpacked: {error}") from None
    if len(part) > room:
        raise PayloadTooBig(
            f"unpacked, a body has at most {MAX_UNPACKED_BYTES} bytes; this one has more:"
            " let the exporter send smaller batches (OTEL_BSP_MAX_EXPORT_BATCH_SIZE)"
        )
    if not unpacker.eof:
        raise PayloadError("the body is gzip, but ends before its end: send it again whole")
    return part, unpacker.unused_data
