from __future__ import annotations

import ipaddress
import socket
from typing import Any

import pytest

from chalicelib.watches.addresses import ForbiddenAddressError, is_public, parse_url, resolve

PRIVATE = [
    *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0"),  # noqa: S104 - not bound to
    *("100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "198.18.0.1", "224.0.0.1"),
    *("255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "fd00:ec2::254", "ff02::1"),
    *("::ffff:10.0.0.1", "::ffff:169.254.169.254", "2002:a00:1::", "64:ff9b::a9fe:a9fe"),
    *("64:ff9b:1::1", "::10.0.0.1", "2001:db8::1", "2001:0:4136:e378:8000:63bf:f5ff:fffe"),
    *("fec0::1", "::ffff:0:10.0.0.1"),
]


@pytest.mark.parametrize("text", PRIVATE)
def test_what_is_not_on_the_public_internet_is_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", ["93.184.215.14", "2606:4700::6810:84e5", "64:ff9b::5db8:d70e"])
def test_what_is_on_the_public_internet_is(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/hook",
        "https://example.com:8443/a?b=c",
        "https://93.184.215.14/",
        "https://xn--mnchen-3ya.example/hook",
        "https://[2606:4700::6810:84e5]/",
    ],
)
@pytest.mark.parametrize("is_public_only", [True, False])
def test_an_https_url_is_taken(url: str, is_public_only: bool) -> None:
    assert parse_url(url, is_public_only=is_public_only).scheme == "https"


@pytest.mark.parametrize(
    "url", ["http://localhost:8080/hook", "http://127.0.0.1/", "http://[::1]:9/", "http://127.1/"]
)
def test_http_is_taken_to_this_machine_in_development_alone(url: str) -> None:
    assert parse_url(url, is_public_only=False).scheme == "http"
    with pytest.raises(ValueError, match=r"https|public"):
        parse_url(url, is_public_only=True)


@pytest.mark.parametrize(
    "url",
    [
        *("", "hook", "example.com/hook", "//example.com/", "https://", "https:///hook"),
        *("http://example.com/", "ftp://example.com/", "file:///etc/passwd", "https://a..b/"),
        *("https://user@example.com/", "https://user:word@example.com/", "https://@example.com/"),
        *("https://example.com:0/", "https://example.com:99999/", "https://example.com:x/"),
        *("https://exa mple.com/", "https://example.com/\r\nX: y", "https://münchen.example/"),
        *("https://example.com/\\@evil", "https://[::1/", "https://example.com/" + "a" * 2000),
        *("HTTP://10.0.0.1/", "javascript:alert(1)", "https://example.com/\x7f"),
    ],
)
@pytest.mark.parametrize("is_public_only", [True, False])
def test_what_is_no_such_url_is_refused_in_words(url: str, is_public_only: bool) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_url(url, is_public_only=is_public_only)


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "10.0.0.1", "169.254.169.254", "[::1]", "[::ffff:10.0.0.1]", "[fe80::1]"),
        *("2130706433", "0x7f000001", "127.1", "0177.0.0.1", "0"),
    ],
)
def test_in_lambda_an_address_that_is_not_public_is_refused_when_it_is_set(host: str) -> None:
    with pytest.raises(ValueError, match="public"):
        parse_url(f"https://{host}/", is_public_only=True)


def looked_up(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        return [(2, 1, 6, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_a_name_of_which_any_address_is_private_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = parse_url("https://rebound.example/", is_public_only=True)
    looked_up(monkeypatch, "93.184.215.14", "169.254.169.254")
    with pytest.raises(ForbiddenAddressError, match=r"169\.254\.169\.254"):
        resolve(url, is_public_only=True)
    looked_up(monkeypatch, "93.184.215.14")
    assert resolve(url, is_public_only=True) == ("93.184.215.14", 443)


def test_http_to_localhost_that_is_no_loopback_is_not_called(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = parse_url("http://localhost/", is_public_only=False)
    looked_up(monkeypatch, "93.184.215.14")
    with pytest.raises(ForbiddenAddressError, match="https"):
        resolve(url, is_public_only=False)
