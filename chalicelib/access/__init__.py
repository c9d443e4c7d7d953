"""Who is calling, and what a token is: its text, and how it is kept."""

from chalicelib.access.authentication import Scope, authenticate
from chalicelib.access.open_service import check_browser
from chalicelib.access.stored_tokens import (
    TokenNameTakenError,
    TokenScope,
    any_token,
    create_token,
    ensure_names_are_unique,
    find_token_named,
    limit_token,
    list_tokens,
    revoke_token,
    rotate_token,
)

__all__ = [
    "Scope",
    "TokenNameTakenError",
    "TokenScope",
    "any_token",
    "authenticate",
    "check_browser",
    "create_token",
    "ensure_names_are_unique",
    "find_token_named",
    "limit_token",
    "list_tokens",
    "revoke_token",
    "rotate_token",
]
