"""A browser, and services for it to visit: each started when the first test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from uuid import uuid4

import pytest
from playwright.sync_api import Browser

from management.mongod import Mongod
from tests.browser.chromium import MISSING, find_chromium, running_chromium
from tests.browser.site import Site, running_site

DEMO_RUNS = 900


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = find_chromium()
    if program is None and os.environ.get("CI"):
        pytest.fail(MISSING)
    if program is None:
        # A person's bare machine can run everything else; `make test` says what is left out.
        pytest.skip(MISSING)
    with running_chromium(program) as running:
        yield running


@pytest.fixture(scope="session")
def empty_site(mongod: Mongod) -> Iterator[Site]:
    """A service without a single agent; the tests share it, so none may add one."""
    with running_site(mongod, f"empty_{uuid4().hex}") as site:
        yield site
        assert site.get("agents") == [], "a test wrote to empty_site: give it hostile_site"


@pytest.fixture(scope="session")
def demo_site(mongod: Mongod) -> Iterator[Site]:
    """A service with what `manage.py demo` loads; tests only read it."""
    with running_site(mongod, f"demo_{uuid4().hex}") as site:
        site.manage("demo", f"--url={site.url}", f"--runs={DEMO_RUNS}")
        yield site


@pytest.fixture(scope="session")
def hostile_site(mongod: Mongod) -> Iterator[Site]:
    """A service whose clients send markup wherever a text is taken."""
    with running_site(mongod, f"hostile_{uuid4().hex}") as site:
        yield site


@pytest.fixture(scope="session")
def locked_site(mongod: Mongod) -> Iterator[Site]:
    """A service that asks for tokens."""
    with running_site(mongod, f"locked_{uuid4().hex}", auth_mode="token") as site:
        yield site
