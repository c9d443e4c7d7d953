"""The service on one's own machine: an HTTP server that calls the app as Lambda does."""

from management.serving.server import MAX_READ_BYTES, LocalServer
from management.serving.upkeep_timer import UpkeepTimer

__all__ = ["MAX_READ_BYTES", "LocalServer", "UpkeepTimer"]
