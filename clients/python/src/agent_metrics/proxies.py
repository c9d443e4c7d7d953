"""Which proxy the environment names for an address. What a browser can live with breaks nothing."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote, urlsplit

from agent_metrics.errors import ProxySettingError

if TYPE_CHECKING:
    import ipaddress

_PORTS = {"http": 80, "socks5": 1080, "socks5h": 1080}


class Proxy(NamedTuple):
    """Where it listens, how it is spoken to (`http`, `socks5`, `socks5h`), and as whom."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None


def find_proxy(url: str, environ: Mapping[str, str] = os.environ) -> Proxy | None:
    """The proxy for this address, or None for the direct way.

    Raises ProxySettingError, naming the variable, for one that is needed and not usable.
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if _is_local(host) or _is_excepted(host, port, _variable("no_proxy", environ)[1]):
        return None
    for name in (f"{parts.scheme}_proxy", "all_proxy"):
        variable, value = _variable(name, environ)
        if value:
            return _read(variable, value)
    return None


def _variable(name: str, environ: Mapping[str, str]) -> tuple[str, str]:
    """The variable in either case, and its value; lower case wins, as in curl."""
    names = [name, name.upper()]
    if name == "http_proxy" and "REQUEST_METHOD" in environ:
        names.pop()  # in CGI that is a header of whoever calls
    for one in names:
        if environ.get(one, "").strip():
            return one, environ[one].strip()
    return name, ""


def _read(variable: str, value: str) -> Proxy:
    try:
        parts = urlsplit(value if "://" in value else f"http://{value}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port, parts = None, None, urlsplit("")
    scheme = "socks5" if parts.scheme == "socks" else parts.scheme
    if not host or scheme not in _PORTS:
        raise ProxySettingError(
            f"{variable} names a proxy that cannot be used: {_hide_password(value)!r}"
            " (http://host:port and socks5://host:port can);"
            " correct it, or name the service's host in NO_PROXY"
        )
    user = unquote(parts.username) if parts.username else None
    password = unquote(parts.password) if parts.password else None
    return Proxy(scheme, host, port or _PORTS[scheme], user, password)


def _hide_password(value: str) -> str:
    before, mark, after = value.rpartition("@")
    return f"…@{after}" if mark and before else value


def _is_local(host: str) -> bool:
    """As browsers have it: a proxy never leads back to this machine's own ports."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = _address(host)
    return address is not None and address.is_loopback


def _is_excepted(host: str, port: int, exceptions: str) -> bool:
    return any(
        _matches(host.lower(), port, entry.lower())
        for entry in exceptions.replace(",", " ").split()
    )


def _matches(host: str, port: int, entry: str) -> bool:
    """Whether an entry of NO_PROXY is about this host; one that makes no sense is about none."""
    import ipaddress

    address = _address(host)
    if entry == "*":
        return True
    if "/" in entry:
        try:
            return address is not None and address in ipaddress.ip_network(entry, strict=False)
        except ValueError:
            return False
    if address is not None:
        return entry.strip("[]") == host or entry in (f"{host}:{port}", f"[{host}]:{port}")
    name, _, number = entry.partition(":")
    name = name[1:] if name.startswith("*.") else name
    if number and number != str(port):
        return False
    return host == name.lstrip(".") or host.endswith(f".{name.lstrip('.')}")


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    import ipaddress

    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return None
