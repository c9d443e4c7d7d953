"""The HTTP API as functions, for the commands that load, read and judge."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, NamedTuple, Self
from urllib.parse import quote, urlencode

import httpx
from agent_metrics.errors import ProxySettingError
from agent_metrics.proxies import find_proxy

from chalicelib import __version__

USER_AGENT = f"agent-metrics-manage/{__version__}"
TIMEOUT_S = 60
TRIES = 7
LONGEST_WAIT_S = 30.0
# Busy, or between two processes: the same request may succeed a moment later.
_PASSING = frozenset({429, 502, 503, 504})


class ApiError(Exception):
    """The service refused a request: `status`, its `code`, and what it says about it."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(f"{code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail


class ApiUnreachableError(Exception):
    """Nothing answered, or only that it cannot now, until patience ended."""


class Page(NamedTuple):
    """A page of a list as the service wrote it, and where the next one is."""

    content: bytes
    next_address: str | None


class ApiClient:
    """One service at `url`. Every write is idempotent there, so every request may be repeated.

    Methods raise ApiError and ApiUnreachableError.
    """

    def __init__(
        self,
        url: str,
        token: str | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._sleep = sleep
        if token and not token.isascii():
            raise ApiUnreachableError("the token holds characters that no token has: copy it anew")
        authorization = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            self._http = httpx.Client(
                base_url=url,
                headers={"User-Agent": USER_AGENT} | authorization,
                timeout=TIMEOUT_S,
                transport=transport,
                # Not httpx's own reading of the environment: NO_PROXY=fe80::/10 breaks it.
                trust_env=False,
                proxy=_proxy_of(url),
                verify=httpx.create_ssl_context(),
            )
        except OSError as error:
            reason = f"{error.filename or 'the file of SSL_CERT_FILE'}: {error.strerror}"
            raise ApiUnreachableError(f"certificates cannot be read: {reason}") from error
        except (httpx.InvalidURL, ProxySettingError) as error:
            raise ApiUnreachableError(str(error)) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._http.close()

    def check(self) -> None:
        """Ask once whether a service is there at all."""
        self._succeed(self._request("GET", "/health", tries=1))

    def find_agent(self, name: str) -> dict[str, Any] | None:
        response = self._request("GET", f"/api/v1/agents/{_segment(name)}")
        return None if response.status_code == 404 else self._succeed(response)

    def register_agent(self, name: str, project: str) -> dict[str, Any]:
        path = f"/api/v1/agents/{_segment(name)}/register"
        return self._succeed(self._request("POST", path, {"project": project}))

    def add_version(self, agent: str, body: dict[str, Any]) -> None:
        """Add a version; one that exists with other content stays as it is."""
        response = self._request("POST", f"/api/v1/agents/{_segment(agent)}/versions", body)
        if response.status_code != 409:
            self._succeed(response)

    def add_runs(self, agent: str, version: str, runs: list[dict[str, Any]]) -> dict[str, Any]:
        """The service's answer to a batch, with `errors` for the runs that it refused."""
        path = f"/api/v1/agents/{_segment(agent)}/versions/{_segment(version)}/runs"
        response = self._request("POST", path, {"runs": runs})
        answer = _json_object(response)
        # Where no run was accepted the status is an error's, but the answer is the batch's.
        return answer if "accepted" in answer else self._succeed(response)

    def ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, *, once: bool = False
    ) -> dict[str, Any]:
        """What any route answers; `once` for what must not be repeated."""
        return self._succeed(self._request(method, path, body, tries=1 if once else TRIES))

    def list_all(self, path: str, most: float = math.inf) -> list[dict[str, Any]]:
        """The items of a list, page after page, until there are so many."""
        found: list[dict[str, Any]] = []
        address: str | None = self._http.base_url.path.rstrip("/") + path
        while address is not None and len(found) < most:
            page = self.read_page(address, "application/json")
            found += json.loads(page.content)
            address = page.next_address
        return found

    def count_runs(self, agent: str, version: str | None, query: Mapping[str, str]) -> int:
        """How many runs there are; of the filters, `query` may have `from` and `to`."""
        path = f"{_path_of(agent, version)}/metrics?{urlencode(query)}"
        return int(self._succeed(self._request("GET", path))["runs"])

    def runs_address(self, agent: str, version: str | None, query: Mapping[str, str]) -> str:
        """Where the first page of these runs is, for `read_page`."""
        base = self._http.base_url.path.rstrip("/")
        return f"{base}{_path_of(agent, version)}/runs?{urlencode(query)}"

    def read_page(self, address: str, media_type: str) -> Page:
        """A page of a list in one of its forms; addresses are path and query."""
        url = str(self._http.base_url.copy_with(raw_path=address.encode()))
        response = self._request("GET", url, headers={"Accept": media_type})
        if not response.is_success or not _is(response, media_type):
            self._succeed(response)
            raise ApiError(response.status_code, "not_understood", f"no {media_type} at {url}")
        following = response.links.get("next", {}).get("url")
        # Only its path: the token is for the service that was named, whatever an answer says.
        return Page(response.content, httpx.URL(following).raw_path.decode() if following else None)

    def _request(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        tries: int = TRIES,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json"} if body is not None else headers
        reason, asked_to_wait_s = "", 0.0
        for attempt in range(1, tries + 1):
            try:
                response = self._http.request(method, path, content=content, headers=headers)
            except httpx.DecodingError as error:
                raise ApiUnreachableError(f"{path}: the answer cannot be read: {error}") from error
            except httpx.RequestError as error:
                reason, asked_to_wait_s = str(error) or type(error).__name__, 0.0
            else:
                if response.status_code not in _PASSING:
                    return response
                reason = f"it answers {response.status_code}"
                asked_to_wait_s = _retry_after_s(response)
            if attempt < tries:
                self._sleep(min(max(2.0**attempt / 4, asked_to_wait_s), LONGEST_WAIT_S))
        raise ApiUnreachableError(f"no service to be had at {self._http.base_url}: {reason}")

    @staticmethod
    def _succeed(response: httpx.Response) -> dict[str, Any]:
        answer = _json_object(response)
        if not response.is_success:
            code = str(answer.get("code", f"status {response.status_code}"))
            raise ApiError(response.status_code, code, str(answer.get("detail", "no reason given")))
        return answer


def _proxy_of(url: str) -> str | None:
    """The proxy that the environment names for the service. Raises ProxySettingError."""
    found = find_proxy(url)
    if found is None:
        return None
    host = f"[{found.host}]" if ":" in found.host else found.host
    if not found.user:
        return f"{found.scheme}://{host}:{found.port}"
    user, password = (quote(text or "", safe="") for text in (found.user, found.password))
    return f"{found.scheme}://{user}:{password}@{host}:{found.port}"


def _path_of(agent: str, version: str | None) -> str:
    path = f"/api/v1/agents/{_segment(agent)}"
    return path if version is None else f"{path}/versions/{_segment(version)}"


def _is(response: httpx.Response, media_type: str) -> bool:
    return bool(response.headers.get("Content-Type", "").partition(";")[0] == media_type)


def _segment(name: str) -> str:
    return quote(name, safe="")


def _json_object(response: httpx.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _retry_after_s(response: httpx.Response) -> float:
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() else 0.0
