"""Whether what is stored is sound: `manage.py verify`.

recount.py     what runs add up to, against what is kept of it
structure.py   documents that must be one, that belong to nobody, or that were bent by hand
merging.py     several documents that must be one, made one
"""

from management.verification.merging import merge_doubles
from management.verification.recount import Recount, recount
from management.verification.structure import find_flaws

__all__ = ["Recount", "find_flaws", "merge_doubles", "recount"]
