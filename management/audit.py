"""Known vulnerabilities of the pinned packages: `python -m management.audit`, for `make audit`.

pip-audit asks osv.dev about every pin, npm its registry about every package of package-lock.json.
A machine that cannot reach them skips the audit with one line, so that the checks run without a
network too.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

# The first repeats every pin of what is deployed and of what runs; a test compares.
LOCK_FILES = (Path("requirements-dev.txt"), Path("requirements-mongod.txt"))
TIMEOUT_S = 300
_NPM_UNREACHABLE = re.compile(r"ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EPROTO|CERT")
_UNREACHABLE = re.compile(
    r"Connection|Timeout|ProxyError|SSLError|ServiceError|network may be blocking"
)


def main() -> int:
    """The exit code: 1 for a vulnerable pin, 0 for none or when nobody could be asked."""
    return max(audit_python(), audit_javascript())


def audit_javascript() -> int:
    """What the pages are made of: npm asks its registry about every package of the lock file."""
    npm = shutil.which("npm")
    if npm is None:
        return skip("npm is not installed", "npm packages")
    command = [npm, "audit", "--json", "--package-lock-only"]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return skip(f"npm gave no answer within {TIMEOUT_S} s", "npm packages")
    return judge_npm(done.stdout, done.stderr)


def judge_npm(output: str, errors: str) -> int:
    """Say what npm found; the exit code for make."""
    try:
        answer = json.loads(output)
    except ValueError:
        answer = {}
    if "metadata" not in answer:
        # A mirror of the registry need not answer audits, and says so with a status of HTTP.
        if answer.get("statusCode") or _NPM_UNREACHABLE.search(output + errors):
            return skip("its registry cannot be asked", "npm packages")
        print(errors or output, file=sys.stderr)
        return 1
    found = [_describe_npm(*item) for item in sorted(answer["vulnerabilities"].items())]
    total = answer["metadata"]["dependencies"]["total"]
    print("\n".join([*found, f"audit: {len(found)} known vulnerabilities in {total} npm packages"]))
    return 1 if found else 0


def _describe_npm(name: str, found: dict[str, Any]) -> str:
    titles = [via["title"] for via in found["via"] if isinstance(via, dict)]
    through = [via for via in found["via"] if isinstance(via, str)]
    return f"{name} {found['range']}: {found['severity']}, {'; '.join(titles) or through}"


def audit_python() -> int:
    command = [sys.executable, "-m", "pip_audit", "--vulnerability-service=osv", "--disable-pip"]
    command += ["--require-hashes", "--progress-spinner=off", "--format=json"]
    command += [f"--requirement={lock}" for lock in LOCK_FILES]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return skip(f"no answer from osv.dev within {TIMEOUT_S} s")
    return judge(done.returncode, done.stdout, done.stderr)


def judge(code: int, output: str, errors: str) -> int:
    """Say what pip-audit found, from how it ended; the exit code for make."""
    try:
        pins = json.loads(output)["dependencies"]
    except ValueError:
        last = errors.strip().rpartition("\n")[2]
        if _UNREACHABLE.search(last):
            return skip("osv.dev cannot be reached")
        print(errors, file=sys.stderr)
        return code or 1
    found = [line for pin in pins for line in describe(pin)]
    print("\n".join([*found, f"audit: {len(found)} known vulnerabilities in {len(pins)} packages"]))
    return 1 if found else 0


def skip(reason: str, what: str = "packages") -> int:
    print(f"audit: {what} not checked for known vulnerabilities: {reason}")
    return 0


def describe(pin: dict[str, Any]) -> list[str]:
    return [
        f"{pin['name']} {pin['version']}: {found['id']}, fixed in "
        f"{', '.join(found['fix_versions']) or 'no version yet'}"
        for found in pin.get("vulns", ())
    ]


if __name__ == "__main__":
    sys.exit(main())
