"""Tokens: made once, found by their hash, revoked by their name.

Only the hash of a token is stored, in two halves. The first finds the document, so it is the
only part that the timing of a database or a cache could tell of; the second is compared in
constant time, and without it the first is worth nothing.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Literal

from pymongo import ASCENDING
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError, PyMongoError
from pymongo.write_concern import WriteConcern

from chalicelib.access.token_text import hash_token, make_token
from chalicelib.database import Clause, Recent, collection
from chalicelib.database.documents import TokenDocument
from chalicelib.database.indexes import BY_ID, INDEXES
from chalicelib.database.names import TOKENS, Name
from chalicelib.values.instants import format_instant, now

TokenScope = Literal["ingest", "read", "admin"]
Limits = Mapping[str, int]
_SHOWN = {"_id": 0, "verifier": 0}

# With the 29 s that the longest request takes, a revoked token is of no use after 60 s.
REMEMBERED_S = 30
# A client that keeps sending a token that is none costs the database one look-up in this time.
# These have a memory of their own, so that a guesser cannot push the real ones out of theirs.
REFUSED_REMEMBERED_S = 60
USE_NOTED_EVERY = timedelta(minutes=10)
MOST_REFUSED = 2_000

_known: Recent[bytes, TokenDocument] = Recent(seconds=REMEMBERED_S)
_refused: Recent[bytes, bool] = Recent(seconds=REFUSED_REMEMBERED_S, most=MOST_REFUSED)


class TokenNameTakenError(Exception):
    """Another token has this name."""


def find_token(text: str) -> TokenDocument | None:
    """The document of a well-formed token, unless it is unknown, revoked or expired."""
    hashed = hash_token(text)
    if _refused.get(hashed):
        return None
    finder, verifier = hashed[:16], hashed[16:]
    found = _known.get_or(finder, lambda: _look_up(finder))
    if found is None or not hmac.compare_digest(found["verifier"], verifier):
        _refused.put(hashed, value=True)
        return None
    expires_at = found["expires_at"]
    return found if expires_at is None or now() < expires_at else None


def _look_up(finder: bytes) -> TokenDocument | None:
    found = collection(TOKENS).find_one({"_id": finder})
    present = now()
    if found is not None and _is_unseen(found.get("last_used_at"), present):
        with suppress(PyMongoError):  # it is good, whether or not this could be noted
            used = {"$max": {"last_used_at": present}}
            _unconfirmed(TOKENS).update_one({"_id": finder}, used)
    return found


def _unconfirmed(name: Name[TokenDocument]) -> Collection[TokenDocument]:
    """The collection, for a write that no request waits for."""
    return collection(name).with_options(write_concern=WriteConcern(w=0))


def _is_unseen(last_used_at: datetime | None, present: datetime) -> bool:
    """To the minute would be a write for every minute of every process."""
    return last_used_at is None or present - last_used_at > USE_NOTED_EVERY


def ensure_names_are_unique() -> None:
    """The first token is often made before `manage.py index` has run."""
    collection(TOKENS).create_indexes(INDEXES[TOKENS])


def create_token(
    name: str,
    scope: TokenScope,
    *,
    project: str | None,
    expires_at: datetime | None,
    limits: Limits | None = None,
) -> str:
    """The new token's text, which cannot be had again; `limits` as in `limit_token`.

    Raises TokenNameTakenError.
    """
    token = make_token()
    hashed = hash_token(token)
    document: TokenDocument = {
        "_id": hashed[:16],
        "verifier": hashed[16:],
        "name": name,
        "scope": scope,
        "project": project,
        "created_at": now(),
        "expires_at": expires_at,
        "limits": dict(limits or {}),
    }
    try:
        collection(TOKENS).insert_one(document)
    except DuplicateKeyError:
        raise TokenNameTakenError(name) from None
    return token


def list_tokens(
    *, project: str | None = None, after: str | None = None, limit: int = 0
) -> Iterator[TokenDocument]:
    """What is known of every token, by name, from behind the name `after`; never a hash.

    With a `project` those that are bound to it. A limit of 0 is none.
    """
    where: Clause = {} if project is None else {"project": project}
    if after is not None:
        where["name"] = {"$gt": after}
    return collection(TOKENS).find(where, _SHOWN).sort("name", ASCENDING).limit(limit)


def find_token_named(name: str) -> TokenDocument | None:
    """What is known of a token; never a hash."""
    return collection(TOKENS).find_one({"name": name}, _SHOWN)


def limit_token(name: str, limits: Limits) -> bool:
    """Give the token other limits, of `requests` and `questions` a minute; whether it is there.

    What is not named is without a limit. Running processes know of it within REMEMBERED_S.
    """
    change = {"$set": {"limits": dict(limits)}}
    return collection(TOKENS).update_one({"name": name}, change).matched_count > 0


def revoke_token(name: str) -> bool:
    """Whether there was one of this name. Running processes forget it within REMEMBERED_S."""
    return collection(TOKENS).delete_one({"name": name}).deleted_count > 0


def rotate_token(name: str, *, overlap: timedelta, expires_at: datetime | None) -> str | None:
    """A new token of this name, scope, project and limits; None where there is none of the name.

    The one before stays valid for `overlap`, under a name that says so, unless it expires earlier.
    """
    before = collection(TOKENS).find_one({"name": name})
    if before is None:
        return None
    ends = now() + overlap
    if before["expires_at"] is not None:
        ends = min(ends, before["expires_at"])
    replaced = {"name": f"{name} (until {format_instant(ends)})", "expires_at": ends}
    collection(TOKENS).update_one({"_id": before["_id"]}, {"$set": replaced})
    return create_token(
        name,
        before["scope"],
        project=before["project"],
        expires_at=expires_at,
        limits=before.get("limits"),
    )


def any_token() -> bool:
    return collection(TOKENS).find_one({}, {"_id": 1}, hint=BY_ID) is not None
