"""One POST to a webhook: to the address that was checked, within five seconds, wherever it stops.

Redirects are not followed: what answers one is told to give the address that it meant.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import time
from collections.abc import Mapping
from concurrent.futures import Future
from threading import Thread, Timer
from typing import NamedTuple
from urllib.parse import SplitResult

from chalicelib.watches.addresses import ForbiddenAddressError, parse_url, resolve

LIMIT_S = 5.0
_GONE = 410


class Outcome(NamedTuple):
    """How a delivery went. `is_final` when trying again is of no use."""

    is_delivered: bool
    detail: str
    is_final: bool = False
    retry_after_s: float | None = None


class _Pinned(http.client.HTTPSConnection):
    """A connection to one address, whatever the name looks up to by now."""

    def __init__(self, url: SplitResult, address: str, port: int, limit_s: float) -> None:
        super().__init__(url.hostname or "", port, timeout=limit_s)
        self._address = address
        self._is_tls = url.scheme == "https"
        self._is_over = False

    def connect(self) -> None:
        sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._is_tls:
            # The handshake waits until `cut` knows the socket.
            context = ssl.create_default_context()
            sock = context.wrap_socket(
                sock, server_hostname=self.host, do_handshake_on_connect=False
            )
        self.sock = sock
        if self._is_over:
            raise TimeoutError
        if isinstance(sock, ssl.SSLSocket):
            sock.do_handshake()

    def cut(self) -> None:
        """End it from another thread, in the middle of whatever it waits for."""
        self._is_over = True
        sock = self.sock
        if sock is not None:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                return  # it has ended by itself


def post(url: str, body: bytes, headers: Mapping[str, str], *, is_public_only: bool) -> Outcome:
    """Deliver a body; any 2xx answer is a delivery."""
    started = time.monotonic()
    try:
        parts = parse_url(url, is_public_only=is_public_only)
        address, port = _look_up(parts, is_public_only=is_public_only)
    except (ForbiddenAddressError, ValueError) as error:
        return Outcome(is_delivered=False, detail=str(error))
    except OSError as error:
        return Outcome(is_delivered=False, detail=f"the host cannot be looked up: {error}")
    left = max(0.1, LIMIT_S - (time.monotonic() - started))
    connection = _Pinned(parts, address, port, left)
    timer = Timer(left, connection.cut)
    timer.start()
    try:
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request("POST", target, body, dict(headers))
        return _read(connection.getresponse())
    except (OSError, http.client.HTTPException) as error:
        is_late = time.monotonic() - started >= LIMIT_S - 0.1
        detail = (
            f"no answer within {LIMIT_S:g} s" if is_late else str(error) or type(error).__name__
        )
        return Outcome(is_delivered=False, detail=detail[:300])
    finally:
        timer.cancel()
        connection.close()


def _look_up(url: SplitResult, *, is_public_only: bool) -> tuple[str, int]:
    """As `resolve`, within the limit: a look-up cannot be cut off, so it is left behind."""
    found: Future[tuple[str, int]] = Future()

    def look_up() -> None:
        try:
            found.set_result(resolve(url, is_public_only=is_public_only))
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            found.set_exception(error)

    Thread(target=look_up, daemon=True).start()
    try:
        return found.result(LIMIT_S)
    except TimeoutError:
        raise OSError(f"no answer within {LIMIT_S:g} s") from None


def _read(response: http.client.HTTPResponse) -> Outcome:
    status = response.status
    if 200 <= status < 300:
        return Outcome(is_delivered=True, detail=f"answered {status}")
    if 300 <= status < 400:
        return Outcome(is_delivered=False, detail=f"answered {status}: redirects are not followed")
    retry_after = response.headers.get("Retry-After", "")
    waits = float(retry_after) if retry_after.isascii() and retry_after.isdecimal() else None
    return Outcome(
        is_delivered=False,
        detail=f"answered {status}",
        is_final=status == _GONE,
        retry_after_s=waits,
    )
