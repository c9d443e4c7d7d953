"""`agent-metrics gate`: exit code 1 means "judged and refused", and nothing else ever does."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gateway as gw
import pytest
from running import ROOT, SOURCES, environment

from agent_metrics import Client
from agent_metrics.commands import main

OLD, WORSE, SAME, FEW = "1.0", "2.0|worse", "2.1-same", "3.0-few"


@pytest.fixture(scope="module")
def judged(service: str) -> str:
    """An agent whose versions differ in how often they fail."""
    agent = "gate/<agent>"
    with Client(url=service, agent=agent) as client:
        for version, runs, failed in ((OLD, 40, 2), (WORSE, 40, 20), (SAME, 40, 2), (FEW, 3, 0)):
            for n in range(runs):
                status = "failed" if n < failed else "ok"
                run = {"id": n, "status": status, "time_taken": "1m", "cost": 0.5}
                client.record(run, version=version)
        assert client.flush(30)
    return agent


@pytest.fixture
def gateway(service: str) -> Iterator[gw.Gateway]:
    with gw.gateway_to(service) as running:
        yield running


def arguments(url: str, agent: str, candidate: str, *more: str) -> list[str]:
    return ["gate", agent, "--url", url, "--base", OLD, "--candidate", candidate, *more]


def run(
    *given: str, stdout: Any = subprocess.PIPE, **variables: str
) -> subprocess.CompletedProcess[str]:
    """As a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "agent_metrics", *given],
        env=environment("", "", AGENT_METRICS_VERSION="", **variables),
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("candidate", "code", "last"),
    [
        (SAME, 0, "PASS: 2.1-same is no worse than 1.0 within these limits."),
        (WORSE, 1, "FAIL: 2.0|worse is worse than 1.0."),
        (FEW, 2, "UNDETERMINED: it could not be told whether 3.0-few is worse than 1.0."),
    ],
)
def test_the_exit_code_is_the_judgement(
    service: str, judged: str, capsys: Any, candidate: str, code: int, last: str
) -> None:
    assert main(arguments(service, judged, candidate)) == code
    said = capsys.readouterr()
    assert said.out.splitlines()[-1] == last
    assert said.out.split()[:6] == ["check", "base", "candidate", "change", "limit", "result"]
    assert said.err == ""


def test_the_environment_says_what_is_left_out(
    service: str, judged: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.setenv("AGENT_METRICS_URL", service)
    monkeypatch.setenv("AGENT_METRICS_AGENT", judged)
    monkeypatch.setenv("AGENT_METRICS_VERSION", SAME)
    assert main(["gate", "--base", OLD]) == 0
    assert main(["gate", "--base", WORSE]) == 0


def test_limits_are_passed_on(service: str, judged: str, capsys: Any) -> None:
    limits = ("--max-success-rate-drop=0.5", "--max-p95-increase=0", "--max-mean-cost-increase=0")
    assert main(arguments(service, judged, WORSE, "--json", *limits)) == 0
    answer = json.loads(capsys.readouterr().out)
    assert {check["limit"] for check in answer["checks"]} >= {0.5, 0}
    assert main(arguments(service, judged, FEW, "--min-runs=3")) == 0
    old = ("--min-runs=3", "--to=2020-01-01T00:00:00Z")
    assert main(arguments(service, judged, FEW, *old)) == 2
    assert main(arguments(service, judged, SAME, "--query", "max_p95_increase=0.3")) == 0


@pytest.mark.parametrize("candidate", [SAME, WORSE, FEW])
def test_junit_and_github_have_every_check(
    service: str, judged: str, tmp_path: Path, monkeypatch: Any, capsys: Any, candidate: str
) -> None:
    summary, junit = tmp_path / "summary.md", tmp_path / "junit.xml"
    summary.write_text("before\n")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))

    code = main(arguments(service, judged, candidate, "--github", f"--junit={junit}", "--json"))

    checks = json.loads(capsys.readouterr().out)["checks"]
    suites = ET.fromstring(junit.read_text("utf-8"))  # noqa: S314 - our own
    cases = suites.findall("./testsuite/testcase")
    assert [case.get("name") for case in cases] == [check["name"] for check in checks]
    bad = {"fail": "failure", "undetermined": "error", "skipped": "skipped"}
    for case, check in zip(cases, checks):
        assert [child.tag for child in case] == [bad[s] for s in [check["status"]] if s in bad]
    assert int(suites.get("failures", "")) == sum(c["status"] == "fail" for c in checks)
    text = summary.read_text("utf-8")
    assert text.startswith("before\n### ")
    assert "gate/&lt;agent&gt;" in text
    assert all(check["name"].replace("_", r"\_") in text for check in checks)
    table = [line for line in text.splitlines() if line.startswith("|")]
    assert {line.replace(r"\|", "").count("|") for line in table} == {7}
    assert code == {SAME: 0, WORSE: 1, FEW: 2}[candidate]


def test_the_formats_can_be_printed_as_well(service: str, judged: str, capsys: Any) -> None:
    assert main(arguments(service, judged, SAME, "--format=junit")) == 0
    ET.fromstring(capsys.readouterr().out)  # noqa: S314 - our own
    assert main(arguments(service, judged, SAME, "--format=github", "--github")) == 0
    said = capsys.readouterr()
    assert said.out.startswith("### ")
    assert "GITHUB_STEP_SUMMARY" in said.err


@pytest.mark.parametrize(
    ("agent", "candidate", "more", "words"),
    [
        ("nobody", SAME, (), "agent_not_found: "),
        ("gate/<agent>", "9.9", (), "version_not_found: "),
        ("gate/<agent>", OLD, (), "same version"),
        ("gate/<agent>", SAME, ("--from=yesterday",), "RFC 3339"),
        ("gate/<agent>", SAME, ("--query=colour=red",), "colour"),
        ("gate/<agent>", SAME, ("--token=amt_é",), "the token contains"),
        ("gate/<agent>", SAME, ("--url=gopher://x",), "not usable"),
        ("gate/<agent>", SAME, ("--url=",), "not usable"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence_and_never_a_judgement(
    service: str,
    judged: str,
    capsys: Any,
    agent: str,
    candidate: str,
    more: tuple[str, ...],
    words: str,
) -> None:
    if more == ("--url=",):
        words = "which service"
    assert main(arguments(service, agent, candidate, *more)) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert words in said.err.replace("\\xe9", "é")


@pytest.mark.parametrize(
    "more",
    [("--min-runs=0",), ("--max-success-rate-drop=2",), ("--max-p95-increase=nan",), ("--colour",)],
)
def test_options_that_make_no_sense_are_named(
    service: str, judged: str, capsys: Any, more: tuple[str, ...]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments(service, judged, SAME, *more))
    assert ended.value.code == 2
    assert more[0].partition("=")[0] in capsys.readouterr().err


@pytest.mark.parametrize(
    "fault",
    [
        gw.garbage(b"{}"),
        gw.garbage(b'{"pass": true, "status": "pass"}'),
        gw.garbage(b'{"pass": true, "status": "pass", "checks": []}'),
        gw.garbage(b'{"pass": false, "status": "fail", "checks": [1]}'),
        gw.garbage(b'{"pass": true, "status": "fail", "checks": [{"status": "fail"}]}'),
        gw.garbage(b'{"pass": false, "status": ["fail"], "checks": [{"status": "fail"}]}'),
        gw.garbage(b'{"pass": true, "status": "pass", "checks": [{"status": {}}]}'),
        gw.garbage(b'{"pass": true, "status": "pass", "checks": "pass"}'),
        gw.garbage(b'{"pass": false, "status": "fail", "ch', Content_Encoding="gzip"),
        gw.garbage(b"<html>Welcome</html>"),
        gw.garbage(b'"fail"'),
        gw.not_http,
        gw.cut_off,
        gw.hang_up,
        gw.status(503, Retry_After="0"),
    ],
)
def test_an_answer_that_is_no_judgement_is_none(
    gateway: gw.Gateway, judged: str, capsys: Any, fault: gw.Fault
) -> None:
    gateway.always = fault
    assert main(arguments(gateway.url, judged, SAME)) == 3
    said = capsys.readouterr()
    assert (said.out, said.err.count("\n")) == ("", 1)


def test_little_but_enough_is_a_judgement(
    gateway: gw.Gateway, judged: str, capsys: Any, tmp_path: Path
) -> None:
    gateway.always = gw.garbage(
        b'{"pass": false, "status": "fail", "more": 1, "checks": [{"status": "fail", "limit": []}]}'
    )
    assert main(arguments(gateway.url, judged, SAME, f"--junit={tmp_path / 'x.xml'}")) == 1
    assert "FAIL: " in capsys.readouterr().out


@pytest.mark.parametrize(
    ("variables", "code", "words"),
    [
        ({"NO_PROXY": "localhost,fe80::/10"}, 0, ""),
        ({"NO_PROXY": "localhost,fe80::/10", "HTTP_PROXY": "http://proxy:port"}, 0, ""),
        ({"HTTP_PROXY": "socks5://127.0.0.1:9", "ALL_PROXY": "socks4://x"}, 0, ""),
        ({"SSL_CERT_FILE": "/nowhere/ca.pem", "REQUESTS_CA_BUNDLE": "/nowhere"}, 0, ""),
    ],
)
def test_settings_that_a_browser_can_live_with_break_nothing(
    service: str, judged: str, variables: dict[str, str], code: int, words: str
) -> None:
    done = run(*arguments(service, judged, SAME), **variables)
    assert (done.returncode, done.stderr) == (code, words)


@pytest.mark.parametrize(
    ("url", "variables", "words"),
    [
        ("http://metrics.invalid", {}, "its host's name is not known"),
        ("http://metrics.invalid", {"HTTP_PROXY": "http://proxy:port"}, "HTTP_PROXY names a proxy"),
        ("http://metrics.invalid", {"http_proxy": "socks4://127.0.0.1"}, "http_proxy names a"),
        ("http://metrics.invalid", {"ALL_PROXY": "socks5h://127.0.0.1:9"}, "refused"),
        ("https://metrics.invalid", {"HTTPS_PROXY": "http://127.0.0.1:9"}, "refused"),
        ("https://127.0.0.1:9", {"SSL_CERT_FILE": "/nowhere/ca.pem"}, "/nowhere/ca.pem"),
        ("https://127.0.0.1:9", {}, "refused"),
        ("http://127.0.0.1:9", {}, "refused"),
    ],
)
def test_a_service_that_cannot_be_reached_has_a_code_of_its_own(
    url: str, variables: dict[str, str], words: str
) -> None:
    done = run(*arguments(url, "a", SAME), **variables)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (3, "", 1)
    assert words in done.stderr


def test_https_where_there_is_none(gateway: gw.Gateway) -> None:
    done = run(*arguments(gateway.url.replace("http:", "https:"), "a", SAME))
    assert (done.returncode, done.stderr.count("\n")) == (3, 1)


def test_a_full_disk_behind_stdout(service: str, judged: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = run(*arguments(service, judged, SAME), stdout=full)
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)
    assert "cannot be written" in done.stderr


def test_a_report_that_cannot_be_written(service: str, judged: str, tmp_path: Path) -> None:
    done = run(*arguments(service, judged, SAME, f"--junit={tmp_path}"))
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)


def test_a_terminal_that_knows_no_other_letters(service: str, judged: str) -> None:
    done = run(*arguments(service, judged, SAME, "--format=github"), PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, "")
    assert "\\u2705" in done.stdout


def test_an_interrupt_is_no_judgement(gateway: gw.Gateway, judged: str) -> None:
    gateway.always = gw.late(5)
    process = subprocess.Popen(
        [sys.executable, "-m", "agent_metrics", *arguments(gateway.url, judged, SAME)],
        env=environment("", ""),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        while not gateway.requests:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err.count("\n")) == (130, "", 1)


def test_manage_py_has_the_same_gate(service: str, judged: str) -> None:
    own = ROOT / ".venv" / "bin" / "python"
    if not own.exists():
        pytest.skip("the repository has no environment of its own here")
    for candidate, code in ((SAME, 0), (WORSE, 1), (FEW, 2)):
        given = ["gate", service, judged, f"--base={OLD}", f"--candidate={candidate}"]
        done = subprocess.run(
            [str(own), "manage.py", *given],
            cwd=ROOT,
            env={k: v for k, v in environment("", "").items() if k != "PYTHONPATH"},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (code, "")
    assert SOURCES.is_dir()
