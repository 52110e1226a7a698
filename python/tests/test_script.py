"""Runs by hand: a script programs, waits, measures and checks, and what it did is kept as evidence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path

import pytest

import pumprig

ROOT = Path(__file__).resolve().parents[1]
BOLUS = {"volume": "0.1 mL", "duration": "10 min", "lockout": "30 min", "per_day": 4}


def an_hour(bench: pumprig.Bench, out: Path) -> pumprig.Report:
    with bench.script("an hour of delivery", out=out) as run:
        run.program("2 mL/day")
        run.start()
        run.measure("mean_flow", "1 h", id="flow", channel="flow.volume", settle="10 min", within="14.5 %", of="2 mL/day")
    assert run.report is not None
    return run.report


def test_a_script_programs_waits_asks_for_boluses_and_checks_with_limits(tmp_path: Path) -> None:
    with pumprig.Bench.virtual(seed=7).script(
        "a bolus", requirements=["REQ-201"], initial={"reservoir_entered": "5 mL"}, out=tmp_path
    ) as run:
        run.program("0.5 mL/day", patient_bolus=BOLUS)
        run.start()
        run.wait("1 h")
        with (
            run.measuring("volume", channel="flow_high.volume") as measuring,
            run.measuring("volume", channel="flow.volume", at_least="1 uL", id="too_fast_for_it") as clipped,
        ):
            assert run.bolus().verdict == "pass"
            run.wait("30 min")
        assert clipped.result.verdict == "inconclusive" and "end of its range" in clipped.result.explanation
        assert run.bolus("refused", id="second").verdict == "fail"
        given = measuring.result
        assert given.unit == "uL" and given.value is not None
        assert run.check("bolus_volume", given, within="15 uL", of="110 uL", requirements=["REQ-201"]).verdict in ("pass", "inconclusive")
        assert run.check("nonsense", given, at_most="1 uL", report="information").verdict == "fail"
        pressure = run.latest("pressure.pressure")
        assert pressure is not None and pressure.unit == "kPa gauge"
    assert run.report is not None and run.report.verdict == "fail"
    assert run.report.run is not None
    verdicts = {check.check: check.verdict for check in run.report.run.checks}
    assert "nonsense" not in verdicts and verdicts["second"] == "fail"
    assert "REQ-201" in str(run.report.data["requirements"])


def test_a_fault_is_made_found_by_its_alarm_and_gone_at_the_end(tmp_path: Path) -> None:
    with pumprig.Bench.virtual().script("an occlusion", out=tmp_path) as run:
        run.program("4 mL/day")
        run.start()
        run.wait("30 min")
        run.inject("occlusion")
        assert run.expect("alarm", "6 h", channel="witness.alarm", at_least="1").verdict == "pass"
        assert run.read_log("logged", "alarm_raised", about="occlusion").value == 1
        run.silence("30 min")
        run.clear("occlusion")
        run.clear_alarms()
        run.resume()
        assert run.expect("over", "1 s", pump="no_alarm").verdict == "pass"
    assert run.report is not None and run.report.passed


def test_the_same_script_gives_the_same_content_and_benches_do_not_disturb_each_other(tmp_path: Path) -> None:
    reports: dict[int, pumprig.Report] = {}

    def go(n: int) -> None:
        reports[n] = an_hour(pumprig.Bench.virtual(seed=1 + n // 2), tmp_path / str(n))

    threads = [threading.Thread(target=go, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    digests = [run.digest for n in range(4) if (run := reports[n].run)]
    assert digests[0] == digests[1] != digests[2] == digests[3]


def test_a_call_with_a_mistake_says_where_and_the_run_goes_on(tmp_path: Path) -> None:
    with pumprig.Bench.virtual().script("mistakes", out=tmp_path, record=["flow.volume"]) as run:
        with pytest.raises(pumprig.InputError, match="/steps/0/rate"):
            run.program("0.5 mL/dy")
        with pytest.raises(pumprig.NotFoundError, match=r"does not record the channel \"pressure.pressure\""):
            run.measure("mean", "1 h", channel="pressure.pressure")
        with pytest.raises(pumprig.InputError, match="did you mean"):
            run.step("wiat", **{"for": "1 h"})
        run.wait("1 s")
    assert run.report is not None and run.report.state == "finished"


def test_an_exception_in_the_script_leaves_an_aborted_run_that_says_so(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), pumprig.Bench.virtual().script("broken", out=tmp_path) as run:
        run.start()
        raise ZeroDivisionError("of the author")
    assert run.report is not None and run.report.verdict == "aborted"
    assert "ZeroDivisionError" in run.report.reason
    assert run.report.run is not None
    assert any(event.kind == "safe_state" and event.text == "established and read back" for event in run.report.run.events())


def test_ctrl_c_in_the_middle_of_a_wait_reaches_the_safe_state_first(tmp_path: Path) -> None:
    script = tmp_path / "long.py"
    script.write_text(
        textwrap.dedent("""
        import pumprig
        with pumprig.Bench.virtual().script("long", out="runs", speed=1) as run:
            run.start()
            print("started", flush=True)
            run.wait("10 days")
        """)
    )
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "started\n"
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert "KeyboardInterrupt" in errors
    (file,) = (tmp_path / "runs").glob("*.pumprun")
    run = pumprig.open_run(file)
    assert run.verdict == "aborted"
    assert any(event.kind == "safe_state" and event.text == "established and read back" for event in run.events())
    assert run.metadata["script"] == script.read_text()
