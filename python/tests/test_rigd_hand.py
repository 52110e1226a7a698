"""Runs by hand on the bench of a rigd: as in one's own process, and in the safe state when the client is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pump_lab import WITHIN_S, Lab
from rigd import Rigd
from twin import Twin

import pumprig

SCRIPT = """
import sys, time
import pumprig
with pumprig.connect("rigd.sock").script("endless", lease_s=float(sys.argv[1])) as run:
    run.program("24 mL/day")
    run.start()
    print("started", flush=True)
    run.wait("10 days")
"""


@pytest.fixture
def daemon(rig: str, tmp_path: Path) -> Iterator[Rigd]:
    running = Rigd(rig, tmp_path / "daemon")
    yield running
    running.stop()


def an_hour(run: pumprig.Script) -> None:
    run.program("2 mL/day")
    run.start()
    flow = run.measure("mean_flow", "1 h", id="flow", channel="flow.volume", settle="10 min", within="14.5 %", of="2 mL/day")
    assert flow.verdict == "pass" and flow.unit == "mL/day"
    pressure = run.latest("pressure.pressure")
    assert pressure is not None and pressure.unit == "kPa gauge"
    assert run.check("twice", flow, at_most="1 mL/day", report="information").verdict == "fail"


def test_the_same_script_gives_the_same_content_here_and_there(daemon: Rigd, tmp_path: Path) -> None:
    with pumprig.Bench.virtual(seed=5).script("an hour", out=tmp_path / "runs") as here:
        an_hour(here)
    with pumprig.connect(daemon.socket).script("an hour", seed=5, labels={"lot": "7"}) as there:
        assert Path(there.path).parent == daemon.runs
        an_hour(there)
        assert there.now_ns == here.now_ns
    assert here.report is not None and here.report.run is not None
    assert there.report is not None and there.report.run is not None
    assert there.report.passed
    assert there.report.run.digest == here.report.run.digest
    assert there.report.run.metadata["script"] == here.report.run.metadata["script"]
    assert (there.report.data["key_values"], there.report.data["file"]) == (
        {"lot": "7", "submitted_by_uid": str(os.getuid())},
        "by_hand",
    )


def test_a_call_with_a_mistake_says_where_and_the_run_goes_on(daemon: Rigd) -> None:
    with pumprig.connect(daemon.socket).script("mistakes", record=["flow.volume"]) as run:
        with pytest.raises(pumprig.InputError, match="/steps/0/rate"):
            run.program("0.5 mL/dy")
        with pytest.raises(pumprig.NotFoundError, match=r"does not record the channel \"pressure.pressure\""):
            run.measure("mean", "1 h", channel="pressure.pressure")
        run.wait("1 s")
    assert run.report is not None and run.report.state == "finished"
    with pytest.raises(pumprig.LinkError, match='needs the instrument "no"'):
        pumprig.connect(daemon.socket).script("mistakes", record=["no.such"])


def test_an_exception_in_the_script_leaves_an_aborted_run_that_says_so(daemon: Rigd) -> None:
    with pytest.raises(ZeroDivisionError), pumprig.connect(daemon.socket).script("broken") as run:
        run.start()
        raise ZeroDivisionError("of the author")
    assert run.report is not None and run.report.verdict == "aborted"
    assert "ZeroDivisionError" in run.report.reason


def test_a_second_script_waits_for_its_turn(daemon: Rigd) -> None:
    order: list[str] = []

    def second() -> None:
        with pumprig.connect(daemon.socket).script("second") as run:
            order.append("second")
            run.wait("1 s")

    with pumprig.connect(daemon.socket).script("first") as run:
        thread = threading.Thread(target=second)
        thread.start()
        while len(daemon.call("queue.list")["jobs"]) < 2:
            time.sleep(0.01)
        run.wait("1 h")
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_requests_over_separate_connections_steer_a_run(daemon: Rigd) -> None:
    """What curl does."""
    job = daemon.call("hand.open", text='{"scenario": 1, "name": "curl", "title": "By curl"}')["job"]

    def answer(number: int) -> dict[str, Any]:
        while not (result := daemon.call("hand.result", run=job, number=number))["done"]:
            time.sleep(0.01)
        return result

    assert answer(0)["error"] is None
    number = daemon.call("hand.do", run=job, what={"step": "wait", "for": "1 min"})["number"]
    assert answer(number)["answer"]["now_ns"] >= 60e9
    daemon.call("hand.end", run=job)
    assert daemon.follow(job)[-1][2]["report"]["state"] == "finished"


@pytest.fixture
def lab(twin: Twin, tmp_path: Path) -> Iterator[Lab]:
    made = Lab(twin, tmp_path)
    (made.folder / "script.py").write_text(SCRIPT)
    made.start_rigd()
    yield made
    made.end_all()


def wait_for_the_end(lab: Lab, run: Path) -> pumprig.Run:
    deadline = time.monotonic() + WITHIN_S
    while (stored := pumprig.open_run(run)).state == "running":
        assert time.monotonic() < deadline, lab.output()
        time.sleep(0.05)
    return stored


@pytest.mark.parametrize(
    ("end", "lease_s", "why"),
    [(signal.SIGKILL, "60", "its connection ended"), (signal.SIGSTOP, "1", "it was not heard of for longer than its lease")],
    ids=["killed", "stopped"],
)
def test_a_lost_client_leaves_the_pump_in_the_safe_state(lab: Lab, end: signal.Signals, lease_s: str, why: str) -> None:
    process = lab.start(sys.executable, "script.py", lease_s)
    run = lab.wait_for_new_run(set())
    lab.wait_until_it_delivers()
    assert process.poll() is None
    process.send_signal(end)
    stored = wait_for_the_end(lab, run)
    lab.assert_the_pump_stands()
    assert (stored.state, stored.verdict) == ("aborted", "aborted")
    assert stored.metadata["finish.reason"] == f"client lost: {why}"
    assert any(event.kind == "safe_state" and event.text == "established and read back" for event in stored.events())
    process.kill()
    process.wait()
    info = pumprig.connect(lab.folder / "rigd.sock").info()
    assert info["busy"] is False


def test_ctrl_c_in_the_middle_of_a_wait_reaches_the_safe_state_first(lab: Lab) -> None:
    process = lab.start(sys.executable, "script.py", "10")
    run = lab.wait_for_new_run(set())
    lab.wait_until_it_delivers()
    process.send_signal(signal.SIGINT)
    assert process.wait(60) != 0
    lab.assert_the_pump_stands()
    assert "KeyboardInterrupt" in lab.output()
    assert pumprig.open_run(run).state == "aborted"


def test_a_client_that_computes_for_longer_than_its_lease_stays(lab: Lab) -> None:
    script = SCRIPT.replace('run.wait("10 days")', "time.sleep(3)")
    (lab.folder / "script.py").write_text(script)
    process = lab.start(sys.executable, "script.py", "1")
    assert process.wait(60) == 0, lab.output()
    (run,) = lab.runs()
    assert pumprig.open_run(run).state == "finished"
    lab.assert_the_pump_stands()


def test_a_client_without_a_daemon_is_told_so(rig: str, tmp_path: Path) -> None:
    running = Rigd(rig, tmp_path)
    client = pumprig.connect(running.socket)
    running.stop()
    with pytest.raises(pumprig.LinkError, match="no rigd answers"):
        client.script("nobody")


def test_the_end_of_the_daemon_ends_the_script(rig: str, tmp_path: Path) -> None:
    running = Rigd(rig, tmp_path)
    with pytest.raises(pumprig.Error), pumprig.connect(running.socket).script("long", speed=1) as run:
        run.start()
        running.process.send_signal(signal.SIGTERM)
        run.wait("10 days")
    assert running.process.wait(30) == 0
    (file,) = running.runs.glob("*.pumprun")
    assert pumprig.open_run(file).state == "aborted"
    assert subprocess.run([rig, "show", str(file)], capture_output=True, text=True, timeout=60).returncode in (0, 2)
