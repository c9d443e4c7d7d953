"""Where a webhook may lead: never into the network that the service itself runs in.

A name is looked up once, every address that it has is checked, and the connection goes to one of
these and to no other, so that a second look-up cannot lead elsewhere (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import SplitResult, urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

MAX_URL_LENGTH = 2_000
# What answers with credentials in clouds, and lies in ranges that count as global or as private
# to a customer: AWS (also its IPv6 address), Azure, Oracle and Alibaba Cloud.
_METADATA = frozenset(
    map(
        ipaddress.ip_address,
        ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "192.0.0.192", "100.100.100.200"),
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_TRANSLATED = ipaddress.IPv6Network("::ffff:0:0:0/96")
_COMPATIBLE = ipaddress.IPv6Network("::/96")
# Not global, whatever the standard library calls them: local NAT64, and site-local addresses.
_LOCAL = (ipaddress.IPv6Network("64:ff9b:1::/48"), ipaddress.IPv6Network("fec0::/10"))


class ForbiddenAddressError(Exception):
    """A webhook's address must not be called; the text says why."""


def parse_url(text: str, *, is_public_only: bool) -> SplitResult:
    """A webhook's URL in its parts. Raises ValueError with a text for the client.

    It is https; http is allowed to this machine, where not only public addresses are.
    """
    if len(text) > MAX_URL_LENGTH:
        raise ValueError(f"a URL has at most {MAX_URL_LENGTH} characters")
    if not text.isascii() or any(c <= " " or c in '\x7f\\"<>^`{|}' for c in text):
        raise ValueError("a URL has only ASCII characters and no spaces: encode the others")
    url = urlsplit(text)
    host, _ = _host_and_port(url)
    if url.username is not None or url.password is not None:
        raise ValueError("a URL must not hold a user name or a password")
    is_local = not is_public_only and _is_loopback(host)
    if url.scheme != "https" and not (url.scheme == "http" and is_local):
        raise ValueError("use a URL that begins with https://")
    address = _literal(host)
    if address is not None and is_public_only and not is_public(address):
        raise ValueError(f"'{host}' is no public address")
    return url


def resolve(url: SplitResult, *, is_public_only: bool) -> tuple[str, int]:
    """The address and the port to connect to.

    Raises ForbiddenAddressError when any address of the host is one that must not be called, or
    http has turned out not to lead to this machine, and OSError when the host has none.
    """
    host, port = _host_and_port(url)
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [ipaddress.ip_address(str(entry[4][0]).partition("%")[0]) for entry in found]
    for address in addresses:
        if is_public_only and not is_public(address):
            raise ForbiddenAddressError(f"'{host}' leads to {address}, which is not public")
        if url.scheme == "http" and not address.is_loopback:
            raise ForbiddenAddressError(f"'{host}' leads to {address}: use https")
    return str(addresses[0]), port


def is_public(address: Address) -> bool:
    """Whether it is on the public internet, and no service of a cloud for its own machines."""
    inner = _embedded(address)
    if inner is not None:
        return is_public(inner)
    if any(address in network for network in _LOCAL):
        return False
    return address.is_global and not address.is_multicast and address not in _METADATA


def _embedded(address: Address) -> ipaddress.IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for, in any of the ways that there were or are."""
    if isinstance(address, ipaddress.IPv4Address):
        return None
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    is_tail = address in _NAT64 or address in _TRANSLATED
    is_tail = is_tail or (address in _COMPATIBLE and int(address) > 1)
    return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if is_tail else None


def _host_and_port(url: SplitResult) -> tuple[str, int]:
    try:
        host, port = url.hostname, url.port
    except ValueError as error:
        raise ValueError(f"the URL has no port that can be used: {error}") from None
    if not host or len(host) > 253 or ".." in host:
        raise ValueError("the URL has no host that can be used")
    if port == 0:
        raise ValueError("the URL has no port that can be used: 0")
    return host, port or (443 if url.scheme == "https" else 80)


def _is_loopback(host: str) -> bool:
    address = _literal(host)
    return host == "localhost" if address is None else address.is_loopback


def _literal(host: str) -> Address | None:
    """The address that a host is written as, in any of the forms that look-ups take."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        pass
    try:
        # 127.1, 2130706433 and 0x7f000001 are all 127.0.0.1.
        return ipaddress.IPv4Address(socket.inet_aton(host))
    except OSError:
        return None
