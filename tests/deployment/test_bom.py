"""The bill of materials names exactly what is in the zip and in the pages."""

from __future__ import annotations

import json
import re
from importlib.metadata import packages_distributions, version
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from chalicelib import __version__
from deployment.package import REQUIREMENTS

ROOT = Path(__file__).parents[2]
# At the top of the zip: our own files, and a folder without a name of its own.
OURS = {"app", "chalicelib", "requirements", "__pycache__", ""}


@pytest.fixture(scope="module")
def bill(package: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((package / "bom.json").read_text())
    return document


def test_it_is_what_cyclonedx_says_that_a_bill_is(package: Path) -> None:
    text = (package / "bom.json").read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_it_has_every_package_in_the_zip_and_no_other_with_its_hashes(
    package: Path, bill: dict[str, Any]
) -> None:
    """The zip has no metadata: whose a file at its top is, the same packages here say."""
    listed = {c["purl"]: c for c in bill["components"] if c["purl"].startswith("pkg:pypi/")}
    with ZipFile(package / "deployment.zip") as archive:
        tops = {name.partition("/")[0].partition(".")[0] for name in archive.namelist()}
    owners = packages_distributions()
    theirs = tops - OURS
    assert theirs <= owners.keys(), "files of no package that is installed here"
    packed = {purl_of(owner) for top in theirs for owner in owners[top] if is_pinned(owner)}
    assert listed.keys() == packed
    assert {"pymongo", "pydantic"} <= {component["name"] for component in listed.values()}
    assert all(component["hashes"] for component in listed.values())


def purl_of(distribution: str) -> str:
    return f"pkg:pypi/{normal(distribution)}@{version(distribution)}"


def is_pinned(distribution: str) -> bool:
    """Of several packages with files in one folder, such as `google`, one may be of tests only."""
    pins = "".join((ROOT / name).read_text() for name in REQUIREMENTS)
    return re.search(rf"^{normal(distribution)}==", pins, re.MULTILINE) is not None


def normal(distribution: str) -> str:
    return re.sub("[-_.]+", "-", distribution).lower()


def test_what_the_pages_are_built_of_is_in_it(bill: dict[str, Any]) -> None:
    packages = json.loads((ROOT / "package.json").read_text())["dependencies"]
    purls = {component["purl"] for component in bill["components"]}
    assert {f"pkg:npm/{name}@{version}" for name, version in packages.items()} <= purls


def test_it_says_of_which_release_it_is(bill: dict[str, Any]) -> None:
    described = bill["metadata"]["component"]
    assert (described["name"], described["version"]) == ("agent-metrics", __version__)
