"""A pump behind ports that something runs, so that whatever runs it can be ended, starved and killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

from twin import Twin

import pumprig

WITHIN_S = 5.0  # the pump stands that long after a death at the latest
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
        folder.mkdir(exist_ok=True)
        twin.bench_file(
            folder / "bench.json",
            pump={"kind": "pump_board"},
            witness={"kind": "witness"},
            flow={"kind": "sensirion_shdlc", "settings": {"sensor": "LG16-0150D"}},
        )
        (folder / "endless.json").write_text(json.dumps(SCENARIO))
        (folder / "script.py").write_text(SCRIPT)

    def start(self, *command: str, **environment: str) -> subprocess.Popen[bytes]:
        own = {"PYTHONPATH": str(Path(pumprig.__file__).parents[1]), "XDG_STATE_HOME": str(self.folder / "state")}
        with (self.folder / "output.txt").open("ab") as output:
            self.started.append(
                subprocess.Popen(command, cwd=self.folder, stdout=output, stderr=output, env={**os.environ, **own, **environment})
            )
        return self.started[-1]

    def start_run(self, **environment: str) -> subprocess.Popen[bytes]:
        return self.start(self.twin.rig, "run", "endless.json", "--bench", "bench.json", **environment)

    def start_script(self) -> subprocess.Popen[bytes]:
        return self.start(sys.executable, "script.py")

    def start_rigd(self, **environment: str) -> subprocess.Popen[bytes]:
        """Returns when it answers."""
        daemon = self.start(str(Path(self.twin.rig).with_name("rigd")), "--socket", "rigd.sock", "--bench", "bench.json", **environment)
        deadline = time.monotonic() + 20
        while True:
            try:
                pumprig.connect(self.folder / "rigd.sock")
                return daemon
            except pumprig.LinkError:
                assert time.monotonic() < deadline, self.output()
                time.sleep(0.01)

    def end_all(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.wait()

    def output(self) -> str:
        return (self.folder / "output.txt").read_text()

    def runs(self) -> set[Path]:
        return set((self.folder / "runs").glob("*.pumprun"))

    def wait_for_new_run(self, before: set[Path]) -> Path:
        deadline = time.monotonic() + 20
        while not (new := self.runs() - before):
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.01)
        return new.pop()

    def wait_until_it_delivers(self) -> None:
        deadline = time.monotonic() + 20
        before = self.twin.truth("displaced_ul")
        while self.twin.truth("displaced_ul") == before:
            assert time.monotonic() < deadline, self.output()
            time.sleep(0.05)

    def assert_the_pump_stands(self) -> None:
        before = self.twin.truth("displaced_ul")
        time.sleep(0.5)  # at 24 mL/day that is eleven steps
        assert self.twin.truth("displaced_ul") == before


def guard_event(run: Path) -> str | None:
    texts = [event.text for event in pumprig.open_run(run).events() if event.source == "guard"]
    return texts[0] if texts else None


def wait_for_the_guard(lab: Lab, run: Path, died_at: float) -> None:
    while (said := guard_event(run)) is None:
        assert time.monotonic() < died_at + WITHIN_S, lab.output()
        time.sleep(0.05)
    assert "established and read back" in said


def assert_the_record_is_whole(run: Path) -> None:
    stored = pumprig.open_run(run)
    assert stored.state == "interrupted" and stored.verdict == "error"
    problems = stored.verify()["problems"]
    assert isinstance(problems, list) and all("interrupted" in problem for problem in problems)
