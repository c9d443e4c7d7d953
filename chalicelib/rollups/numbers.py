"""Columns of numbers as bytes: little-endian, whatever the machine is."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from typing import Any

from bson import Binary


def numbers(kind: str, stored: bytes) -> array[Any]:
    """The numbers of a column; `kind` as of an array."""
    unpacked: array[Any] = array(kind)
    unpacked.frombytes(stored)
    return _portable(unpacked)


def to_bytes(kind: str, values: Iterable[Any]) -> Binary:
    """The inverse of `numbers`."""
    return Binary(_portable(array(kind, values)).tobytes())


def _portable(values: array[Any]) -> array[Any]:
    if sys.byteorder == "big":
        values.byteswap()
    return values
