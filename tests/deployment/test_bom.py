"""The bill of materials names exactly what is in the zip and in the pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from chalicelib import __version__

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bill(package: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((package / "bom.json").read_text())
    return document


def test_it_is_what_cyclonedx_says_that_a_bill_is(package: Path) -> None:
    text = (package / "bom.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_every_package_in_the_zip_is_in_it_with_its_hashes(
    package: Path, bill: dict[str, Any]
) -> None:
    listed = {c["purl"]: c for c in bill["components"] if c["purl"].startswith("pkg:pypi/")}
    with ZipFile(package / "deployment.zip") as archive:
        found = [
            re.fullmatch(r"([^/]+)-([^-/]+)\.dist-info/METADATA", name)
            for name in archive.namelist()
        ]
    packed = {
        f"pkg:pypi/{re.sub('[-_.]+', '-', m[1]).lower()}@{m[2]}" for m in found if m is not None
    }
    assert listed.keys() >= packed
    assert len(listed) >= 5
    assert all(component["hashes"] for component in listed.values())


def test_what_the_pages_are_built_of_is_in_it(bill: dict[str, Any]) -> None:
    packages = json.loads((ROOT / "package.json").read_text())["dependencies"]
    purls = {component["purl"] for component in bill["components"]}
    assert {f"pkg:npm/{name}@{version}" for name, version in packages.items()} <= purls


def test_it_says_of_which_release_it_is(bill: dict[str, Any]) -> None:
    described = bill["metadata"]["component"]
    assert (described["name"], described["version"]) == ("agent-metrics", __version__)
