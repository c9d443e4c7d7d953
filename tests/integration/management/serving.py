"""The app behind a real local server, in a thread of the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest
from chalice import Chalice
from click.testing import CliRunner, Result

from manage import manage
from management.serving import LocalServer
from management.serving import gateway as local_gateway


@contextmanager
def serve(app: Chalice) -> Iterator[str]:
    """Serves until the end of the block; gives its address."""
    with pytest.MonkeyPatch.context() as patch:
        # Its lines must not come between what a command says.
        patch.setattr(local_gateway, "write_log", lambda *_: None)
        kind, server = type(app), LocalServer("127.0.0.1", 0)
        thread = Thread(target=server.serve, args=(app,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.stop()
            thread.join()
            server.drain()
            # Serving changes it for good, which is once too often for a process of many tests.
            app.__class__ = kind


def run_command(*arguments: str) -> Result:
    """`manage.py` with these arguments, without a process of its own."""
    return CliRunner().invoke(manage, arguments)
