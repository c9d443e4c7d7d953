"""Where to report and as whom: from arguments, and from the environment for what they leave out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from agent_metrics.errors import ConfigurationError

DEFAULT_PROJECT = "default"
NO_VERSION = "unversioned"


class Target(NamedTuple):
    """Whose runs these are, and how that version is registered when it is new."""

    agent: str
    version: str
    project: str | None = None
    cluster: str | None = None
    tools: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    deployment: str | None = None


class Service(NamedTuple):
    """Where the service is, and what it is shown. `url` is empty when reporting is off."""

    url: str
    token: str | None
    timeout_s: float


def read_service(
    url: str | None, token: str | None, timeout_s: float, environ: Mapping[str, str] = os.environ
) -> Service:
    """Raises ConfigurationError for an address or a token that cannot be used."""
    found = (_given(url, "AGENT_METRICS_URL", environ) or "").rstrip("/")
    shown = _given(token, "AGENT_METRICS_TOKEN", environ)
    if found:
        check_url(found)
    if shown:
        check_token(shown)
    return Service(found, shown, timeout_s)


def read_target(
    agent: str | None,
    version: str | None,
    project: str | None,
    environ: Mapping[str, str] = os.environ,
    *,
    cluster: str | None = None,
    tools: Sequence[str] = (),
    models: Sequence[str] = (),
    deployment: str | None = None,
) -> Target:
    """The client's own agent and version; an agent without a name is the empty text."""
    return Target(
        _given(agent, "AGENT_METRICS_AGENT", environ) or "",
        _given(version, "AGENT_METRICS_VERSION", environ) or NO_VERSION,
        _given(project, "AGENT_METRICS_PROJECT", environ),
        cluster,
        tuple(tools),
        tuple(models),
        deployment,
    )


def check_url(url: str) -> None:
    """Raises ConfigurationError unless it is an http or https address of some host."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname)
        _ = parts.port  # raises when it is no number
    except ValueError:
        usable = False
    if not usable or not url.isascii() or any(mark <= " " for mark in url):
        raise ConfigurationError(
            f"the service's address is not usable: {url!r} (it looks like https://host/stage)"
        )


def check_token(token: str) -> None:
    """Raises ConfigurationError for a text that no header can carry."""
    for mark in token:
        if not "!" <= mark <= "~":
            raise ConfigurationError(
                f"the token contains {mark!r}, which no token has: copy it again, whole"
            )


def _given(argument: object, name: str, environ: Mapping[str, str]) -> str | None:
    text = str(argument) if argument is not None else environ.get(name, "")
    return text.strip() or None
