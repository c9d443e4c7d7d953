"""Something between the service and its database that can hold up every single message."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from itertools import count
from typing import BinaryIO, Self

PATIENCE_S = 30
_HEADER_BYTES = 16
_OP_MSG = 2013
# In an OP_MSG: header, flags, the first section's kind, and the length of its document and the
# type of that one's first field, whose name is that of the command.
_NAME_AT = _HEADER_BYTES + 4 + 1 + 4 + 1
# What the driver sends for itself, whenever it likes.
_HOUSEKEEPING = frozenset({"hello", "isMaster", "ping", "endSessions"})

Hold = Callable[[str, bool], None]


def let_pass(command: str, is_reply: bool) -> None:
    """Holds nothing up."""


class Trap:
    """Holds up the n-th command from now on, or the answer to it, and says so."""

    def __init__(self, place: int, *, is_reply: bool) -> None:
        self.sprung = threading.Event()
        self.opened = threading.Event()
        self._place = place
        self._is_reply = is_reply
        self._passed = count(1)

    def hold(self, command: str, is_reply: bool) -> None:
        if command in _HOUSEKEEPING or is_reply is not self._is_reply:
            return
        if next(self._passed) == self._place:
            self.sprung.set()
            self.opened.wait(PATIENCE_S)


class Proxy:
    """Passes connections on to a mongod on loopback.

    `hold(command, is_reply)` is called before each message is passed on and may take its time.
    """

    def __init__(self, port: int) -> None:
        self.hold: Hold = let_pass
        self._port = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []

    @property
    def uri(self) -> str:
        return f"mongodb://127.0.0.1:{self._listener.getsockname()[1]}/?directConnection=true"

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.hold = let_pass
        _close(self._listener)
        self.cut()

    def cut(self) -> None:
        """Break every connection, and lose what is held up, as the end of its mongod does."""
        for each in self._sockets:
            _close(each)

    def _accept(self) -> None:
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self._listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self._port))
                except ConnectionError:
                    _close(client)
                else:
                    _Connection(self, client, server)

    def keep(self, *sockets: socket.socket) -> None:
        """Close these too when the proxy ends."""
        self._sockets += sockets


class _Connection:
    """The two directions of one connection, which carries one command after the other."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._command = ""
        proxy.keep(client, server)
        for source, target, is_reply in ((client, server, False), (server, client, True)):
            arguments = (source, target, is_reply)
            threading.Thread(target=self._pass_on, args=arguments, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket, is_reply: bool) -> None:
        with suppress(OSError, EOFError), source.makefile("rb") as messages:
            while True:
                message = _read(messages)
                if not is_reply:
                    self._command = _name(message)
                self._proxy.hold(self._command, is_reply)
                target.sendall(message)
        _close(source)
        _close(target)


def _read(messages: BinaryIO) -> bytes:
    """One message of MongoDB's wire protocol. Raises EOFError."""
    header = messages.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES:
        raise EOFError
    return header + messages.read(int.from_bytes(header[:4], "little") - _HEADER_BYTES)


def _name(message: bytes) -> str:
    """The name of a message's command."""
    if int.from_bytes(message[12:16], "little") != _OP_MSG:
        return "hello"  # only the first handshake comes in another form
    return message[_NAME_AT : message.index(b"\0", _NAME_AT)].decode()


def _close(each: socket.socket) -> None:
    # A thread that reads from it wakes up only when it is shut down.
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
    each.close()
