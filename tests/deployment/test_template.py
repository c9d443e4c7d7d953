"""What CloudFormation is told: checked by cfn-lint, and against what the service promises."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from cfnlint.api import lint_all

import app  # noqa: F401 - registers the routes
from chalicelib.config import Settings
from chalicelib.http import ENDPOINTS
from deployment.gateway import ANSWERS, ANY_METHOD, BINARY_TYPES

Document = dict[str, Any]
ROOT = Path(__file__).parents[2]
CONFIG = json.loads((ROOT / ".chalice" / "config.json").read_text())
FUNCTIONS = ("APIHandler", "Rollup")
# Beside its pool, a process keeps one connection to each of three members to watch them. For a
# while after a deployment the processes before it linger.
MONITORS = 3
GENERATIONS = 2
ATLAS_CONNECTIONS = {"dev": 500, "prod": 1500}


@pytest.fixture(scope="module")
def resources(template: Document) -> Document:
    found: Document = template["Resources"]
    return found


@pytest.fixture(scope="module")
def paths(resources: Document) -> Document:
    found: Document = resources["RestAPI"]["Properties"]["DefinitionBody"]["paths"]
    return found


def properties(resources: Document, name: str) -> Document:
    found: Document = resources[name]["Properties"]
    return found


def lint(text: str) -> list[str]:
    """Its errors and warnings; what it has to tell besides (I) is not asked for by default."""
    return [str(found) for found in lint_all(text) if not found.rule.id.startswith("I")]


@pytest.mark.parametrize("name", ["package", "dev_package"])
def test_cfn_lint_finds_nothing_in_a_stage(name: str, request: pytest.FixtureRequest) -> None:
    assert not lint((request.getfixturevalue(name) / "sam.json").read_text())


def test_cfn_lint_finds_nothing_in_what_sets_an_account_up() -> None:
    assert not lint((ROOT / "deployment" / "bootstrap.json").read_text())


def test_each_position_of_a_path_has_one_variable_name(paths: Document) -> None:
    """API Gateway refuses a second one; chalice's local server does not notice."""
    seen: dict[str, str] = {}
    for path in paths:
        segments = path.split("/")
        for place, segment in enumerate(segments):
            if segment.startswith("{"):
                before = "/".join(re.sub(r"\{.*?\}", "{}", s) for s in segments[:place])
                assert seen.setdefault(before, segment) == segment, path


def test_every_route_is_in_the_template(paths: Document) -> None:
    """With HEAD wherever there is GET: monitors send nothing else."""
    served = {(e.method.lower(), e.path) for e in ENDPOINTS}
    asked_for = {("head", path) for method, path in served if method == "get"}
    made = {(method, path) for path, methods in paths.items() for method in methods}
    known = {path for _, path in served}
    beside = {(method, path) for path in known for method in ("options", ANY_METHOD)}
    assert made == served | asked_for | beside


def test_the_function_answers_every_operation(paths: Document) -> None:
    for path, operations in paths.items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            assert integration["type"] == "aws_proxy", (method, path)
            assert "${APIHandler.Arn}" in integration["uri"]["Fn::Sub"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_is_as_config_json_says(resources: Document, name: str) -> None:
    """Chalice overlooks a misspelt key without a word."""
    function = properties(resources, name)
    assert function["MemorySize"] == CONFIG["lambda_memory_size"] >= 512
    assert function["Tracing"] == "PassThrough"
    assert function["Runtime"].startswith("python3.1")
    variables = function["Environment"]["Variables"]
    assert variables == {"MONGODB_POOL_SIZE": "2", "MONGODB_SECRET_ID": "agent-metrics/prod"}
    assert {name.lower() for name in variables} <= set(Settings._fields)


def test_requests_end_before_api_gateway_stops_waiting(resources: Document) -> None:
    assert properties(resources, "APIHandler")["Timeout"] == CONFIG["lambda_timeout"] < 29


def test_the_rollup_function_has_a_time_of_its_own(resources: Document) -> None:
    rollup = properties(resources, "Rollup")
    assert rollup["Timeout"] == CONFIG["lambda_functions"]["rollup"]["lambda_timeout"]
    assert rollup["ReservedConcurrentExecutions"] == 1
    # A tick that finds the one before it still at work is dropped: the next one does its share.
    assert rollup["EventInvokeConfig"]["MaximumRetryAttempts"] == 0


@pytest.mark.parametrize("stage", CONFIG["stages"])
def test_connections_stay_below_what_the_database_takes(stage: str) -> None:
    functions = CONFIG["stages"][stage]["lambda_functions"].values()
    processes = sum(function["reserved_concurrency"] for function in functions)
    pool = int(CONFIG["environment_variables"]["MONGODB_POOL_SIZE"])
    assert processes * (pool + MONITORS) * GENERATIONS < ATLAS_CONNECTIONS[stage]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_log_group_exists_for_each_function_and_forgets(resources: Document, name: str) -> None:
    groups = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::Logs::LogGroup"]
    (group,) = [g for g in groups if g["LogGroupName"] == {"Fn::Sub": f"/aws/lambda/${{{name}}}"}]
    assert group["RetentionInDays"] == CONFIG["stages"]["prod"]["log_retention_in_days"]


def test_logs_are_json_from_info_upwards(template: Document) -> None:
    logging = template["Globals"]["Function"]["LoggingConfig"]
    assert (logging["LogFormat"], logging["ApplicationLogLevel"]) == ("JSON", "INFO")


def test_a_role_may_write_its_logs_read_one_secret_and_publish_to_named_topics(
    resources: Document,
) -> None:
    roles = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::IAM::Role"]
    assert len(roles) == len(FUNCTIONS)
    for role in roles:
        (policy,) = role["Policies"]
        logs, secret, failed, topics = policy["PolicyDocument"]["Statement"]
        assert role["PermissionsBoundary"]["Fn::Sub"].endswith(":policy/${AWS::StackName}-boundary")
        assert failed["Resource"]["Fn::Sub"].endswith(":${AWS::StackName}-rollup-failures")
        assert logs["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
        assert logs["Resource"]["Fn::Sub"].endswith(":log-group:/aws/lambda/${AWS::StackName}-*:*")
        assert secret["Action"] == "secretsmanager:GetSecretValue"
        assert secret["Resource"]["Fn::Sub"].endswith(":secret:agent-metrics/prod-??????")
        condition, publish, nothing = topics["Fn::If"]
        assert (condition, nothing) == ("HasWatchTopics", {"Ref": "AWS::NoValue"})
        assert publish["Action"] == "sns:Publish"
        assert publish["Resource"] == {"Ref": "WatchTopics"}


def test_failing_deliveries_are_counted_by_the_lines_that_tell_of_them(
    resources: Document,
) -> None:
    pattern = properties(resources, "FailingDeliveriesFilter")["FilterPattern"]
    logged = set(re.findall(r'\$\.message = "([^"]+)"', pattern))
    source = (ROOT / "chalicelib" / "watches" / "delivering.py").read_text()
    assert logged == set(re.findall(r'log\.(?:warning|error)\("([^"]+)", extra', source))


def test_the_api_is_regional_speaks_modern_tls_and_compresses(resources: Document) -> None:
    api = properties(resources, "RestAPI")
    assert api["EndpointConfiguration"] == "REGIONAL"
    assert api["StageName"] == "prod"
    assert api["SecurityPolicy"].startswith("SecurityPolicy_TLS13_1_2_")
    assert api["MinimumCompressionSize"] == CONFIG["minimum_compression_size"]
    (settings,) = api["MethodSettings"]
    assert settings["ThrottlingRateLimit"] == {"Ref": "ThrottlingRate"}
    assert settings["ThrottlingBurstLimit"] == {"Ref": "ThrottlingBurst"}


def test_bodies_in_protobuf_are_binary_to_api_gateway(resources: Document) -> None:
    document = properties(resources, "RestAPI")["DefinitionBody"]
    assert document[BINARY_TYPES] == ["application/x-protobuf", "application/protobuf"]


@pytest.mark.parametrize("name", ANSWERS)
def test_api_gateway_answers_in_the_words_of_the_service(resources: Document, name: str) -> None:
    response = properties(resources, "RestAPI")["GatewayResponses"][name]
    headers = response["ResponseParameters"]["Headers"]
    assert headers["Content-Type"] == "'application/problem+json'"
    assert headers["Access-Control-Allow-Origin"] == "'*'"
    problem = json.loads(response["ResponseTemplates"]["application/json"])
    assert problem.keys() == {"type", "title", "status", "detail", "code", "request_id"}
    assert problem["status"] == response["StatusCode"] == ANSWERS[name].status
    assert ("Retry-After" in headers) == (problem["status"] in {429, 503})
    # Its own messages quote what the client sent, a token for one.
    assert "$context.error" not in json.dumps(response)


def test_an_unknown_path_is_404_as_in_the_local_server(resources: Document) -> None:
    response = properties(resources, "RestAPI")["GatewayResponses"]["MISSING_AUTHENTICATION_TOKEN"]
    problem = json.loads(response["ResponseTemplates"]["application/json"])
    assert (problem["status"], problem["code"]) == (404, "route_not_found")


@pytest.mark.parametrize("code", sorted({problem.code for problem in ANSWERS.values()}))
def test_its_codes_are_in_the_api_document(code: str) -> None:
    assert f"`{code}`" in (ROOT / "docs" / "api.md").read_text()


def test_alarms_watch_errors_duration_throttles_and_rollups(resources: Document) -> None:
    alarms = [r["Properties"] for r in resources.values() if r["Type"] == "AWS::CloudWatch::Alarm"]
    watched = {
        (a["MetricName"], json.dumps(a["Dimensions"][0]["Value"]) if "Dimensions" in a else "logs")
        for a in alarms
    }
    assert watched == {
        ("5XXError", '"agent-metrics"'),
        ("Duration", '{"Ref": "APIHandler"}'),
        ("Throttles", '{"Ref": "APIHandler"}'),
        ("Errors", '{"Ref": "Rollup"}'),
        ("Invocations", '{"Ref": "Rollup"}'),
        ("FailingDeliveries", "logs"),
        ("ApproximateNumberOfMessagesVisible", '{"Fn::GetAtt": ["RollupFailures", "QueueName"]}'),
        ("BacklogAge", "logs"),
    }
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"]
        assert "HasAlarmTopic" in json.dumps(alarm["AlarmActions"])


def test_somebody_has_to_say_who_is_told_of_alarms(template: Document) -> None:
    topic = template["Parameters"]["AlarmTopic"]
    assert "Default" not in topic
    for value, is_taken in (
        ("none", True),
        ("arn:aws:sns:eu-west-1:123456789012:alarms", True),
        ("", False),
        ("alarms", False),
    ):
        assert bool(re.search(topic["AllowedPattern"], value)) is is_taken


def test_what_the_scheduled_function_failed_at_is_kept(resources: Document) -> None:
    destination = properties(resources, "Rollup")["EventInvokeConfig"]["DestinationConfig"]
    assert destination["OnFailure"]["Destination"] == {"Fn::GetAtt": ["RollupFailures", "Arn"]}


def test_log_and_firewall_are_options_that_are_off(template: Document) -> None:
    resources, parameters = template["Resources"], template["Parameters"]
    assert (parameters["AccessLog"]["Default"], parameters["FirewallRate"]["Default"]) == ("no", 0)
    log = resources["RestAPI"]["Properties"]["AccessLogSetting"]["Fn::If"]
    assert (log[0], log[2]) == ("HasAccessLog", {"Ref": "AWS::NoValue"})
    line = json.loads(log[1]["Format"])
    assert line["address"] == "$context.identity.sourceIp"
    assert line["request_id"] == "$context.requestId"
    # Neither the query nor a header: both may hold secrets.
    assert not [value for value in line.values() if re.search("authorizer|message|header", value)]
    for name in ("Firewall", "FirewallBeforeTheApi"):
        assert resources[name]["Condition"] == "HasFirewall"


def test_no_file_of_the_stages_holds_a_connection_string() -> None:
    for path in (ROOT / ".chalice").glob("*.json"):
        assert "mongodb" not in path.read_text().replace("MONGODB_", ""), path.name
