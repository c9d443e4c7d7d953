"""Questions that cannot be answered are refused with words that help."""

from __future__ import annotations

import pytest

from tests.lambda_client import LambdaClient

PATHS = ["/api/v1/metrics", "/api/v1/agents/tester/metrics"]
PATHS += ["/api/v1/agents/tester/versions/1.0.2/metrics"]
LONG = "from=1970-01-01T00:00:00Z&to=9999-12-31T00:00:00Z"


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("form=2026-01-01T00:00:00Z", ["form", "unknown"]),
        ("from=2026-01", ["from", "RFC 3339", "2026-01-31T12:00:00Z"]),
        ("from=2026-01-01T00:00:00", ["from", "offset"]),
        ("from=2026-02-30T00:00:00Z", ["from", "not a time that exists"]),
        ("to=1969-12-31T23:59:59Z", ["to", "1970 to 9999"]),
        ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", ["'from' is later than 'to'"]),
        ("from=2026-01-01T00:00:00Z&from=2026-01-01T00:00:00Z", ["more than once", "from"]),
        ("interval=minute", ["interval", "hour", "day", "week", "month"]),
        ("interval=", ["interval"]),
        ("tz=Mars/Olympus", ["tz", "Mars/Olympus", "Europe/Berlin"]),
        ("tz=America", ["tz"]),
        ("tz=../../etc/passwd", ["tz"]),
        ("tz=%2B05:30", ["tz"]),
        ("group_by=agents", ["group_by", "project", "initiator"]),
        ("stale_after=soon", ["stale_after", "duration"]),
        ("stale_after=-1h", ["stale_after", "never negative"]),
        ("stale_after=0s", ["stale_after", "longer than nothing"]),
        ("stale_after=100000h", ["stale_after", "3660 days"]),
        (f"interval=hour&{LONG}", ["buckets", "longer interval", "shorter range"]),
        (f"interval=month&{LONG}", ["buckets", "longer interval", "shorter range"]),
        (
            "interval=hour&from=2026-01-01T00:00:00Z&to=2026-12-01T00:00:00Z",
            ["8016 buckets", "5000"],
        ),
    ],
)
def test_a_bad_question_says_what_is_wrong_with_it(
    client: LambdaClient, runs_path: str, path: str, query: str, words: list[str]
) -> None:
    answer = client.get(f"{path}?{query}")
    assert (answer.status, answer.json["code"]) == (400, "invalid_query")
    for word in words:
        assert word in answer.json["detail"]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/api/v1/agents/nobody/metrics", "agent_not_found"),
        ("/api/v1/agents/tester/versions/9/metrics", "version_not_found"),
        ("/api/v1/agents/tester/compare?base=1.0.2&candidate=9", "version_not_found"),
        ("/api/v1/agents/nobody/gate?base=1&candidate=2", "agent_not_found"),
    ],
)
def test_metrics_of_what_is_not_there_are_not_found(
    client: LambdaClient, runs_path: str, path: str, code: str
) -> None:
    answer = client.get(path)
    assert (answer.status, answer.json["code"]) == (404, code)


@pytest.mark.parametrize("route", ["compare", "gate"])
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("candidate=1", ["base"]),
        ("base=1", ["candidate"]),
        ("base=1.0.2&candidate=1.0.2", ["same version"]),
        ("base=1.0.2&candidate=9&interval=day", ["interval", "unknown"]),
    ],
)
def test_a_comparison_needs_two_versions(
    client: LambdaClient, runs_path: str, route: str, query: str, words: list[str]
) -> None:
    answer = client.get(f"/api/v1/agents/tester/{route}?{query}")
    assert (answer.status, answer.json["code"]) == (400, "invalid_query")
    for word in words:
        assert word in answer.json["detail"]


@pytest.mark.parametrize(
    "limit",
    [
        *("max_success_rate_drop=-0.1", "max_success_rate_drop=2", "max_p95_increase=nan"),
        *("max_p95_increase=inf", "max_mean_cost_increase=10%25", "min_runs=0", "min_runs=1.5"),
    ],
)
def test_a_gates_limits_are_checked(client: LambdaClient, runs_path: str, limit: str) -> None:
    answer = client.get(f"/api/v1/agents/tester/gate?base=1.0.2&candidate=9&{limit}")
    assert (answer.status, answer.json["code"]) == (400, "invalid_query")
    assert limit.partition("=")[0] in answer.json["detail"]


@pytest.mark.parametrize(
    "query", ["group_by=model&tool=bash", "model=a&tool=b", "status=a&model=b"]
)
def test_what_does_not_go_together_says_what_does(client: LambdaClient, query: str) -> None:
    answer = client.get(f"/api/v1/metrics?{query}")
    assert (answer.status, answer.json["code"]) == (400, "combination_not_supported")
