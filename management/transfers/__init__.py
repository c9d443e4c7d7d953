"""Runs on their way to a service and from it: in batches, tried again, shown beforehand."""

from management.transfers.downloads import Download, DownloadError, open_download
from management.transfers.preview import preview
from management.transfers.uploads import Item, Tally, upload

__all__ = [
    "Download",
    "DownloadError",
    "Item",
    "Tally",
    "open_download",
    "preview",
    "upload",
]
