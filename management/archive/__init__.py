"""A database as a directory of files, and back: `manage.py backup` and `manage.py restore`.

The files are those of mongodump (`NAME.bson`, one document after the other), so that mongorestore
reads them too; `backup.json` says of what they are, and what their contents have to be.

manifest.py   `backup.json`
saving.py     from the database to the files, beside traffic
loading.py    from the files to an empty database
"""

from management.archive.loading import RestoreError, restore_database
from management.archive.manifest import ManifestError, read_manifest
from management.archive.saving import save_database

__all__ = [
    "ManifestError",
    "RestoreError",
    "read_manifest",
    "restore_database",
    "save_database",
]
