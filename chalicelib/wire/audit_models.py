"""The record of changes on the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired

from typing_extensions import TypedDict

from chalicelib.values.names import folded
from chalicelib.wire.models import Identity, ObjectIdText, Timestamp
from chalicelib.wire.queries import PageQuery, RangeQuery
from chalicelib.wire.shapes import Checked, Meaning, request


@request
class AuditQuery(PageQuery, RangeQuery):
    """Which changes; `from` and `to` are of the time at which they were asked for."""

    object: NotRequired[
        Annotated[
            str,
            Checked(folded),
            Meaning("Of what has this name or id: an agent, version, run, watch or token."),
        ]
    ]
    token: NotRequired[
        Annotated[str, Checked(folded), Meaning("What the token of this name asked for.")]
    ]


class RecordedChange(TypedDict):
    """The fields that differ, before and after; null where there was, or is, nothing.

    `id` is that of a run. Values longer than 2,000 bytes are cut; of a run's `error` and `metadata`
    there is only how long they were.
    """

    id: Identity | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


class AuditRecord(TypedDict):
    """A change that somebody asked for.

    `state` is `done`, `refused` (nothing was changed), or `begun`: whoever made the change could
    not say any more what became of it.
    """

    id: ObjectIdText
    at: Timestamp
    ended_at: Timestamp | None
    state: Literal["begun", "done", "refused"]
    action: Annotated[str, Meaning("The route, or the command.")]
    token: Annotated[str | None, Meaning("The token's name; null where none was asked for.")]
    user: Annotated[str | None, Meaning("Who ran the command, and on which machine.")]
    request_id: str | None
    kind: Literal["agent", "version", "run", "watch", "token", "prices"]
    project: str | None
    names: dict[str, str]
    changes: list[RecordedChange]
