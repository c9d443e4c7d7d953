"""The bill of materials of what is deployed (CycloneDX): for who asks whether a package is in it.

Python packages are those that requirements.txt and requirements-aws.txt pin, with the hashes of the
files that may be installed; JavaScript is what package.json says that the pages are built of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)((?:[^\n]*\\\n)*[^\n]*)", re.MULTILINE)
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


def write_bom(root: Path, requirements: str, out: Path, version: str) -> None:
    """Write `out`, the bill of the service of this version, whose sources are in `root`.

    `requirements` pins what is shipped with it.
    """
    bom = Bom()
    bom.metadata.component = Component(
        name="agent-metrics", version=version, type=ComponentType.APPLICATION, bom_ref="service"
    )
    packages = json.loads((root / "package.json").read_text())["dependencies"]
    components = [
        *python_components(requirements),
        *javascript_components(packages),
    ]
    for component in components:
        bom.components.add(component)
    bom.register_dependency(bom.metadata.component, components)
    out.write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n")


def python_components(requirements: str) -> Iterator[Component]:
    for name, version, rest in _PINNED.findall(requirements):
        yield Component(
            name=name,
            version=version,
            purl=PackageURL("pypi", name=re.sub(r"[-_.]+", "-", name).lower(), version=version),
            bom_ref=f"pypi:{name}",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=h) for h in _HASH.findall(rest)],
        )


def javascript_components(packages: dict[str, str]) -> Iterator[Component]:
    for name, version in packages.items():
        scope, _, short = name.rpartition("/")
        purl = PackageURL("npm", namespace=scope or None, name=short, version=version)
        yield Component(name=name, version=version, purl=purl, bom_ref=f"npm:{name}")
