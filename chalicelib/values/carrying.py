"""How large an answer is on its way through Lambda, and how large it may be."""

from __future__ import annotations

import json

# Lambda takes answers of up to 6,291,556 bytes: the JSON of status, headers and body.
LAMBDA_ANSWER_BYTES = 6_291_556
# For all but the body. A header holds at most an address, and API Gateway takes 10 KB of headers.
_HEADERS_BYTES = 50_000
MOST_CARRIED_BYTES = LAMBDA_ANSWER_BYTES - _HEADERS_BYTES
# What an answer that can be cut is filled up to: the rest is for what frames it.
FILLED_BYTES = 5_000_000
# A character beyond the first 65,536 is carried as two escapes of six bytes.
_MOST_BYTES_A_CHARACTER = 12


def carried_size(text: str) -> int:
    """Bytes of a body on its way through Lambda.

    There it is a JSON string: quotes, backslashes and all that is not ASCII are escaped.
    """
    return len(json.dumps(text))


def can_be_carried(text: str) -> bool:
    """Whether Lambda takes an answer with this body."""
    if len(text) * _MOST_BYTES_A_CHARACTER < MOST_CARRIED_BYTES:
        return True
    return carried_size(text) <= MOST_CARRIED_BYTES
