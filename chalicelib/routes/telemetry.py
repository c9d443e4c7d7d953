"""OpenTelemetry in, and what is to be known of it."""

from __future__ import annotations

from chalice.app import Blueprint, Request, Response

from chalicelib import telemetry
from chalicelib.audit import ChangedObject, recorded
from chalicelib.errors import (
    AgentNotFound,
    InvalidBody,
    InvalidRunId,
    MalformedBody,
    PayloadTooLarge,
    Problem,
    ProjectForbidden,
    RunNotFound,
    VersionNotFound,
)
from chalicelib.http import (
    BodyRules,
    Call,
    Reply,
    author_of,
    endpoint,
    media_type_of,
    read_run_id,
    render_text,
)
from chalicelib.registry import find_agent, find_version
from chalicelib.runs import find_run
from chalicelib.values.instants import DAY, day_of, format_instant, now
from chalicelib.wire.telemetry_models import (
    JSON,
    MAX_SENT_BYTES,
    MAX_UNPACKED_BYTES,
    OTLP_MEDIA_TYPES,
    ExportRequest,
    PriceChanges,
    Prices,
    RunCall,
    TelemetryQuery,
    TelemetrySummary,
)

otlp = Blueprint(__name__)
PREFIXES = ("", "/api/v1/otlp")
_BODIES = BodyRules(OTLP_MEDIA_TYPES, MAX_SENT_BYTES, MAX_UNPACKED_BYTES)
DEFAULT_DAYS = 7
_EXAMPLES = 5


def _explain(problem: Problem, request: Request) -> Response:
    """A problem as OTLP puts it, a google.rpc.Status in the request's content type."""
    media_type = _answer_type(request)
    body = telemetry.answer_refused(problem.status, problem.detail, is_json=media_type == JSON)
    return render_text(body, problem.status, media_type, problem.headers)


def _answer_type(request: Request) -> str:
    media_type = media_type_of(request)
    return media_type if media_type in OTLP_MEDIA_TYPES else JSON


def take_traces(call: Call) -> Reply:
    """Take an ExportTraceServiceRequest: spans are kept, and runs recorded from them."""
    media_type = _answer_type(call.request)
    is_json = media_type == JSON
    try:
        receipt = telemetry.receive_spans(call.raw_body, call.project, is_json=is_json)
    except telemetry.PayloadTooBig as error:
        raise PayloadTooLarge(str(error)) from None
    except telemetry.PayloadError as error:
        raise MalformedBody(str(error)) from None
    body = telemetry.answer_taken(receipt.rejected, receipt.message, is_json=is_json)
    return Reply(body, content_type=media_type)


def take_nothing(call: Call) -> Reply:
    """Exporters send logs and metrics unasked; they are thanked, and nothing is kept."""
    media_type = _answer_type(call.request)
    body = telemetry.answer_taken(0, "", is_json=media_type == JSON)
    return Reply(body, content_type=media_type)


for _prefix in PREFIXES:
    for _signal, _view in (
        ("traces", take_traces),
        ("logs", take_nothing),
        ("metrics", take_nothing),
    ):
        endpoint(
            otlp,
            "POST",
            f"{_prefix}/v1/{_signal}",
            scope="ingest",
            documents_body=ExportRequest,
            answers={200: str},
            raises=(MalformedBody,),
            documented=False,
            body_rules=_BODIES,
            explain=_explain,
        )(_view)


@endpoint(
    otlp,
    "GET",
    "/api/v1/telemetry",
    scope="read",
    query=TelemetryQuery,
    answers={200: TelemetrySummary},
)
def summarise_telemetry(call: Call) -> Reply:
    """What was received over OpenTelemetry, what waits, and what was not understood."""
    since = day_of(now()) - (call.query.get("days", DEFAULT_DAYS) - 1) * DAY
    owner = call.project
    waiting = [
        {
            "trace_id": trace["_id"]["trace"].hex(),
            "since": format_instant(trace["since"]),
            "framework": trace["framework"],
            "names": trace["names"],
        }
        for trace in telemetry.waiting_examples(owner, _EXAMPLES)
    ]
    counts = telemetry.read_counts(owner, since)
    counts["unpriced"] = telemetry.still_unpriced(counts["unpriced"])
    return Reply(
        {
            "since": format_instant(since),
            "waiting": telemetry.count_waiting(owner),
            "waiting_examples": waiting,
            **counts,
        }
    )


@endpoint(
    otlp,
    "GET",
    "/api/v1/agents/{agent}/versions/{version}/runs/{run}/calls",
    scope="read",
    answers={200: list[RunCall]},
    raises=(AgentNotFound, VersionNotFound, RunNotFound, InvalidRunId),
)
def list_run_calls(call: Call, agent: str, version: str, run: str) -> Reply:
    """A run's model calls and tools by time, while the spans that it was made from are kept."""
    owner = find_agent(agent, project=call.project)
    found = find_run(find_version(owner, version), read_run_id(run))
    # The sender's token was bound to the agent's project, or to none.
    for sender in (None, owner["project"]):
        calls = telemetry.calls_of_run(sender, str(found["_id"]["id"]))
        if calls:
            return Reply(calls)
    return Reply([])


@endpoint(otlp, "GET", "/api/v1/prices", scope="read", answers={200: Prices})
def get_prices(call: Call) -> Reply:
    """Prices of your own, and which public list stands behind them."""
    return Reply(_present(telemetry.own_prices()))


@endpoint(
    otlp,
    "PATCH",
    "/api/v1/prices",
    scope="admin",
    body=PriceChanges,
    answers={200: Prices},
    raises=(InvalidBody, ProjectForbidden),
)
def change_prices(call: Call) -> Reply:
    """Set or remove prices of your own; runs that are recorded keep what they cost."""
    if call.project is not None:
        raise ProjectForbidden(
            f"this token is bound to the project '{call.project}', and prices are everybody's"
        )
    changes = {name.lower(): rates for name, rates in call.body["models"].items()}
    known = telemetry.own_prices()
    before = {name: known.get(name) for name in changes}
    try:
        with recorded(author_of(call), ChangedObject("prices", {}), before=before, after=changes):
            own = telemetry.set_own_prices(call.body["models"])
        return Reply(_present(own))
    except ValueError as error:
        raise InvalidBody(str(error)) from None


def _present(own: object) -> dict[str, object]:
    public = telemetry.public_list()
    listed = {
        "source": public.source,
        "newest_price_from": public.newest_price_from,
        "models": len(public),
    }
    return {"models": own, "public_list": listed}
