"""A daemon that has done many runs holds no more descriptors, threads, processes and memory than after a few."""

from __future__ import annotations

from pathlib import Path

import pytest
from rigd import Rigd, UnixConnection


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
        job = daemon.call("run.submit", scenario="stop_means_stop")["job"]
        left = UnixConnection(daemon.socket)  # a subscriber that goes away in the middle
        left.request("GET", f"/events?run={job}")
        left.getresponse().close()
        left.close()
        assert daemon.follow(job)[-1][2]["report"]["verdict"] == "pass"


def test_many_runs_leave_nothing_behind(rig: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    daemon = Rigd(rig, tmp_path)
    try:
        many = request.config.getoption("--daemon-runs")
        run_and_follow(daemon, min(many, 250))  # 200 jobs are remembered
        before, memory = held_by(daemon.process.pid), memory_kib(daemon.process.pid)
        run_and_follow(daemon, many)
        assert held_by(daemon.process.pid) == before
        assert memory_kib(daemon.process.pid) < memory + 4096
    finally:
        daemon.stop()
