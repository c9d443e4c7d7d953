"""The HTTP API of a service as functions, and the options that say which service."""

from management.api.client import ApiClient, ApiError, ApiUnreachableError
from management.api.service import connect, service_options

__all__ = ["ApiClient", "ApiError", "ApiUnreachableError", "connect", "service_options"]
