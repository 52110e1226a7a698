"""A daemon that has done many runs holds no more descriptors, threads, processes and memory than after a few."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from rigd import Rigd, UnixConnection

SHORT = json.dumps(
    {
        "scenario": 1,
        "name": "short",
        "title": "A few seconds of delivery",
        "record": [{"channel": "witness.step"}, {"channel": "flow.flow", "every": "1 s"}],
        "steps": [
            {"step": "program", "rate": "24 mL/day"},
            {"step": "start"},
            {"step": "expect", "id": "steps", "that": {"channel": "witness.step", "at_least": "1"}, "within": "10 s"},
            {"step": "stop"},
        ],
    }
)


def held_by(pid: int) -> dict[str, int]:
    process = Path(f"/proc/{pid}")
    children = sum(len((task / "children").read_text().split()) for task in (process / "task").iterdir())
    return {
        "descriptors": len(list((process / "fd").iterdir())),
        "threads": len(list((process / "task").iterdir())),
        "children": children,
    }


def memory_kib(pid: int) -> int:
    return next(int(line.split()[1]) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS"))


def run_and_follow(daemon: Rigd, times: int) -> None:
    for _ in range(times):
        job = daemon.call("run.submit", scenario="short", text=SHORT)["job"]
        left = UnixConnection(daemon.socket)  # a subscriber that goes away in the middle
        left.request("GET", f"/events?run={job}")
        left.getresponse().close()
        left.close()
        assert daemon.follow(job)[-1][2]["report"]["verdict"] == "pass"


def test_many_runs_leave_nothing_behind(rig: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    daemon = Rigd(rig, tmp_path)
    try:
        many = request.config.getoption("--daemon-runs")
        first = min(many // 2, 250)  # 200 jobs are remembered
        run_and_follow(daemon, first)
        before, memory = held_by(daemon.process.pid), memory_kib(daemon.process.pid)
        run_and_follow(daemon, many - first)
        assert held_by(daemon.process.pid) == before
        assert memory_kib(daemon.process.pid) < memory + 4096
    finally:
        daemon.stop()
