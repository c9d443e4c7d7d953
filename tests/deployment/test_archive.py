"""What is in the zip, and what is not."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import sysconfig
from pathlib import Path
from zipfile import ZipFile, ZipInfo

import pytest
from click.testing import CliRunner

from deployment import package as packaging
from deployment.archive import ArchiveError, rebuild
from deployment.package import PackagingError, check_contents, main, make_package

REQUIREMENTS = packaging.read_requirements(packaging.ROOT)
MAX_BYTES = 8_500_000
_MINOR = f"cpython-{sys.version_info[0]}{sys.version_info[1]}"
# The second field of a bytecode file: it is checked by hash, and that check is left out.
_UNCHECKED_HASH = 0b01


@pytest.fixture(scope="module")
def entries(package: Path) -> list[ZipInfo]:
    with ZipFile(package / "deployment.zip") as archive:
        return archive.infolist()


@pytest.fixture(scope="module")
def names(entries: list[ZipInfo]) -> set[str]:
    return {entry.filename for entry in entries}


@pytest.mark.parametrize(
    "module", ["pydantic_core/_pydantic_core", "bson/_cbson", "pymongo/_cmessage"]
)
def test_the_compiled_extensions_are_there(names: set[str], module: str) -> None:
    """Without the first nothing runs; without the others PyMongo runs at a fraction."""
    assert f"{module}.{_MINOR}-x86_64-linux-gnu.so" in names


def test_only_the_app_and_what_it_pins_are_there(names: set[str]) -> None:
    pinned = {
        name.replace("-", "_") for name in re.findall(r"^([\w-]+)==", REQUIREMENTS, re.MULTILINE)
    }
    modules = {
        "dnspython": {"dns"},
        "protobuf": {"google"},
        "pymongo": {"pymongo", "bson"},
    }
    expected = {"app", "chalice", "chalicelib", "__pycache__"}
    for name in pinned:
        expected |= modules.get(name, {name})
    assert {name.partition("/")[0].partition(".")[0] for name in names} == expected


def test_no_file_of_a_machine_or_a_test_is_there(names: set[str]) -> None:
    unwanted = re.compile(r"(^|/)(\.|tests?/|conftest|.*\.(pyo|c|h|pyi|dist-info)(/|$))")
    assert not [name for name in names if unwanted.search(name)]


def test_the_zip_is_small(package: Path) -> None:
    assert (package / "deployment.zip").stat().st_size < MAX_BYTES


def test_every_module_of_ours_has_bytecode_beside_it(task_root: Path) -> None:
    sources = {task_root / "app.py", *(task_root / "chalicelib").rglob("*.py")}
    assert set(task_root.rglob("*.py")) == sources
    for source in sources:
        assert (source.parent / "__pycache__" / f"{source.stem}.{_MINOR}.pyc").exists(), source


def test_libraries_are_bytecode_alone(task_root: Path) -> None:
    for name in ("pymongo", "pydantic", "dns", "google/protobuf"):
        assert (task_root / name / "__init__.pyc").exists()
        assert not list((task_root / name).rglob("__pycache__"))


def test_bytecode_is_not_checked_against_sources(task_root: Path) -> None:
    for compiled in task_root.rglob("*.pyc"):
        flags = int.from_bytes(compiled.read_bytes()[4:8], "little")
        assert flags == _UNCHECKED_HASH, compiled


def test_tracebacks_name_the_place_in_lambda(task_root: Path) -> None:
    compiled = task_root / "__pycache__" / f"app.{_MINOR}.pyc"
    assert b"/var/task/app.py" in compiled.read_bytes()


def test_the_app_starts_with_nothing_else(task_root: Path) -> None:
    """And imports neither what only some requests need nor what only Lambda's runtime has."""
    code = """
import json, sys
sys.path.insert(0, sys.argv[1])
import app
print(json.dumps({n: getattr(m, "__file__", None) for n, m in sys.modules.items()}))
"""
    command = [sys.executable, "-I", "-S", "-c", code, str(task_root)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    imported = json.loads(done.stdout)
    standard = (sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
    foreign = {
        name: file
        for name, file in imported.items()
        if file and not file.startswith((str(task_root), *standard))
    }
    assert not foreign
    assert not imported.keys() & {"boto3", "dns", "pydantic.fields", "pydantic.types"}


def test_a_connection_over_dns_finds_its_resolver(task_root: Path) -> None:
    """Atlas gives out addresses of the kind mongodb+srv://, which only dnspython can follow."""
    code = "import sys; sys.path.insert(0, sys.argv[1]); import pymongo, dns.resolver"
    command = [sys.executable, "-I", "-S", "-c", code, str(task_root)]
    assert subprocess.run(command, check=False).returncode == 0


def test_the_same_sources_give_the_same_bytes(package: Path, tmp_path: Path) -> None:
    """Even in another folder, another process and with another hash seed."""
    make_package("prod", tmp_path)
    for name in ("deployment.zip", "sam.json"):
        assert (tmp_path / name).read_bytes() == (package / name).read_bytes(), name


def test_stages_differ_in_their_template_alone(package: Path, dev_package: Path) -> None:
    """What was tried in dev is what goes to prod."""
    shipped = (package / "deployment.zip").read_bytes()
    assert (dev_package / "deployment.zip").read_bytes() == shipped
    assert (dev_package / "sam.json").read_bytes() != (package / "sam.json").read_bytes()


def test_a_module_that_does_not_compile_fails_the_package(tmp_path: Path) -> None:
    with ZipFile(tmp_path / "plain.zip", "w") as archive:
        archive.writestr("app.py", "def")
    with pytest.raises(ArchiveError, match=r"app\.py"):
        rebuild(tmp_path / "plain.zip", tmp_path / "deployment.zip")


def test_pruning_leaves_what_is_imported(tmp_path: Path) -> None:
    kept = {"app.py", "pydantic/__init__.py", "chalicelib/pages/static/page.html"}
    expected = {"app.py", "pydantic/__init__.pyc", "chalicelib/pages/static/page.html"}
    dropped = {
        "gridfs/__init__.py",
        "pydantic/v1/__init__.py",
        "pydantic/v1/deep/module.py",
        "pydantic/py.typed",
        "bson/_cbsonmodule.c",
        "x-1.0.dist-info/METADATA",
    }
    with ZipFile(tmp_path / "plain.zip", "w") as archive:
        for name in kept | dropped:
            archive.writestr(name, "")
    rebuild(tmp_path / "plain.zip", tmp_path / "deployment.zip")
    with ZipFile(tmp_path / "deployment.zip") as archive:
        assert {n for n in archive.namelist() if "__pycache__" not in n} == expected


def _zip_with(folder: Path, *packages: str) -> Path:
    path = folder / "plain.zip"
    with ZipFile(path, "w") as archive:
        for package in packages:
            archive.writestr(f"{package}.dist-info/METADATA", "")
    return path


PINS = "pydantic-core==2.50.4 \\\n    --hash=sha256:00\n# a comment==1\ntzdata==2026.6\n"


def test_the_pinned_packages_are_what_the_zip_must_hold(tmp_path: Path) -> None:
    check_contents(_zip_with(tmp_path, "pydantic_core-2.50.4", "tzdata-2026.6"), PINS)


@pytest.mark.parametrize(
    ("packages", "complaint"),
    [
        (["pydantic_core-2.50.4"], r"missing \['tzdata==2026\.6'\]"),
        (["pydantic_core-2.50.3", "tzdata-2026.6"], r"missing \['pydantic-core==2\.50\.4'\]"),
        (
            ["pydantic_core-2.50.4", "tzdata-2026.6", "pytest-9.0"],
            r"unasked for \['pytest==9\.0'\]",
        ),
    ],
)
def test_a_package_that_chalice_left_out_fails_the_build(
    tmp_path: Path, packages: list[str], complaint: str
) -> None:
    with pytest.raises(PackagingError, match=complaint):
        check_contents(_zip_with(tmp_path, *packages), PINS)


def test_a_wheel_with_another_hash_fails_the_build(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_sources = packaging._copy_sources

    def tamper(project: Path) -> None:
        copy_sources(project)
        path = project / "requirements.txt"
        path.write_text(re.sub(r"sha256:[0-9a-f]{8}", "sha256:00000000", path.read_text()))

    monkeypatch.setattr(packaging, "_copy_sources", tamper)
    with pytest.raises(PackagingError, match=r"(?i)hash"):
        make_package("prod", tmp_path)


def test_a_stage_that_is_not_there_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--stage=staging", f"--out={tmp_path}"])
    assert result.exit_code == 1
    assert "'staging' is no stage; there are dev, prod" in result.output
