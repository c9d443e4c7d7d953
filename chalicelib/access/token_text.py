"""A token's text: `amt_`, 256 random bits and a checksum, in lower-case hexadecimal."""

from __future__ import annotations

import hashlib
import re
import secrets
import zlib

_SECRET_BYTES = 32
_TEXT = re.compile(r"amt_([0-9a-f]{64})([0-9a-f]{8})")


def make_token() -> str:
    secret = secrets.token_hex(_SECRET_BYTES)
    return f"amt_{secret}{_checksum(secret)}"


def is_token(text: str) -> bool:
    """Whether the text can be a token at all.

    The checksum spares the database a token that was mistyped or cut off when it was copied.
    It is no secret and stops no guesser: anybody can compute it.
    """
    match = _TEXT.fullmatch(text)
    return match is not None and match[2] == _checksum(match[1])


def hash_token(token: str) -> bytes:
    """The 32 bytes by which a token is known to the database.

    One SHA-256 is enough: slow hashes make up for the little that people choose as passwords,
    whereas no speed of guessing searches 2^256 random secrets.
    """
    return hashlib.sha256(token.encode()).digest()


def _checksum(secret: str) -> str:
    return f"{zlib.crc32(secret.encode()):08x}"
