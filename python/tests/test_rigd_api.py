"""The API of rigd is what docs/openrpc.json and docs/api.md say: every method, every parameter, every event, and no other."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from rigd import Rigd

DOCS = Path(__file__).resolve().parents[2] / "docs"
OPENRPC: dict[str, Any] = json.loads((DOCS / "openrpc.json").read_text())
METHODS: dict[str, dict[str, Any]] = {method["name"]: method for method in OPENRPC["methods"]}
EVENTS: dict[str, dict[str, Any]] = {event["name"]: event for event in OPENRPC["x-events"]}
# What the methods hand.* need besides a run.
HAND: dict[str, Any] = {
    "text": '{"scenario": 1, "name": "by_hand", "title": "By hand"}',
    "what": {"step": "wait", "for": "1 s"},
    "number": 0,
}
PAGE = (DOCS / "api.md").read_text()


@pytest.fixture(scope="module")
def daemon(rig: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rigd]:
    running = Rigd(rig, tmp_path_factory.mktemp("rigd"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def finished(daemon: Rigd) -> tuple[str, list[tuple[int, str, dict[str, Any]]]]:
    """A job that has ended, and all its events."""
    job = daemon.call("run.submit", scenario="basal_accuracy", set={"rate": "0.5 mL/day"})["job"]
    return job, daemon.follow(job)


@pytest.fixture(scope="module")
def at_work(daemon: Rigd, finished: tuple[str, Any]) -> Iterator[str]:
    """A job that is at work and may be paused."""
    text = (
        '{"scenario": 1, "name": "long", "title": "A long one", "steps": [{"step": "wait", "for": "10 h"},'
        ' {"step": "hold_point", "title": "here"}]}'
    )
    job = daemon.call("run.submit", scenario="long", text=text, speed=1)["job"]
    while not daemon.call("run.status", run=job)["job"]["hold_points_ahead"]:
        time.sleep(0.01)
    yield job
    daemon.call("run.abort", run=job)


@pytest.fixture(scope="module")
def by_hand(daemon: Rigd) -> str:
    """A run whose steps its client gives; it need not have begun."""
    job: str = daemon.call("hand.open", text=HAND["text"], lease_s=3600)["job"]
    return job


def validate(schema: dict[str, Any], value: object) -> None:
    jsonschema.Draft202012Validator({**schema, "components": OPENRPC["components"]}).validate(value)


def test_the_committed_description_is_that_of_the_program(rig: str) -> None:
    printed = subprocess.run([str(Path(rig).with_name("rigd")), "--openrpc"], capture_output=True, text=True, check=True).stdout
    assert printed == (DOCS / "openrpc.json").read_text(), "write it anew: build/dev/bin/rigd --openrpc > docs/openrpc.json"


def test_rpc_discover_gives_the_same_description(daemon: Rigd) -> None:
    assert daemon.call("rpc.discover") == OPENRPC


def test_the_description_has_the_form_of_openrpc() -> None:
    assert OPENRPC["openrpc"].startswith("1.3.")
    assert {"title", "version"} <= OPENRPC["info"].keys()
    for schema in [*OPENRPC["components"]["schemas"].values(), *(event["schema"] for event in EVENTS.values())]:
        jsonschema.Draft202012Validator.check_schema(schema)
    for method in METHODS.values():
        jsonschema.Draft202012Validator.check_schema(method["result"]["schema"])
        names = [parameter["name"] for parameter in method["params"]]
        assert len(set(names)) == len(names)
        for parameter in method["params"]:
            jsonschema.Draft202012Validator.check_schema(parameter["schema"])


@pytest.mark.parametrize("method", METHODS)
def test_every_method_answers_as_its_schema_says(method: str, daemon: Rigd, finished: tuple[str, Any], at_work: str, by_hand: str) -> None:
    job = at_work if method in {"run.pause", "run.resume"} else finished[0]
    if method.startswith("hand."):
        job = by_hand
    values = {"scenario": "basal_accuracy", "run": job, **HAND}
    params = {p["name"]: values[p["name"]] for p in METHODS[method]["params"] if p["required"]}
    validate(METHODS[method]["result"]["schema"], daemon.call(method, **params))
    if "run" in {p["name"] for p in METHODS[method]["params"]}:
        validate(METHODS[method]["result"]["schema"], daemon.call(method, **{**params, "run": job}))


@pytest.mark.parametrize("method", METHODS)
def test_every_method_refuses_what_it_does_not_know_and_misses_what_it_needs(method: str, daemon: Rigd) -> None:
    required = {"scenario": "basal_accuracy", "run": "job-1", **HAND}
    given = {p["name"]: required[p["name"]] for p in METHODS[method]["params"] if p["required"]}
    error = daemon.ask(method, {**given, "no_such_parameter": 1})["error"]
    assert (error["code"], error["data"]["where"]) == (-32602, "/no_such_parameter")
    for name in given:
        error = daemon.ask(method, {other: value for other, value in given.items() if other != name})["error"]
        assert (error["code"], error["data"]["where"]) == (-32602, f"/{name}")


@pytest.mark.parametrize(("method", "parameter"), [(m, p["name"]) for m, method in METHODS.items() for p in method["params"]])
def test_every_parameter_is_taken_and_one_of_the_wrong_kind_is_refused(method: str, parameter: str, daemon: Rigd) -> None:
    schema = next(p["schema"] for p in METHODS[method]["params"] if p["name"] == parameter)
    wrong: Any = [1]
    with pytest.raises(jsonschema.ValidationError):
        validate(schema, wrong)
    others = {"scenario": "basal_accuracy", "run": "job-1", **HAND}
    given = {p["name"]: others[p["name"]] for p in METHODS[method]["params"] if p["required"]}
    error = daemon.ask(method, {**given, parameter: wrong})["error"]
    assert (error["code"], error["data"]["where"]) == (-32602, f"/{parameter}")
    assert "no parameter" not in error["message"]
    assert "unknown" not in error["message"]


def test_an_unknown_name_is_an_error_that_the_method_lists(daemon: Rigd) -> None:
    for name, method in METHODS.items():
        if "run" not in {p["name"] for p in method["params"]}:
            continue
        others = {p["name"]: HAND[p["name"]] for p in method["params"] if p["required"] and p["name"] in HAND}
        error = daemon.ask(name, {**others, "run": "nothing"})["error"]
        assert error["data"]["code"] == "not_found"
        assert {"code": error["code"], "message": error["data"]["code"]} in method["errors"]


def test_the_events_of_a_run_are_as_their_schemas_say_and_end_with_it(finished: tuple[str, list[tuple[int, str, dict[str, Any]]]]) -> None:
    job, events = finished
    assert {kind for _, kind, _ in events} == set(EVENTS) - {"gap"}
    for _, kind, data in events:
        validate(EVENTS[kind]["schema"], data)
        assert data["job"] == job
    numbers = [number for number, _, _ in events]
    assert numbers == sorted(set(numbers))
    assert (events[0][1], events[0][2]["state"]) == ("job", "queued")
    assert (events[-1][1], events[-1][2]["state"], events[-1][2]["report"]["verdict"]) == ("job", "finished", "pass")


def test_a_job_that_ended_long_ago_is_followed_to_its_end_at_once(daemon: Rigd, finished: tuple[str, Any]) -> None:
    job, events = finished
    assert daemon.follow(job) == events
    assert daemon.follow(events[-1][2]["run"]) == events


# ---- The page -------------------------------------------------------------------------------------------------------------------------


def section(name: str) -> str:
    found = re.search(rf"^### `{re.escape(name)}`\n(.*?)(?=^##|\Z)", PAGE, re.M | re.S)
    assert found, f"docs/api.md has no section of {name}"
    return found[1]


def rows(text: str) -> list[list[str]]:
    lines = [line for line in text.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line.strip("|"))] for line in lines[2:]]


def test_the_page_names_every_method_and_event_and_no_other() -> None:
    assert re.findall(r"^### `(\S+)`$", PAGE, re.M) == [*METHODS, *EVENTS]


@pytest.mark.parametrize("method", METHODS)
def test_the_page_says_of_a_method_what_the_program_says(method: str) -> None:
    text = section(method)
    assert METHODS[method]["summary"] in text
    parameters = [(f"`{p['name']}`" + (" (required)" if p["required"] else ""), p["summary"]) for p in METHODS[method]["params"]]
    assert [(row[0], row[2]) for row in rows(text)] == parameters
    listed = re.search(r"^Errors: (.*)\.$", text, re.M)
    assert [f"`{error['message']}`" for error in METHODS[method]["errors"]] == (listed[1].split(", ") if listed else [])


@pytest.mark.parametrize("event", EVENTS)
def test_the_page_says_of_an_event_what_the_program_says(event: str) -> None:
    assert EVENTS[event]["summary"] in section(event)


def test_the_commands_of_the_page_start_and_follow_a_run(rig: str, tmp_path: Path) -> None:
    daemon = Rigd(rig, tmp_path)
    try:
        blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE, re.M | re.S)
        commands = [block for block in blocks if block.startswith("curl")]
        assert len(commands) >= 3
        said = []
        for command in commands:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command],
                cwd=tmp_path,
                env={**os.environ, "S": str(daemon.socket)},
                capture_output=True,
                text=True,
                timeout=120,
            )
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            assert '"error":{' not in done.stdout, f"{command}\n{done.stdout}"
            said.append(done.stdout)
        assert any('"state":"queued"' in text for text in said)
        assert any('"state":"finished"' in text and '"verdict":"pass"' in text for text in said)
        assert any(daemon.runs.glob("*.pumprun"))
    finally:
        daemon.stop()
