"""What the commands about tokens take, and who runs them."""

from management.tokens.authors import author_of
from management.tokens.options import (
    ExpiryType,
    NameType,
    limit_options,
    name_argument,
    parse_expiry,
)

__all__ = [
    "ExpiryType",
    "NameType",
    "author_of",
    "limit_options",
    "name_argument",
    "parse_expiry",
]
