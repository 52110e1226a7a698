"""Whatever dies while a pump runs, the pump comes to the safe state, and what was recorded is there."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from twin import Twin

import pumprig

WITHIN_S = 5.0  # the pump stands that long after the death at the latest
SCENARIO = {
    "scenario": 1,
    "name": "endless",
    "title": "Deliver at the fastest rate until somebody ends it",
    "record": [{"channel": "witness.step"}, {"channel": "flow.flow", "every": "100 ms"}],
    "steps": [{"step": "program", "rate": "24 mL/day"}, {"step": "start"}, {"step": "wait", "for": "10 days"}],
}
SCRIPT = """
import pumprig
with pumprig.Bench.open("bench.json").script("endless", record={"witness.step": None, "flow.flow": "100 ms"}) as run:
    run.program("24 mL/day")
    run.start()
    run.wait("10 days")
"""


class Lab:
    """A folder with a bench file, a scenario and a script, and what is started in it."""

    def __init__(self, twin: Twin, folder: Path) -> None:
        self.twin, self.folder = twin, folder
        self.started: list[subprocess.Popen[bytes]] = []
        twin.bench_file(
            folder / "bench.json",
            pump={"kind": "pump_board"},
            witness={"kind": "witness"},
            flow={"kind": "sensirion_shdlc", "settings": {"sensor": "LG16-0150D"}},
        )
        (folder / "endless.json").write_text(json.dumps(SCENARIO))
        (folder / "script.py").write_text(SCRIPT)

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "PYTHONPATH": str(Path(pumprig.__file__).parents[1])}
        with (self.folder / "output.txt").open("ab") as output:
            self.started.append(subprocess.Popen(command, cwd=self.folder, stdout=output, stderr=output, env=environment))
        return self.started[-1]

    def end_all(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()

    def runs(self) -> set[Path]:
        return set((self.folder / "runs").glob("*.pumprun"))

    def wait_for_new_run(self, before: set[Path]) -> Path:
        deadline = time.monotonic() + 20
        while not (new := self.runs() - before):
            assert time.monotonic() < deadline, (self.folder / "output.txt").read_text()
            time.sleep(0.01)
        return new.pop()


@pytest.fixture
def lab(twin: Twin, tmp_path: Path) -> Iterator[Lab]:
    made = Lab(twin, tmp_path)
    yield made
    made.end_all()


def guard_event(run: Path) -> str | None:
    texts = [event.text for event in pumprig.open_run(run).events() if event.source == "guard"]
    return texts[0] if texts else None


def assert_the_pump_stands_and_the_record_is_whole(lab: Lab, run: Path, killed_at: float) -> None:
    while (said := guard_event(run)) is None:
        assert time.monotonic() < killed_at + WITHIN_S, (lab.folder / "output.txt").read_text()
        time.sleep(0.05)
    assert "established and read back" in said
    before = lab.twin.truth("displaced_ul")
    time.sleep(0.5)  # at 24 mL/day that is eleven steps
    assert lab.twin.truth("displaced_ul") == before
    stored = pumprig.open_run(run)
    assert stored.state == "interrupted" and stored.verdict == "error"
    problems = stored.verify()["problems"]
    assert isinstance(problems, list) and all("interrupted" in problem for problem in problems)


def assert_older_than_a_second_is_there(run: Path, lived_s: float) -> None:
    """Samples come every 100 ms of the run's own time, which began after the process did."""
    stored = pumprig.open_run(run)
    if "flow.flow" not in stored.channels or lived_s < 2:
        return
    times = stored.samples("flow.flow").t_ns
    assert len(times) > 0 and times[-1] / 1e9 >= lived_s - 1.5


def kill_often(lab: Lab, kills: int, begin: Callable[[], subprocess.Popen[bytes]]) -> None:
    chance = random.Random(7)
    for _ in range(kills):
        before = lab.runs()
        process = begin()
        run = lab.wait_for_new_run(before)
        seen = time.monotonic()
        time.sleep(chance.uniform(0, 3))
        process.send_signal(signal.SIGKILL)
        killed_at = time.monotonic()
        process.wait()
        assert_the_pump_stands_and_the_record_is_whole(lab, run, killed_at)
        assert_older_than_a_second_is_there(run, killed_at - seen)


def test_rig_run_is_killed_at_a_random_instant(lab: Lab, pytestconfig: pytest.Config) -> None:
    kill_often(lab, pytestconfig.getoption("kills"), lambda: lab.start(lab.twin.rig, "run", "endless.json", "--bench", "bench.json"))


def test_a_python_script_is_killed_at_a_random_instant(lab: Lab, pytestconfig: pytest.Config) -> None:
    kill_often(lab, pytestconfig.getoption("kills"), lambda: lab.start(sys.executable, "script.py"))


def test_rigd_is_killed_at_a_random_instant(lab: Lab, pytestconfig: pytest.Config) -> None:
    rigd = str(Path(lab.twin.rig).with_name("rigd"))

    def begin() -> subprocess.Popen[bytes]:
        daemon = lab.start(rigd, "--socket", "rigd.sock", "--bench", "bench.json")
        deadline = time.monotonic() + 20
        while subprocess.run([lab.twin.rig, "status", "--socket", "rigd.sock"], cwd=lab.folder, capture_output=True).returncode != 0:
            assert time.monotonic() < deadline, (lab.folder / "output.txt").read_text()
            time.sleep(0.05)
        lab.start(lab.twin.rig, "run", "endless.json", "--socket", "rigd.sock", "--bench", "bench.json")
        return daemon

    kill_often(lab, pytestconfig.getoption("kills"), begin)


def test_a_full_disk_ends_the_run_in_the_safe_state_and_is_named(lab: Lab) -> None:
    process = lab.start(lab.twin.rig, "run", "endless.json", "--bench", "bench.json")
    lab.wait_for_new_run(set())
    time.sleep(1.5)
    used = max(file.stat().st_size for file in (lab.folder / "runs").iterdir() if file.is_file())
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (used, used))  # no file grows beyond this: what a full disk does
    assert process.wait(60) == 2
    before = lab.twin.truth("displaced_ul")
    time.sleep(0.5)
    assert lab.twin.truth("displaced_ul") == before
    output = (lab.folder / "output.txt").read_text()
    assert "disk" in output or "write" in output, output


@pytest.mark.parametrize("end", [signal.SIGSEGV, signal.SIGABRT], ids=lambda end: end.name)
def test_a_crash_of_the_rig_itself_leaves_the_pump_in_the_safe_state(lab: Lab, end: signal.Signals) -> None:
    process = lab.start(lab.twin.rig, "run", "endless.json", "--bench", "bench.json")
    run = lab.wait_for_new_run(set())
    time.sleep(1.5)
    process.send_signal(end)
    assert_the_pump_stands_and_the_record_is_whole(lab, run, time.monotonic())
    assert process.wait(20) == -end


def test_a_run_that_ends_in_good_order_dismisses_its_guard(lab: Lab) -> None:
    scenario = {**SCENARIO, "steps": [{"step": "start"}, {"step": "wait", "for": "1 s"}]}
    (lab.folder / "short.json").write_text(json.dumps(scenario))
    before = lab.runs()
    process = lab.start(lab.twin.rig, "run", "short.json", "--bench", "bench.json")
    process.wait(60)
    run = lab.wait_for_new_run(before)
    assert guard_event(run) is None
    assert pumprig.open_run(run).state == "finished"
