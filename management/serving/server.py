"""The HTTP server behind `manage.py serve`: waitress, in front of `LocalGateway`.

waitress reads requests, chunked bodies too, and refuses what is none. Its refusals become problem
documents here, so that a client meets one kind of error.
"""

from __future__ import annotations

import logging
import socket
import time
from typing import TYPE_CHECKING

from chalice.app import Chalice
from waitress import wasyncore
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import create_server
from waitress.task import ErrorTask

from management.serving.gateway import LocalGateway, header_list, problem, status_line, write_log

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

# What is larger than API Gateway takes, but not larger than this, is read to its end before it is
# refused: to close on a client that is still sending would take our answer away from it.
MAX_READ_BYTES = 100 * 1024 * 1024
_IN_MEMORY_BYTES = 10 * 1024 * 1024  # of one body; what is longer waits in a file
_MAX_HEADER_BYTES = 64 * 1024
_IDLE_TIMEOUT_S = 60
# A thread waits for the database as long as its request does; requests beyond them queue.
_THREADS = 32
_CONNECTIONS = 1000


class LocalServer:
    """Listens from the moment that it is made, so that a port in use shows before all else."""

    def __init__(self, host: str, port: int) -> None:
        """Raises OSError when the port cannot be had; port 0 takes any that is free."""
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a short wait is no news
        listening = socket.create_server((host, port))
        self.server_port: int = listening.getsockname()[1]
        self._connections: dict[int, wasyncore.dispatcher] = {}
        self._server = create_server(
            self._answer,
            map=self._connections,
            sockets=[listening],
            threads=_THREADS,
            connection_limit=_CONNECTIONS,
            asyncore_use_poll=True,  # select() takes no more than 1024 files
            channel_timeout=_IDLE_TIMEOUT_S,
            max_request_header_size=_MAX_HEADER_BYTES,
            max_request_body_size=MAX_READ_BYTES,
            inbuf_overflow=_IN_MEMORY_BYTES,
            recv_bytes=64 * 1024,
            ident=None,
            # The service reads X-Forwarded-Proto itself, as it does behind API Gateway.
            clear_untrusted_proxy_headers=False,
            log_socket_errors=False,  # a client that went away is not our error
        )
        self._server.channel_class = _Channel

    def serve(self, app: Chalice) -> None:
        """Answer requests until Ctrl-C, a SystemExit, or `stop` from another thread."""
        self._gateway = LocalGateway(app)
        self._server.run()

    def stop(self) -> None:
        """End `serve`, which runs in another thread."""
        self._server.trigger.pull_trigger(self._close)

    def drain(self) -> None:
        """Take no more requests, and wait some seconds for the answers under way."""
        self._server.task_dispatcher.shutdown()
        self._close()

    def _close(self) -> None:
        wasyncore.close_all(self._connections)

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        return self._gateway(environ, start)


class _Parser(HTTPRequestParser):
    """waitress's own, which lets one error of Python's through: a length of 5,000 digits."""

    def parse_header(self, header_plus: bytes) -> None:
        try:
            super().parse_header(header_plus)
        except ValueError as error:
            raise ParsingError("The head of the request cannot be read.") from error


class _Refusal(ErrorTask):
    """What waitress answers itself, in the service's shape."""

    def execute(self) -> None:
        error = self.request.error
        answer = problem(error.code, f"The request cannot be read: {error.body}")
        self.status = status_line(error.code)
        self.response_headers.extend(header_list(answer))
        self.set_close_on_finish()
        write_log("(unreadable)", answer, time.perf_counter())
        self.write(answer.body)


class _Channel(HTTPChannel):
    parser_class = _Parser
    error_task_class = _Refusal
