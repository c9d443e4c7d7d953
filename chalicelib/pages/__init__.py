"""The files of the dashboard and of the API document, as browsers get them."""

from chalicelib.pages.assets import Bundle, api_page, dashboard

__all__ = [
    "Bundle",
    "api_page",
    "dashboard",
]
