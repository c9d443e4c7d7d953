"""Compressed bodies are unpacked by what they are, and never beyond the limit of a body."""

from __future__ import annotations

import gzip
import zlib

import pytest

from chalicelib.errors import MalformedBody, PayloadTooLarge, UnsupportedMediaType
from chalicelib.http.compression import check_encoding, unpack

TEXT = b'{"project": "shop"}' * 50


@pytest.mark.parametrize(
    "body",
    [
        *(gzip.compress(TEXT, level, mtime=0) for level in (0, 1, 9)),
        gzip.compress(TEXT[:100], mtime=0) + gzip.compress(TEXT[100:]),
        gzip.compress(TEXT, mtime=0) + b"\0" * 20,
        gzip.compress(b"", mtime=0) + gzip.compress(TEXT),
        TEXT,
    ],
    ids=["stored", "fast", "small", "two members", "padded", "first one empty", "not compressed"],
)
def test_a_body_is_what_it_was_before_it_was_packed(body: bytes) -> None:
    assert unpack(body, len(TEXT)) == TEXT


@pytest.mark.parametrize(
    "packed",
    [
        gzip.compress(b" " * 1001, mtime=0),
        gzip.compress(b" " * 1_000_000_000, mtime=0),
        gzip.compress(b" " * 900, mtime=0) * 2,
        gzip.compress(b" " * 11, mtime=0) * 99,
    ],
    ids=["one byte more", "bomb", "together", "in many members"],
)
def test_what_would_outgrow_a_body_is_refused(packed: bytes) -> None:
    with pytest.raises(PayloadTooLarge, match="1000 bytes"):
        unpack(packed, 1000)


def test_a_body_of_very_many_members_is_refused() -> None:
    with pytest.raises(MalformedBody, match="100 members"):
        unpack(gzip.compress(b"", mtime=0) * 250_000, 5_000_000)


PACKED = gzip.compress(TEXT, mtime=0)


@pytest.mark.parametrize(
    "damaged",
    [
        *(PACKED[:size] for size in (2, 10, 20, len(PACKED) - 1)),
        PACKED[:20] + b"\xff\xff\xff" + PACKED[23:],
        PACKED[:-8] + b"\0\0\0\0" + PACKED[-4:],
        PACKED + b"more",
        b"\x1f\x8b\x07" + PACKED[3:],
    ],
)
def test_gzip_that_is_damaged_or_cut_is_refused(damaged: bytes) -> None:
    with pytest.raises(MalformedBody, match="damaged or cut"):
        unpack(damaged, 100_000)


def test_gzip_that_api_gateway_took_for_text_says_what_to_do() -> None:
    with pytest.raises(MalformedBody, match="Content-Encoding: gzip"):
        unpack(PACKED.decode(errors="replace").encode(), 100_000)


@pytest.mark.parametrize("header", ["", "gzip", "GZIP", " x-gzip ", "identity"])
def test_an_encoding_that_can_be_read_passes(header: str) -> None:
    check_encoding(header)


@pytest.mark.parametrize("header", ["br", "deflate", "zstd", "gzip, gzip", "compress"])
def test_another_encoding_is_named(header: str) -> None:
    with pytest.raises(UnsupportedMediaType, match=f"'{header}'"):
        check_encoding(header)


def test_a_bomb_is_not_unpacked_further_than_it_may_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Reader:
        def __init__(self, **options: int) -> None:
            self._reader = zlib_reader(options["wbits"])

        def decompress(self, data: bytes, most: int) -> bytes:
            asked.append(most)
            return self._reader.decompress(data, most)

        def __getattr__(self, name: str) -> object:
            return getattr(self._reader, name)

    zlib_reader = zlib.decompressobj
    monkeypatch.setattr(zlib, "decompressobj", Reader)
    with pytest.raises(PayloadTooLarge):
        unpack(gzip.compress(b" " * 50_000_000, mtime=0), 1000)
    assert asked == [1001]
