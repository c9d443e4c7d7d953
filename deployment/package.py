"""`make package`: what CloudFormation deploys, as sam.json and deployment.zip.

Chalice makes both; this makes sure that every pinned package is in the zip, makes the zip start
fast (archive.py) and adds what API Gateway answers by itself (gateway.py).
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

import click

from chalicelib import __version__
from deployment.archive import ArchiveError, rebuild
from deployment.bom import write_bom
from deployment.gateway import add_answers
from deployment.prices import write_prices

ROOT = Path(__file__).parents[1]
SOURCES = ("app.py", "chalicelib", ".chalice")
# What is shipped; of the second what it needs is in Lambda's own runtime.
REQUIREMENTS = ("requirements.txt", "requirements-aws.txt")
UNWANTED = shutil.ignore_patterns("__pycache__", "*.pyc", "deployed", "deployments", "venv")
# Lambda's python3.11 has glibc 2.26, its later ones 2.34.
_PLATFORMS = [f"manylinux_2_{minor}_x86_64" for minor in range(26, 16, -1)] + [
    "manylinux2014_x86_64"
]
_PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_DIST_INFO = re.compile(r"([^/]+)-([^-/]+)\.dist-info/METADATA")


class PackagingError(Exception):
    """The package cannot be made; the text says why."""


@click.command()
@click.option("--stage", default="dev", show_default=True, help="A stage of .chalice/config.json.")
@click.option("--out", type=click.Path(path_type=Path), default="build", show_default=True)
def main(stage: str, out: Path) -> None:
    """Make sam.json and deployment.zip for a stage."""
    try:
        make_package(stage, out)
    except (PackagingError, ArchiveError) as error:
        raise click.ClickException(str(error)) from error
    size_mb = (out / "deployment.zip").stat().st_size / 1e6
    click.echo(f"{out}/sam.json and {out}/deployment.zip ({size_mb:.1f} MB), for stage {stage}")


def make_package(stage: str, out: Path, *, plain: bool = False) -> None:
    """Write sam.json, deployment.zip and bom.json of a stage into the folder `out`.

    `plain` leaves the zip as Chalice makes it, to measure against. Raises PackagingError and
    ArchiveError.
    """
    _check_stage(stage)
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        project = Path(name) / "project"
        _copy_sources(project)
        write_prices(project)
        made = project / "out"
        _run_chalice(project, stage, made)
        check_contents(made / "deployment.zip", (project / "requirements.txt").read_text())
        if plain:
            shutil.copy(made / "deployment.zip", out / "deployment.zip")
        else:
            rebuild(made / "deployment.zip", out / "deployment.zip")
        template = json.loads((made / "sam.json").read_text())
    add_answers(template)
    (out / "sam.json").write_text(json.dumps(template, indent=2) + "\n")
    write_bom(ROOT, read_requirements(ROOT), out / "bom.json", __version__)


def check_contents(zip_file: Path, requirements: str) -> None:
    """Raises PackagingError unless the zip has exactly the pinned packages.

    Chalice only warns of a package that has no wheel for Lambda, and leaves it out.
    """
    with ZipFile(zip_file) as archive:
        found = {
            _normalise(*m.groups()) for m in map(_DIST_INFO.fullmatch, archive.namelist()) if m
        }
    pinned = {_normalise(name, version) for name, version in _PINNED.findall(requirements)}
    if found != pinned:
        missing, unasked = sorted(pinned - found), sorted(found - pinned)
        raise PackagingError(
            f"the zip does not hold what is pinned: missing {missing or 'nothing'},"
            f" unasked for {unasked or 'nothing'}"
        )


def _normalise(name: str, version: str) -> str:
    return f"{re.sub(r'[-_.]+', '-', name).lower()}=={version}"


def _check_stage(stage: str) -> None:
    config: dict[str, Any] = json.loads((ROOT / ".chalice" / "config.json").read_text())
    if stage not in config["stages"]:
        raise PackagingError(f"'{stage}' is no stage; there are {', '.join(config['stages'])}")


def _copy_sources(project: Path) -> None:
    """A copy without what lies about: Chalice takes every file that it finds in chalicelib."""
    project.mkdir()
    for name in SOURCES:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, project / name, ignore=UNWANTED)
        else:
            shutil.copy(source, project / name)
    (project / "requirements.txt").write_text(read_requirements(ROOT))


def read_requirements(root: Path) -> str:
    """All that the zip holds, pinned."""
    return "".join((root / name).read_text() for name in REQUIREMENTS)


def _run_chalice(project: Path, stage: str, out: Path) -> None:
    command = [str(Path(sys.executable).with_name("chalice")), "--project-dir", str(project)]
    command += ["package", "--stage", stage, "--merge-template", ".chalice/resources.json"]
    done = subprocess.run(
        [*command, str(out)],
        cwd=project,
        env=_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (out / "deployment.zip").exists():
        raise PackagingError(f"chalice package failed:\n{done.stdout}{done.stderr}".rstrip())


def _environment() -> dict[str, str]:
    """Chalice's environment: settings for the pip that it calls, twice.

    First it asks for requirements.txt, then by bare name for what does not run on Lambda. Told
    which platform is meant, the first suffices; the second, which knows of no hashes, is
    refused. So every wheel is one whose hash is pinned.
    """
    python = platform.python_version_tuple()
    return os.environ | {
        "PIP_REQUIRE_HASHES": "1",
        # What is pinned is all that is wanted: boto3 is in the runtime.
        "PIP_NO_DEPS": "1",
        "PIP_ONLY_BINARY": ":all:",
        "PIP_PLATFORM": " ".join(_PLATFORMS),
        "PIP_IMPLEMENTATION": "cp",
        "PIP_PYTHON_VERSION": ".".join(python[:2]),
        "PIP_ABI": f"cp{python[0]}{python[1]} abi3 none",
        # Chalice wants a region, though the template is the same for all of them, and would look
        # for credentials that it does not need.
        "AWS_DEFAULT_REGION": os.environ.get("AWS_DEFAULT_REGION", "us-east-1"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


if __name__ == "__main__":
    main()
