"""Whatever dies while a pump runs, the pump comes to the safe state, and what was recorded is there."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from pump_lab import SCENARIO, WITHIN_S, Lab, assert_the_record_is_whole, guard_event, wait_for_the_guard
from twin import Twin

import pumprig

SIDE_BY_SIDE = 6  # benches, each with its own twin: they mostly wait


@pytest.fixture
def lab(twin: Twin, tmp_path: Path) -> Iterator[Lab]:
    made = Lab(twin, tmp_path)
    yield made
    made.end_all()


def assert_older_than_a_second_is_there(run: Path, lived_s: float) -> None:
    """Samples come every 100 ms of the run's own time, which began after the process did."""
    stored = pumprig.open_run(run)
    if "flow.flow" not in stored.channels or lived_s < 2:
        return
    times = stored.samples("flow.flow").t_ns
    assert len(times) > 0 and times[-1] / 1e9 >= lived_s - 1.5


Begin = Callable[[Lab], subprocess.Popen[bytes]]


def wait_for_the_guard_if_posted(run: Path, killed_at: float) -> None:
    """The record comes first, then the guard, then the bench is opened: where there was no guard yet, the pump has not been touched."""
    while (said := guard_event(run)) is None and time.monotonic() < killed_at + WITHIN_S:
        time.sleep(0.05)
    assert "established and read back" in said if said else not pumprig.open_run(run).channels


def kill_soon(lab: Lab, begin: Begin, after_s: float) -> None:
    """At an instant that may lie before there is a run."""
    before = lab.runs()
    process = begin(lab)
    time.sleep(after_s)
    process.kill()
    killed_at = time.monotonic()
    process.wait()
    for run in lab.runs() - before:
        wait_for_the_guard_if_posted(run, killed_at)
        assert_the_record_is_whole(run)
    lab.assert_the_pump_stands()


def kill_at_work(lab: Lab, begin: Begin, after_s: float) -> None:
    before = lab.runs()
    process = begin(lab)
    run = lab.wait_for_new_run(before)
    seen = time.monotonic()
    time.sleep(after_s)
    process.kill()
    killed_at = time.monotonic()
    process.wait()
    wait_for_the_guard_if_posted(run, killed_at)
    lab.assert_the_pump_stands()
    assert_the_record_is_whole(run)
    assert_older_than_a_second_is_there(run, killed_at - seen)


def kill_often(rig: str, folder: Path, kills: int, begin: Begin) -> None:
    """Every eighth early, the others while the run is at work; on several benches side by side."""
    places = min(kills, SIDE_BY_SIDE)

    def at(place: int) -> None:
        chance = random.Random(7 + place)
        twin = Twin(rig, folder / f"ports-{place}")
        lab = Lab(twin, folder / f"lab-{place}")
        try:
            for number in range(place, kills, places):
                if number % 8 == 2:
                    kill_soon(lab, begin, chance.uniform(0, 0.5))
                else:
                    kill_at_work(lab, begin, chance.uniform(0, 3))
                lab.end_all()
                lab.started.clear()
        finally:
            lab.end_all()
            twin.stop()

    with ThreadPoolExecutor(places) as pool:
        for ended in [pool.submit(at, place) for place in range(places)]:
            ended.result()


def test_rig_run_is_killed_at_a_random_instant(rig: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    kill_often(rig, tmp_path, pytestconfig.getoption("kills"), Lab.start_run)


def test_a_python_script_is_killed_at_a_random_instant(rig: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    kill_often(rig, tmp_path, pytestconfig.getoption("kills"), Lab.start_script)


def test_rigd_is_killed_at_a_random_instant(rig: str, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    def begin(lab: Lab) -> subprocess.Popen[bytes]:
        daemon = lab.start_rigd()
        pumprig.connect(lab.folder / "rigd.sock").submit(lab.folder / "endless.json")
        return daemon

    kill_often(rig, tmp_path, pytestconfig.getoption("kills"), begin)


@pytest.mark.parametrize("end", [signal.SIGSEGV, signal.SIGABRT], ids=lambda end: end.name)
def test_a_crash_of_the_rig_itself_leaves_the_pump_in_the_safe_state(lab: Lab, end: signal.Signals) -> None:
    process = lab.start_run()
    run = lab.wait_for_new_run(set())
    time.sleep(1.5)
    process.send_signal(end)
    wait_for_the_guard(lab, run, time.monotonic())
    lab.assert_the_pump_stands()
    assert_the_record_is_whole(run)
    assert process.wait(20) == -end
    assert "the pump stands in its safe state" in lab.output()


def test_a_run_that_ends_in_good_order_dismisses_its_guard(lab: Lab) -> None:
    scenario = {**SCENARIO, "steps": [{"step": "start"}, {"step": "wait", "for": "1 s"}]}
    (lab.folder / "short.json").write_text(json.dumps(scenario))
    before = lab.runs()
    process = lab.start(lab.twin.rig, "run", "short.json", "--bench", "bench.json")
    process.wait(60)
    run = lab.wait_for_new_run(before)
    assert guard_event(run) is None
    assert pumprig.open_run(run).state == "finished"
    assert "safe state" not in lab.output()
