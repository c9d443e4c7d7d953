from __future__ import annotations

import json

import pytest

from management import audit

CLEAN = {"name": "pymongo", "version": "4.20.0", "vulns": []}
VULNERABLE = {
    "name": "click",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}, {"id": "PYSEC-2", "fix_versions": []}],
}
SKIPPED = {"name": "agent-metrics", "skip_reason": "not on the index"}


def test_a_vulnerable_pin_fails_the_audit(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.judge(1, json.dumps({"dependencies": [CLEAN, VULNERABLE]}), "Found 2") == 1
    assert capsys.readouterr().out.splitlines() == [
        "click 1.0: PYSEC-1, fixed in 1.1",
        "click 1.0: PYSEC-2, fixed in no version yet",
        "audit: 2 known vulnerabilities in 2 packages",
    ]


def test_clean_pins_pass(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.judge(0, json.dumps({"dependencies": [CLEAN, SKIPPED]}), "") == 0
    assert capsys.readouterr().out == "audit: 0 known vulnerabilities in 2 packages\n"


@pytest.mark.parametrize(
    "errors",
    [
        "Traceback …\nrequests.exceptions.ConnectionError: Failed to resolve 'api.osv.dev'\n",
        "Traceback …\nrequests.exceptions.ReadTimeout: HTTPSConnectionPool(…)\n",
        "Traceback …\nrequests.exceptions.ProxyError: …\n",
        "Traceback …\npip_audit._service.interface.ServiceError\n",
        "ERROR: Could not connect …\nERROR: Tip: your network may be blocking this service.\n",
    ],
)
def test_without_a_network_the_audit_says_so_in_one_line_and_passes(
    errors: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.judge(1, "", errors) == 0
    written = capsys.readouterr()
    assert written.out.count("\n") == 1
    assert "not checked" in written.out
    assert written.err == ""


@pytest.mark.parametrize("code", [0, 1, 2])
def test_an_audit_that_broke_is_not_taken_for_a_clean_one(
    code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    errors = "ERROR: ConnectionError is only mentioned here\nERROR: not a requirements file"
    assert audit.judge(code, "", errors) != 0
    assert "not a requirements file" in capsys.readouterr().err


NPM_CLEAN = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 101}}}
NPM_FOUND = {
    "vulnerabilities": {
        "outer": {"range": "*", "severity": "high", "via": ["inner"]},
        "inner": {"range": "<2", "severity": "high", "via": [{"title": "it runs what it reads"}]},
    },
    "metadata": {"dependencies": {"total": 101}},
}


def test_npm_packages_are_audited_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.judge_npm(json.dumps(NPM_CLEAN), "") == 0
    assert audit.judge_npm(json.dumps(NPM_FOUND), "") == 1
    assert capsys.readouterr().out.splitlines() == [
        "audit: 0 known vulnerabilities in 101 npm packages",
        "inner <2: high, it runs what it reads",
        "outer *: high, ['inner']",
        "audit: 2 known vulnerabilities in 101 npm packages",
    ]


@pytest.mark.parametrize(
    ("output", "errors"),
    [
        ('{"message": "405 Method Not Allowed", "statusCode": 405}', "npm error audit endpoint"),
        ('{"error": {"code": "ENOTFOUND"}}', "npm error network"),
        ("", "npm error code ECONNREFUSED"),
    ],
)
def test_a_registry_that_answers_no_audits_is_said_in_one_line(
    output: str, errors: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.judge_npm(output, errors) == 0
    assert capsys.readouterr().out.count("\n") == 1


@pytest.mark.parametrize("output", ["", "{}", '{"error": {"code": "ENOLOCK"}}'])
def test_an_audit_of_npm_that_broke_is_not_taken_for_a_clean_one(output: str) -> None:
    assert audit.judge_npm(output, "npm error: no lock file") != 0
