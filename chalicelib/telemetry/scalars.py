"""The value of an attribute, from OTLP's AnyValue: a text, a number or a flag.

Lists, objects and bytes are none of what is read. A text is cut to what anything here may need, so
that an attribute of a megabyte is not carried any further.
"""

from __future__ import annotations

from chalicelib.telemetry.messages import messages

Scalar = str | int | float | bool

# Longer than anything that is kept.
MAX_TEXT = 8192
_TEXT_TAG, _INTEGER_TAG = 0x0A, 0x18
# Few values are on many spans; longer ones are not worth a place.
_MOST_REMEMBERED, _LONGEST_REMEMBERED = 5000, 64
_LENGTH_OF_ONE_BYTE = 0x80


class _Scalars(dict[bytes, Scalar | None]):
    """Values by the bytes of their AnyValue; None for what is no scalar."""

    def __missing__(self, raw: bytes) -> Scalar | None:
        value = _read(raw)
        if len(raw) <= _LONGEST_REMEMBERED:
            if len(self) >= _MOST_REMEMBERED:
                self.clear()
            self[raw] = value
        return value


SCALARS = _Scalars()


def text_of_bytes(raw: bytes) -> str:
    """A text of protobuf; one of another encoding shows what can be read of it."""
    return raw[:MAX_TEXT].decode("utf-8", "replace")


def _read(raw: bytes) -> Scalar | None:
    size = len(raw)
    # Nearly all are texts, most of them short.
    if size > 1 and raw[0] == _TEXT_TAG and raw[1] == size - 2 < _LENGTH_OF_ONE_BYTE:
        return text_of_bytes(raw[2:])
    if size == 2 and raw[0] == _INTEGER_TAG and raw[1] < _LENGTH_OF_ONE_BYTE:
        return raw[1]
    message = messages().AnyValue()
    try:
        message.ParseFromString(raw)
    except messages().DecodeError:
        return None
    which = message.WhichOneof("value")
    value: Scalar | bytes | None = which and getattr(message, which)
    return text_of_bytes(value) if isinstance(value, bytes) else value
