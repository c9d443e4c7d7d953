"""Bodies that arrive compressed: unpacked by what they are, and only as far as a body may reach.

gzip is told by its first bytes, which no JSON begins with. So it does not matter whether a client
has named it, and a body that API Gateway has unpacked already, its header still saying gzip, is
taken as it is.
"""

from __future__ import annotations

from chalicelib.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType

_GZIP = b"\x1f\x8b"
# What API Gateway makes of those two bytes where it takes a body for text.
_GZIP_AS_TEXT = b"\x1f\xef\xbf\xbd"
# Files that were packed in parts have several members, one behind the other. What follows a member
# is copied, so that a body of nothing but empty ones would take hours.
_MOST_MEMBERS = 100
_READ_AS_THEY_ARE = frozenset(("", "identity", "gzip", "x-gzip"))


def check_encoding(header: str) -> None:
    """Raises UnsupportedMediaType for a Content-Encoding that cannot be read, naming it."""
    if header.strip().lower() not in _READ_AS_THEY_ARE:
        raise UnsupportedMediaType(
            f"the body's Content-Encoding is '{header[:100]}': send it as it is, or with gzip"
        )


def unpack(body: bytes, most_bytes: int) -> bytes:
    """The body as it was before gzip; anything else as it is.

    Raises PayloadTooLarge when it would have more than `most_bytes`, and MalformedBody for gzip
    that is damaged or cut.
    """
    if body.startswith(_GZIP_AS_TEXT):
        raise MalformedBody("the body looks like gzip: say so, with 'Content-Encoding: gzip'")
    if not body.startswith(_GZIP):
        return body
    # Imported here: few clients send compressed bodies.
    import zlib  # noqa: PLC0415

    parts: list[bytes] = []
    room = most_bytes
    try:
        while body:
            if len(parts) == _MOST_MEMBERS:
                raise MalformedBody(f"the body has more than {_MOST_MEMBERS} members of gzip")
            part, body = _unpack_member(body, room)
            room -= len(part)
            if room < 0:
                raise PayloadTooLarge(
                    f"a body has at most {most_bytes} bytes, also once it is unpacked:"
                    " split the batch"
                )
            parts.append(part)
    except zlib.error:
        raise MalformedBody("the body begins like gzip, but is damaged or cut") from None
    return b"".join(parts)


def _unpack_member(body: bytes, room: int) -> tuple[bytes, bytes]:
    """One gzip member, of which it reads one byte more than there is room; and what follows."""
    import zlib  # noqa: PLC0415

    reader = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    part = reader.decompress(body, room + 1)
    if len(part) <= room and not reader.eof:
        raise zlib.error("cut")
    return part, reader.unused_data.lstrip(b"\0")
