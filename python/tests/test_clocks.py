"""The clocks of a run: the pump's against the rig's, with bounds that hold; and the machine's wall clock, which may be set at any time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from twin import Twin

import pumprig
from pumprig._store import StoredRun
from pumprig.report import render

SHOWN_AT_START_NS = 86_400_000_000_000  # the twin's board was first powered a day before the run


def run_scenario(
    rig: str,
    folder: Path,
    steps: Sequence[object],
    *options: str,
    record: list[dict[str, str]] | None = None,
    env: dict[str, str] | None = None,
) -> tuple[pumprig.Run, dict[str, Any]]:
    folder.mkdir(parents=True, exist_ok=True)
    scenario = {"scenario": 1, "name": "clocks", "title": "Time passes", "record": record or [], "steps": steps}
    (folder / "clocks.json").write_text(json.dumps(scenario))
    done = subprocess.run(
        [rig, "run", str(folder / "clocks.json"), "--out", str(folder / "runs"), "--json", *options],
        capture_output=True,
        text=True,
        env=env,
    )
    assert done.returncode in (0, 3), done.stdout + done.stderr
    report = json.loads(done.stdout)["runs"][0]
    return pumprig.open_run(report["path"]), report


def bench_with(folder: Path, offset: str, rate_error: str) -> str:
    virtual = Path(__file__).resolve().parents[2] / "scenarios" / "benches" / "virtual.json"
    bench = json.loads(virtual.read_text())
    bench["pump_clock"] = {"offset": offset, "rate_error": rate_error}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bench.json").write_text(json.dumps(bench))
    return str(folder / "bench.json")


def expect_truth(clock: pumprig.PumpClock, ahead_ns: float, ppm: float) -> None:
    truth = SHOWN_AT_START_NS + ahead_ns + ppm * 1e-6 * clock.at_ns
    assert abs(clock.offset_ns - truth) <= clock.offset_uncertainty_ns
    assert clock.offset_uncertainty_ns < 10_000_000
    if clock.drift_ppm is not None:
        assert clock.drift_uncertainty_ppm is not None
        assert abs(clock.drift_ppm - ppm) <= clock.drift_uncertainty_ppm


@pytest.mark.parametrize(("offset", "ahead_ns", "ppm"), [("0 s", 0, 20.0), ("-3 h", -3 * 3600e9, -15.0), ("17 ms", 17e6, 0.0)])
def test_the_estimate_holds_the_truth_within_its_own_bound(rig: str, tmp_path: Path, offset: str, ahead_ns: float, ppm: float) -> None:
    bench = bench_with(tmp_path, offset, f"{ppm} ppm")
    for seed in range(1, 6):
        run, report = run_scenario(
            rig,
            tmp_path / str(seed),
            [{"step": "wait", "for": "6 h"}],
            *("--bench", bench, "--seed", str(seed)),
            record=[{"channel": "pump.clock", "every": f"{7 + seed} s"}],
        )
        clock = run.pump_clock
        assert clock is not None
        expect_truth(clock, ahead_ns, ppm)
        assert clock.jumps == clock.drifts == 0
        assert clock.exchanges > 6 * 3600 / (7 + seed)
        assert clock.span_ns > 6 * 3600e9
        assert clock.drift_uncertainty_ppm is not None and clock.drift_uncertainty_ppm < 1.5
        assert report["pump_clock"]["offset_ns"] == clock.offset_ns
        assert report["pump_clock"]["drift_ppm"] == clock.drift_ppm


def test_a_short_run_bounds_the_drift_badly_and_says_so(rig: str, tmp_path: Path) -> None:
    for seed in range(1, 6):
        run, _ = run_scenario(
            rig,
            tmp_path / str(seed),
            [{"step": "wait", "for": "2 s"}],
            "--bench",
            bench_with(tmp_path, "0 s", "20 ppm"),
            "--seed",
            str(seed),
        )
        clock = run.pump_clock
        assert clock is not None and clock.exchanges >= 4
        expect_truth(clock, 0, 20)
        assert clock.drift_uncertainty_ppm is not None and clock.drift_uncertainty_ppm > 30, "nobody can know it better from some seconds"


def test_show_and_the_page_tell_both_clocks(rig: str, tmp_path: Path) -> None:
    run, report = run_scenario(rig, tmp_path, [{"step": "wait", "for": "1 h"}])
    told = [event for event in run.events() if event.kind == "pump_clock"]
    assert len(told) >= 2, "a run that is killed has the estimate that stood then"
    shown = subprocess.run([rig, "show", str(run.path)], capture_output=True, text=True).stdout
    assert f"pump clock   {told[-1].text}" in shown
    assert "ppm" in told[-1].text
    as_json = subprocess.run([rig, "show", str(run.path), "--json"], capture_output=True, text=True).stdout
    assert json.loads(as_json)["pump_clock"] == report["pump_clock"]
    assert told[-1].text.split(";")[0].replace("'", "&#39;") in render(run.path)


# ---- the machine's wall clock ----------------------------------------------------------------------------------------------------------

PRESSURE = [{"channel": "pressure.pressure", "every": "500 ms"}, {"channel": "pump.clock", "every": "1 s"}]
MEASURED = [
    {"step": "phase", "title": "steps of the clock", "as": "window", "during": [{"step": "wait", "for": "10 s"}]},
    {
        "step": "measure",
        "id": "pressure",
        "what": "maximum",
        "channel": "pressure.pressure",
        "window": {"over": "window", "settle": "0 s"},
        "limit": {"at_most": "60 kPa gauge"},
    },
]


def under_other_clocks(folder: Path, steps: str) -> dict[str, str]:
    """The environment of a process whose wall clock is set, or that believes its machine slept, at the seconds that `steps` says."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("there is no C compiler")
    library = folder / "stepping_clock.so"
    source = Path(__file__).with_name("stepping_clock.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source)], check=True)
    return {**os.environ, "LD_PRELOAD": str(library), "STEPPING_CLOCK": steps}


def run_on_ptys(
    rig: str, twin: Twin, folder: Path, steps: Sequence[object], record: list[dict[str, str]], env: dict[str, str] | None = None
) -> tuple[pumprig.Run, dict[str, Any]]:
    kinds = {name: {"kind": name} for name in ("pressure", "witness", "pump")}
    kinds["pressure"]["kind"], kinds["pump"]["kind"] = "keller", "pump_board"
    bench = twin.bench_file(folder / "bench.json", **kinds)
    return run_scenario(rig, folder, steps, "--bench", str(bench), record=record, env=env)


def test_setting_the_wall_clock_in_mid_run_moves_nothing_and_is_told(rig: str, twin: Twin, tmp_path: Path) -> None:
    before = time.time_ns()
    run, report = run_on_ptys(rig, twin, tmp_path, MEASURED, PRESSURE, under_other_clocks(tmp_path, "utc 3 7200,utc 6 -100000,utc 8 0.7"))
    after = time.time_ns()
    told = [json.loads(e.json)["utc_moved_ns"] / 1e9 for e in run.events() if e.kind == "wall_clock"]
    assert [round(moved, 1) for moved in told] == [7200, -100000, 0.7]
    assert not [e for e in run.events() if e.kind == "suspended"]
    assert report["verdict"] == "pass", report
    t = run.samples("pressure.pressure").t_ns
    assert t.size >= 5
    assert np.all(np.diff(t) > 0)
    assert t[-1] - t[0] < after - before, "an hour of the wall clock would show"
    assert 10e9 <= report["scenario_time_s"] * 1e9 <= after - before
    assert report["wall_time_s"] * 1e9 <= after - before
    assert before <= run.utc_origin_ns <= after
    assert int(run.metadata["finish.ended_utc_ns"]) <= after, "the origin is taken once and goes on by a clock that nobody sets"
    clock = run.pump_clock
    assert clock is not None and clock.jumps == 0


def test_a_sleep_of_the_machine_is_told_and_leaves_a_gap(rig: str, twin: Twin, tmp_path: Path) -> None:
    run, report = run_on_ptys(rig, twin, tmp_path, MEASURED, PRESSURE, under_other_clocks(tmp_path, "sleep 4 600"))
    slept = [json.loads(e.json)["slept_ns"] / 1e9 for e in run.events() if e.kind == "suspended"]
    assert [round(s, 1) for s in slept] == [600]
    assert not [e for e in run.events() if e.kind == "wall_clock"], "the wall clock is right after a sleep"
    assert report["checks"][0]["verdict"] == "inconclusive", "what went on meanwhile nobody knows"
    assert report["wall_time_s"] > 600


# ---- a busy machine --------------------------------------------------------------------------------------------------------------------

GAP_BEFORE = 4


@contextmanager
def busy_loops(count: int) -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def test_beside_busy_loops_every_sample_says_when_it_truly_was(rig: str, twin: Twin, tmp_path: Path) -> None:
    steps = [
        {"step": "program", "rate": "10 mL/day"},
        {"step": "start"},
        {"step": "wait", "for": "20 s"},
    ]
    record = [
        {"channel": "pump.clock", "every": "200 ms"},
        {"channel": "pump.steps", "every": "200 ms"},
        {"channel": "pressure.pressure", "every": "100 ms"},
        {"channel": "witness.step"},
    ]
    with busy_loops(2):
        run, _ = run_on_ptys(rig, twin, tmp_path, steps, record)
    expect_clock_samples_true(run)
    expect_edges_true(run)
    for channel, interval in (("pump.clock", 200_000_000), ("pressure.pressure", 100_000_000)):
        expect_lateness_told(run, channel, interval)


def expect_clock_samples_true(run: pumprig.Run) -> None:
    """Each lies between its request and its reply. (The pump's clock itself is no truth here: a twin that is woken late lets it stand.)"""
    with_instants = stored_samples(run, "pump.clock")
    assert len(with_instants) >= 10
    for t, _, requested, replied in with_instants:
        assert requested <= t <= replied


def stored_samples(run: pumprig.Run, channel: str) -> list[tuple[float, float, float, float]]:
    """(t, value, requested, replied) in seconds, by the second reader of the format."""
    with StoredRun(run.path) as stored:
        which = next(c for c in stored.channels if c.name == channel)
        columns = stored.samples(which.id)
    return [
        (t / 1e9, float(v), (t - ask) / 1e9, (t + reply) / 1e9)
        for t, v, ask, reply in zip(
            columns.t_ns.tolist(), columns.value, columns.ask_before_ns.tolist(), columns.reply_after_ns.tolist(), strict=True
        )
    ]


def expect_edges_true(run: pumprig.Run) -> None:
    """Numbers of steps rise one by one where no gap is marked; each came before it was told, and the pump's counter never ran behind it."""
    edges, flags = stored_samples(run, "witness.step"), run.samples("witness.step").flags.tolist()
    assert len(edges) >= 10
    for (_, before, *_), (_, number, *_), flag in zip(edges, edges[1:], flags[1:], strict=False):
        assert number == before + 1 or (number > before and flag & GAP_BEFORE)
    told = stored_samples(run, "pump.steps")
    first = told[0][1] if told else 0
    for t, _, earliest, arrived in edges:
        assert earliest <= t <= arrived
    for _, counted, requested, replied in told:
        # The pump counts a step when it makes it: those surely over before it was asked are in its answer, those surely after it are not.
        surely_before = sum(1 for t, _, earliest, _ in edges if t + (t - earliest) < requested)
        not_surely_after = sum(1 for _, _, earliest, _ in edges if earliest <= replied)
        if all(not flag & GAP_BEFORE for flag in flags[1:]):
            assert surely_before <= counted - first + 1
            assert counted - first <= not_surely_after


def expect_lateness_told(run: pumprig.Run, channel: str, interval_ns: int) -> None:
    """Polls stand on a grid from the first one on. One that left more than 10 ms after its due instant has an event that names it, and no
    other has; where more than one instant is left out the next sample has a gap."""
    instrument = channel.split(".")[0]
    samples = stored_samples(run, channel)
    flags = run.samples(channel).flags.tolist()
    requested = [round(asked * 1e9) for _, _, asked, _ in samples]
    due = [json.loads(e.json)["due_ns"] for e in run.events() if e.kind == "late" and e.source == instrument]
    for before, after, flag in zip(requested, requested[1:], flags[1:], strict=False):
        if after - before > 3 * interval_ns:
            assert flag & GAP_BEFORE, f"a hole of {(after - before) / 1e6} ms at {after / 1e9} s that nobody sees"
    for instant in due:
        assert not any(instant <= asked < instant + 9_000_000 for asked in requested), f"told as late, and asked in time: {instant / 1e9} s"
    if instrument != "pressure":
        return  # the pump is asked by others, too, and then a poll that is in time waits
    origin = min(requested, key=lambda asked: (asked - requested[0]) % interval_ns)
    for asked in requested:
        late = (asked - origin) % interval_ns
        if 11_000_000 < late < interval_ns - 2_000_000:
            assert any(instant + 9_000_000 <= asked <= instant + 20 * interval_ns for instant in due), (
                f"{late / 1e6} ms late: {asked / 1e9} s"
            )
