"""An open service and the browser: what keeps pages of other origins out where no token does.

With AUTH_MODE=off whoever reaches the service may use it, and every page that its user opens can
reach it too: by posting to it, and by DNS rebinding, where the page's own name comes to stand for
this machine. Pages cannot choose the `Host` and `Origin` that their browser sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from chalicelib.config import is_deployed, settings
from chalicelib.errors import HostForbidden, OriginForbidden

_READ_ONLY = frozenset(("GET", "HEAD", "OPTIONS"))


def check_browser(method: str, headers: Mapping[str, str]) -> None:
    """Raises HostForbidden or OriginForbidden for what a page of another origin may have sent.

    Nothing is checked where tokens are asked for, nor in Lambda, whose name is not this machine's.
    """
    if settings().auth_mode != "off" or is_deployed():
        return
    host = headers.get("host", "")
    if not _is_ours(host):
        raise HostForbidden(
            f"this service is open to whoever reaches it, so it does not answer to '{host[:100]}':"
            " use localhost or an address, or name the host in ALLOWED_HOSTS"
        )
    origin = headers.get("origin")
    if method not in _READ_ONLY and origin is not None and not _may_write(origin, host):
        raise OriginForbidden(
            f"this service is open to whoever reaches it, so pages of '{origin[:100]}' may not"
            " write to it: name the origin in CORS_ORIGINS, or ask for tokens with AUTH_MODE=token"
        )


def _is_ours(host: str) -> bool:
    """Whether no stranger's DNS can have made this name stand for this machine.

    Not so for addresses, for names without a dot, which are of the machine's own network, and for
    those that the operator has named. A client that sends no Host is no browser.
    """
    name = _name_of(host)
    if "." not in name or name.endswith(".localhost") or name in settings().allowed_hosts:
        return True
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


def _name_of(host: str) -> str:
    """The name or address in a Host header, without port and brackets, in small letters."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().removesuffix(".")


def _may_write(origin: str, host: str) -> bool:
    allowed = settings().cors_origins
    return origin in allowed or "*" in allowed or urlsplit(origin).netloc == host
