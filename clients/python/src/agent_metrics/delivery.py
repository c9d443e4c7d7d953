"""Bringing reports of one version to the service, and reading what became of them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from agent_metrics.connection import Answer, Connection
from agent_metrics.errors import PASSING, UnreachableError
from agent_metrics.notices import Notices
from agent_metrics.settings import DEFAULT_PROJECT, Service, Target

_COMPRESS_FROM_BYTES = 1024
# The batch as a whole is not taken: some part of it may be.
_DIVISIBLE = frozenset({400, 413, 422})


class Outcome(NamedTuple):
    """How many of a batch the service has, and how many it refuses for good."""

    delivered: int
    refused: int

    def plus(self, other: Outcome) -> Outcome:
        return Outcome(self.delivered + other.delivered, self.refused + other.refused)


class Delivery:
    """Sends batches, one at a time. Registers an agent and a version before their first batch.

    Everything it sends may be repeated: the service takes each run once.
    """

    def __init__(self, service: Service, notices: Notices, *, keeps_refused: bool = False) -> None:
        """`keeps_refused`: what a token is not taken for waits for another one, on disk.

        Raises ConfigurationError.
        """
        self._keeps_refused = keeps_refused
        self.timeout_s: float | None = None
        self._connection = Connection(service)
        self._notices = notices
        self._registered: set[Target] = set()
        self._compresses = True

    def send(self, target: Target, lines: Sequence[bytes]) -> Outcome:
        """Bring a batch there. Raises UnreachableError when it has to be tried again later."""
        self._register(target)
        answer = self._post_runs(target, lines)
        if answer.status == 404:
            # The agent was deleted, or the database is a new one.
            self._registered.discard(target)
            self._register(target)
            answer = self._post_runs(target, lines)
        found = _document(answer)
        if "accepted" in found:
            return self._count(found, len(lines))
        if answer.status < 400:
            raise UnreachableError(f"{self._connection.url} answers, but not as this service does")
        if answer.status in (401, 403) and self._keeps_refused:
            raise UnreachableError(_sentence(answer), status=answer.status)
        if answer.status in _DIVISIBLE and len(lines) > 1:
            middle = len(lines) // 2
            first = self.send(target, lines[:middle])
            return first.plus(self.send(target, lines[middle:]))
        self._complain(target, answer, found)
        return Outcome(0, len(lines))

    def disconnect(self) -> None:
        """Give the connection back; the next batch makes a new one."""
        self._connection.close()

    def abandon(self) -> None:
        """In a forked child: leave the connection to the parent."""
        self._connection.abandon()

    def _register(self, target: Target) -> None:
        if target in self._registered:
            return
        agent = f"/api/v1/agents/{quote(target.agent, safe='')}"
        project = {"project": target.project or DEFAULT_PROJECT}
        version = {
            "version": target.version,
            "cluster": target.cluster,
            "tools": list(target.tools) or None,
            "models": list(target.models) or None,
            "deployment": target.deployment,
        }
        given = {name: value for name, value in version.items() if value is not None}
        for path, body in ((f"{agent}/register", project), (f"{agent}/versions", given)):
            answer = self._post(path, json.dumps(body).encode())
            # An agent that exists with another project is only worth a word if one was asked for.
            if answer.status >= 400 and not (answer.status == 409 and target.project is None):
                self._complain(target, answer, _document(answer))
        # What was refused is no reason not to try the runs: their answer decides.
        self._registered.add(target)

    def _post_runs(self, target: Target, lines: Sequence[bytes]) -> Answer:
        agent, version = quote(target.agent, safe=""), quote(target.version, safe="")
        body = b'{"runs":[%s]}' % b",".join(lines)
        return self._post(f"/api/v1/agents/{agent}/versions/{version}/runs", body)

    def _post(self, path: str, body: bytes) -> Answer:
        """Raises UnreachableError for what may pass."""
        headers = {"Content-Type": "application/json"}
        if self._compresses and len(body) >= _COMPRESS_FROM_BYTES:
            packed = {**headers, "Content-Encoding": "gzip"}
            answer = self._ask(path, _gzip(body), packed)
            if answer.status not in (400, 415):
                return answer
            # Perhaps it cannot unpack. If it takes the same as it is, never mind gzip.
            plain = self._ask(path, body, headers)
            self._compresses = plain.status in (400, 415)
            return plain
        return self._ask(path, body, headers)

    def _ask(self, path: str, body: bytes, headers: dict[str, str]) -> Answer:
        answer = self._connection.request("POST", path, body, headers, self.timeout_s)
        if answer.status in PASSING:
            sentence = f"{self._connection.url} answers {answer.status}: {_sentence(answer)}"
            raise UnreachableError(sentence, answer.retry_after_s, status=answer.status)
        if answer.status >= 500:
            raise UnreachableError(
                f"{self._connection.url} has a fault ({answer.status}): {_sentence(answer)}",
                status=answer.status,
            )
        if 300 <= answer.status < 400:
            raise UnreachableError(
                f"{self._connection.url} sends us on to {answer.headers.get('location')}:"
                " set that as the service's address"
            )
        return answer

    def _count(self, found: dict[str, Any], size: int) -> Outcome:
        errors = [one for one in found.get("errors") or [] if isinstance(one, dict)]
        for error in errors:
            code, detail = error.get("code"), error.get("detail")
            self._notices.say(
                f"refused {code} {str(detail)[:60]}",
                f"the service refuses run {error.get('id')!r}: {code}: {detail}",
            )
        refused = min(len(errors), size)
        return Outcome(size - refused, refused)

    def _complain(self, target: Target, answer: Answer, found: dict[str, Any]) -> None:
        code = found.get("code", f"status {answer.status}")
        self._notices.say(
            f"{target.agent} {target.version} {code}",
            f"the service refuses {target.agent!r} {target.version!r}: {code}: {_sentence(answer)}",
        )


def _document(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _sentence(answer: Answer) -> str:
    return str(_document(answer).get("detail", "it gives no reason"))[:500]


def _gzip(body: bytes) -> bytes:
    packing = zlib.compressobj(1, zlib.DEFLATED, 31)
    return packing.compress(body) + packing.flush()
