"""What `manage.py doctor` looks at: each check answers with findings."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import httpx
import pymongo
from pymongo.database import Database

from chalicelib import database
from chalicelib.access import any_token
from chalicelib.config import Settings, without_credentials
from chalicelib.errors import NotReady
from management.database.options import ANSWER_TIMEOUT_S, database_failures
from management.endings import CommandError
from management.mongod import OLDEST_MAJOR_VERSION, MongodError, find_mongod

OLDEST_PYTHON = (3, 11)
HOST = "127.0.0.1"
# Runs from a day ahead are refused; long before that, times begin to look wrong to people.
MOST_CLOCK_DIFFERENCE_S = 5.0

State = Literal["ok", "note", "fail"]


class Finding(NamedTuple):
    """What was found, and what to do about it where it is not as it should be."""

    state: State
    subject: str
    text: str
    advice: str = ""


def check_python() -> Iterator[Finding]:
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info[:2] >= OLDEST_PYTHON:
        yield Finding("ok", "Python", found)
    else:
        oldest = ".".join(map(str, OLDEST_PYTHON))
        yield Finding("fail", "Python", found, f"install {oldest} or newer, then 'make PYTHON=…'")


def check_mongod() -> Iterator[Finding]:
    """Only the embedded database needs it."""
    try:
        program = find_mongod()
    except MongodError as error:
        yield Finding("note", "mongod", "none that runs here", str(error))
        return
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"v(\d[\w.]*)", said.stdout)
    yield Finding("ok", "mongod", f"{version[1] if version else '?'} at {program}")


def check_port(port: int) -> Iterator[Finding]:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            yield _who_has(port, error)
        else:
            yield Finding("ok", "port", f"{port} is free")


def check_settings(chosen: Settings) -> Iterator[Finding]:
    if chosen.auth_mode == "off":
        text = "off: whoever reaches the service reads and writes everything"
        yield Finding("note", "authentication", text, "AUTH_MODE=token asks for tokens")
    else:
        yield Finding("ok", "authentication", "by tokens")


def check_database(uri: str, target: Database[Any], chosen: Settings) -> Iterator[Finding]:
    """Whether it answers, and all about it where it does."""
    try:
        with database_failures(uri), pymongo.timeout(ANSWER_TIMEOUT_S):
            asked = time.time()
            hello = target.client.admin.command("hello")
            took_s = time.time() - asked
            version = str(target.client.server_info()["version"])
            yield Finding("ok", "database", f"'{target.name}' at {without_credentials(uri)}")
            yield _judge_version(version)
            yield _judge_kind(hello)
            yield _judge_clock(hello["localTime"], asked + took_s / 2, took_s)
            yield _judge_indexes()
            if chosen.auth_mode == "token" and not any_token():
                yield _first_token()
    except CommandError as error:
        yield Finding("fail", "database", without_credentials(uri), error.message)


def _who_has(port: int, error: OSError) -> Finding:
    try:
        health = httpx.get(f"http://{HOST}:{port}/health", timeout=2, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        health = {}
    if isinstance(health, dict) and health.get("status") == "ok":
        return Finding("ok", "port", f"{port} is this service's, which runs")
    return Finding("fail", "port", f"{port}: {error.strerror}", "choose another with PORT=")


def _judge_version(version: str) -> Finding:
    if int(version.partition(".")[0]) >= OLDEST_MAJOR_VERSION:
        return Finding("ok", "MongoDB", version)
    return Finding("fail", "MongoDB", version, f"use {OLDEST_MAJOR_VERSION}.0 or newer")


def _judge_kind(hello: dict[str, Any]) -> Finding:
    if "setName" in hello:
        return Finding("ok", "replica set", f"{hello['setName']}, {len(hello['hosts'])} members")
    if hello.get("msg") == "isdbgrid":
        return Finding("ok", "replica set", "a sharded cluster")
    advice = "enough on one machine; use a replica set where nothing may be lost with it"
    return Finding("note", "replica set", "none, a single server", advice)


def _judge_clock(there: datetime, here: float, took_s: float) -> Finding:
    difference_s = there.replace(tzinfo=UTC).timestamp() - here
    text = f"the database's differs by {abs(difference_s):.1f} s"
    if abs(difference_s) - took_s / 2 <= MOST_CLOCK_DIFFERENCE_S:
        return Finding("ok", "clock", text)
    return Finding("fail", "clock", text, "let both machines keep time by NTP")


def _judge_indexes() -> Finding:
    try:
        database.check_ready()
    except NotReady as error:
        return Finding("fail", "indexes", "not all there", error.detail)
    return Finding("ok", "indexes", "all there")


def _first_token() -> Finding:
    advice = "'python manage.py token create --name me --scope admin' makes the first"
    return Finding("fail", "tokens", "none, so every request is refused", advice)
