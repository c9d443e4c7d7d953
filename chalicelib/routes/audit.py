"""Who changed what."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.audit import Wanted, list_records, present_record
from chalicelib.http import Call, Reply, endpoint, list_reply, page_size, position_in
from chalicelib.wire.audit_models import AuditQuery, AuditRecord
from chalicelib.wire.cursors import read_instant, read_object_id

audit = Blueprint(__name__)


@endpoint(
    audit,
    "GET",
    "/api/v1/audit",
    scope="admin",
    query=AuditQuery,
    answers={200: list[AuditRecord]},
)
def list_audit(call: Call) -> Reply:
    """Corrections, deletions and other changes, newest first: who asked for what, and when.

    A token that is bound to a project sees the changes of that project; those of tokens and prices
    are of none.
    """
    position = position_in(call, read_instant, read_object_id, project=call.project)
    query = call.query
    wanted = Wanted(
        call.project, query.get("object"), query.get("token"), query.get("start"), query.get("end")
    )
    found = list_records(
        wanted, position=(position[0], position[1]) if position else None, limit=page_size(call) + 1
    )
    return list_reply(
        call, found, present_record, lambda r: [r["at"], r["_id"]], project=call.project
    )
