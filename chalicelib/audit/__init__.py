"""Who changed what: a record of every change that somebody asked for."""

from chalicelib.audit.reading import Wanted, list_records, present_record
from chalicelib.audit.recording import Author, Change, ChangedObject, Note, noting, recorded

__all__ = [
    "Author",
    "Change",
    "ChangedObject",
    "Note",
    "Wanted",
    "list_records",
    "noting",
    "present_record",
    "recorded",
]
