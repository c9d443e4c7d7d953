"""ES modules as one file: a page then asks for one script, not for forty.

On Lambda every file is an invocation, and a new AWS account runs ten at a time: the burst of a
browser that loads forty modules would be throttled. So the modules are joined as they are read,
each within a function of its own, in the plain style that this project writes them in.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_IMPORT = re.compile(r'^import \{([\w$,\s]+)\} from "\./(\w+)\.js";$', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const) ([\w$]+))", re.MULTILINE)
_LEFT_OVER = re.compile(r"^(?:import|export)\b.*$", re.MULTILINE)


def join_modules(sources: Mapping[str, str], entry: str) -> str:
    """The script that does what the module `entry` does, of `sources` by name without ".js".

    Raises ValueError for an import or export of another form, for modules that import each
    other in a circle, and for an import of a module that is not there.
    """
    joined: dict[str, str] = {}
    _join(entry, sources, joined, ())
    return "\n".join(joined.values())


def _join(
    name: str, sources: Mapping[str, str], joined: dict[str, str], importers: tuple[str, ...]
) -> None:
    if name in importers:
        raise ValueError(f"modules import each other: {' -> '.join((*importers, name))}")
    if name in joined:
        return
    if name not in sources:
        raise ValueError(f"there is no module {name}.js, which {importers[-1]}.js imports")
    for _, imported in _IMPORT.findall(sources[name]):
        _join(imported, sources, joined, (*importers, name))
    joined[name] = _enclose(name, sources[name])


def _enclose(name: str, source: str) -> str:
    exported = ", ".join(_EXPORT.findall(source))
    body = _EXPORT.sub("", _IMPORT.sub(r"const {\1} = module_\2;", source))
    strange = _LEFT_OVER.search(body)
    if strange:
        raise ValueError(f"{name}.js: cannot join '{strange[0]}'")
    return f"const module_{name} = (() => {{\n{body}\nreturn {{ {exported} }};\n}})();"
