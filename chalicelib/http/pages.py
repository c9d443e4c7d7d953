"""Pages for people over HTTP: strict about what they may do, and cached as long as they hold."""

from __future__ import annotations

import hashlib

from chalicelib.errors import RouteNotFound
from chalicelib.http.calls import Call
from chalicelib.http.replies import Reply
from chalicelib.pages import Bundle

# Nothing but this origin's own files and API. Trusted Types forbid every way of turning text
# into markup, so that an agent's name stays a text whatever a later change forgets.
CONTENT_SECURITY_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}
SECURITY_HEADERS = {
    "Content-Security-Policy": "; ".join(
        f"{directive} {sources}" for directive, sources in CONTENT_SECURITY_POLICY.items()
    ),
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    # Browsers take it over HTTPS only, so a service on this machine is not affected.
    "Strict-Transport-Security": "max-age=31536000",
    "X-Frame-Options": "DENY",
}
_UNTIL_IT_CHANGES = "public, max-age=31536000, immutable"


def page_reply(call: Call, bundle: Bundle, name: str) -> Reply:
    """The page whose address ends with `name`; 304 for a browser that has it already."""
    # Browsers resolve relative addresses against the last slash of the page's own.
    base = bundle.release if call.address.endswith("/") else f"{name}/{bundle.release}"
    page = bundle.render_page(base)
    tag = f'"{hashlib.sha256(page.encode()).hexdigest()[:32]}"'
    headers = {**SECURITY_HEADERS, "Cache-Control": "no-cache", "ETag": tag}
    known = tag in call.headers.get("if-none-match", "")
    return Reply("" if known else page, 304 if known else 200, headers, "text/html; charset=utf-8")


def asset_reply(bundle: Bundle, release: str, file: str) -> Reply:
    """A file of a page. Its address holds the hash of all files, so it never expires.

    Raises RouteNotFound for what is not, or no longer, there.
    """
    asset = bundle.assets.get(file)
    if asset is None or release != bundle.release:
        raise RouteNotFound("the page has no such file: load it again")
    headers = {**SECURITY_HEADERS, "Cache-Control": _UNTIL_IT_CHANGES}
    return Reply(asset.text, 200, headers, asset.content_type)
