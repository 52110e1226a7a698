"""The page of a run, and the second reader of the store that it rests on, held against the golden run."""

import json
import math
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

import pumprig
from pumprig._store import Samples, StoredChannel, StoredCheck, StoredRun, StoreError
from pumprig._store_codec import unpack_samples
from pumprig._store_verify import verify
from pumprig.report import render
from pumprig.report.__main__ import main
from pumprig.report._chart import PARTS, Curve, factor_between, make_charts, nice_ticks, time_ticks
from pumprig.report._format import duration, instant, number, quantity, utc

GOLDEN = Path(__file__).resolve().parents[2] / "rig" / "record" / "golden" / "run_v1.pumprun"


@pytest.fixture
def run_file(tmp_path: Path) -> Path:
    return Path(shutil.copy(GOLDEN, tmp_path / "golden.pumprun"))


def change(path: Path, *statements: str) -> None:
    with sqlite3.connect(path) as db:
        for statement in statements:
            db.execute(statement)
    db.close()


@pytest.mark.parametrize("layout", [1, 2])
def test_the_second_reader_finds_what_the_writer_sealed(layout: int) -> None:
    with StoredRun(GOLDEN.with_name(f"run_v{layout}.pumprun")) as run:
        verification = verify(run)
        assert verification.problems == []
        assert verification.digest == run.rows["finish.digest"]
        assert run.schema_version == layout


def test_a_run_of_today_is_proven_by_both_readers_and_has_its_page(tmp_path: Path) -> None:
    report = pumprig.Bench.virtual().run("stop_means_stop", out=tmp_path)
    assert report.run is not None and report.run.verify()["complete"]
    with StoredRun(report.run.path) as run:
        verification = verify(run)
        assert verification.problems == []
        assert verification.digest == report.run.digest
    assert "every hash of the chain recomputed and right" in render(report.run.path)


def test_how_a_run_ended_is_read() -> None:
    with StoredRun(GOLDEN) as run:
        assert run.bench_kind == "virtual"
        assert (run.state, run.verdict) == ("aborted", "error")


def test_every_kind_of_value_comes_back() -> None:
    with StoredRun(GOLDEN) as run:
        ids = {channel.name: channel.id for channel in run.channels}
        flow = run.samples(ids["flow.flow"])
        np.testing.assert_array_equal(flow.value, np.arange(1500) % 40 / 13.0)
        np.testing.assert_array_equal(flow.t_ns, np.arange(1500) * 1_000_000_000 + 2_000_000)
        np.testing.assert_array_equal(np.flatnonzero(~flow.valid), [800])
        assert set(flow.window_ns) == {20_000_000}
        assert set(flow.ask_before_ns + flow.reply_after_ns) == {4_000_000}
        pressure = run.samples(ids["pressure.pressure"]).value
        np.testing.assert_allclose(pressure, 3 + np.sin(np.arange(1500) * 0.01), rtol=1e-7)
        clock = run.samples(ids["pump.clock"]).value
        np.testing.assert_array_equal(clock[:1000], np.arange(1000) * math.pi)
        assert math.isnan(clock[1000])


def test_checks_and_events_are_read_in_order() -> None:
    with StoredRun(GOLDEN) as run:
        assert [c.check for c in run.checks] == ["mean_rate", "high_rate", "ripple", "witness", "stop", "meter"]
        assert run.checks[1].verdict is None
        assert run.checks[1].explanation == "needs a meter above 1 mL/min"
        assert run.checks[5].error == "timeout"
        assert [e.text for e in run.events][:2] == ["step 0", "step 1"]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE verdict SET verdict='pass' WHERE check_id='ripple'",
        "UPDATE event SET t_ns=t_ns+1 WHERE text='step 2'",
        "UPDATE channel SET unit='mL/min' WHERE id=0",
        "UPDATE run SET value='7' WHERE key='seed'",
        "UPDATE run SET value='finished' WHERE key='finish.state'",
        "DELETE FROM verdict WHERE check_id='meter'",
        "DELETE FROM chunk WHERE channel=0",
        "UPDATE chunk SET data=zeroblob(9) WHERE channel=1",
        "INSERT INTO tail VALUES(0,0,1,1.0,1,0,0,0)",
    ],
)
def test_a_change_is_found_and_the_page_says_so(run_file: Path, statement: str) -> None:
    change(run_file, statement)
    with StoredRun(run_file) as run:
        assert not verify(run).complete
    assert "The record is not proven" in render(run_file)


def test_a_virtual_run_can_not_be_relabelled(run_file: Path) -> None:
    change(run_file, "UPDATE run SET value='real' WHERE key='bench_kind'")
    with pytest.raises(StoreError, match="disagree about the kind of bench"):
        render(run_file)
    change(run_file, f"PRAGMA application_id={int.from_bytes(b'PRb1')}")
    page = render(run_file)
    assert "The record is not proven" in page
    assert "Virtual bench" not in page


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no such run"):
        StoredRun(tmp_path / "none.pumprun")
    text = tmp_path / "text.pumprun"
    text.write_text("this is text and no database " * 40)
    with pytest.raises(StoreError, match="not the file of a run"):
        StoredRun(text)


def test_a_cut_chunk_is_refused_wherever_it_is_cut() -> None:
    with sqlite3.connect(GOLDEN.as_uri() + "?mode=ro", uri=True) as db:
        stored = db.execute("SELECT data FROM chunk WHERE storage=0 LIMIT 1").fetchone()
        assert stored is not None, "the golden run has no plain chunk"
        packed = stored[0]
    db.close()
    unpack_samples(packed)
    for size in range(len(packed)):
        with pytest.raises(StoreError):
            unpack_samples(packed[:size])


class Outline(HTMLParser):
    """Counts open elements and collects what a page would load."""

    VOID = frozenset({"meta", "br", "wbr", "img", "link", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []
        self.loads: list[str] = []
        self.text: list[str] = []
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loads += [f"{tag} {name}" for name, _ in attrs if name in {"src", "href", "srcset"}]
        self.rows += tag == "tr"
        if tag not in self.VOID:
            self.stack.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    parser.close()
    assert parser.stack == []
    return parser


def test_the_page_is_whole_loads_nothing_and_tells_all_checks() -> None:
    page = render(GOLDEN)
    parsed = outline(page)
    assert parsed.loads == []
    assert "<script" not in page
    assert "url(" not in page
    words = "".join(parsed.text)
    for text in (
        "mean_rate",
        "high_rate",
        "needs a meter above 1 mL/min",
        "0.5125 mL/day",
        "± 0.025 mL/day",
        "REQ-103",
        "golden",
    ):
        assert text in words
    assert words.count("No device was tested") == 2


def test_the_page_has_the_same_bytes_when_made_again(run_file: Path) -> None:
    assert render(run_file) == render(run_file)


def test_texts_of_others_are_shown_and_not_interpreted() -> None:
    page = render(GOLDEN)
    assert 'J. Doe <lab & "co">' in " ".join(outline(page).text)
    assert "<lab" not in page


def test_the_command_writes_the_page_and_tells_damage(run_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(run_file)]) == 0
    assert run_file.with_suffix(".html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert "golden.html" in capsys.readouterr().out
    change(run_file, "DELETE FROM event")
    assert main([str(run_file), "--out", str(run_file.parent / "x.html")]) == 2
    assert "lost" in capsys.readouterr().err
    assert main([str(run_file.parent / "none.pumprun")]) == 2


def curve(value: np.ndarray, name: str = "flow.flow", unit: str = "uL/min", lost: slice = slice(0, 0)) -> Curve:
    keep = np.ones(value.size, dtype=bool)
    keep[lost] = False
    flags = np.ones(value.size, dtype=np.uint8)
    flags[lost.stop if lost.stop else value.size :][:1] |= 4
    zero = np.zeros(int(keep.sum()), dtype=np.int64)
    samples = Samples((np.arange(value.size) * 1_000_000_000)[keep], value[keep], flags[keep], zero, zero, zero)
    return Curve(StoredChannel(0, name, unit, "flow", "", "point", "rig", True, 0.0, 0.0, 0.0), samples)


def test_rig_in_a_build_folder_finds_the_package_of_its_checkout_and_else_says_the_remedy(rig: str, run_file: Path, tmp_path: Path) -> None:
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PUMPRIG"))}

    def report(**more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run([rig, "report", str(run_file)], env=bare | more, cwd=tmp_path, capture_output=True, text=True)

    made = report()
    assert made.returncode == 0, made.stderr
    assert list(run_file.parent.glob("*.html"))
    python = tmp_path / "python"  # one that has only what comes with it
    python.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    python.chmod(0o755)
    lacks = report(PYTHONPATH=str(tmp_path), PUMPRIG_PYTHON=str(python))
    assert lacks.returncode == 2
    assert "this Python has no package pumprig" in lacks.stderr and "PUMPRIG_PYTHON" in lacks.stderr


def test_a_spike_of_one_sample_survives_in_a_long_curve() -> None:
    value = np.sin(np.arange(86400) / 500)
    value[40000] = 7.5
    (chart,) = make_charts([curve(value)], [], [], 86_400_000_000_000)
    heights = [float(y) for y in re.findall(r",([\d.]+)", chart.series[0].area)]
    high = 7.5 + 0.06 * 8.5
    assert min(heights) == pytest.approx(300 * (high - 7.5) / (8.5 * 1.12), abs=0.1)
    assert len(heights) <= 2 * PARTS


def test_the_legend_of_a_sum_tells_where_it_ends_and_that_of_a_rate_its_mean() -> None:
    def note(name: str, unit: str, value: list[float]) -> str:
        (chart,) = make_charts([curve(np.array(value), name=name, unit=unit)], [], [], 4_000_000_000)
        return chart.series[0].note

    assert note("dose", "mg", [0, 1, 2, 5]) == "5 mg at the end, rose by 5 mg, n = 4"
    assert note("reservoir", "mL", [20, 19, 18, 17.5]) == "17.5 mL at the end, fell by 2.5 mL, n = 4"
    assert note("flow", "mL/day", [1, 1, 2, 2]).startswith("mean 1.5 mL/day")


def test_where_samples_were_lost_nothing_is_drawn() -> None:
    value = np.sin(np.arange(86400) / 500)
    (whole,) = make_charts([curve(value)], [], [], 86_400_000_000_000)
    (holed,) = make_charts([curve(value, lost=slice(30000, 50000))], [], [], 86_400_000_000_000)
    assert (whole.series[0].line.count("M"), holed.series[0].line.count("M")) == (1, 2)
    drawn = [float(x) for x in re.findall(r"([\d.]+),", holed.series[0].area)]
    assert not [x for x in drawn if 30000 / 86.4 + 2 < x < 50000 / 86.4 - 2]


def test_the_limit_of_a_mean_flow_stands_on_the_flow_of_its_meter_over_its_window() -> None:
    value = 0.35 + 0.1 * np.sin(np.arange(1000) / 9)
    check = StoredCheck("mean", (), "pass", "", limit_lo=0.432, limit_hi=0.576, unit="mL/day", source="flow.volume")
    check = replace(check, window_start_ns=250 * 10**9, window_end_ns=10**12)
    (chart,) = make_charts([curve(value)], [check], [], 10**12)
    (band,) = chart.bands
    low, high = value.min() - 0.06 * np.ptp(value), value.max() + 0.06 * np.ptp(value)
    assert (band.left, band.width) == (25.0, 75.0)
    assert band.top == pytest.approx(100 * (high - 0.4) / (high - low), abs=0.01)
    assert band.height == pytest.approx(100 * 0.1 / (high - low), abs=0.01)


def test_curves_share_an_axis_only_when_both_can_be_seen() -> None:
    small, large = np.sin(np.arange(100) / 9), 50 * np.sin(np.arange(100) / 9)
    assert len(make_charts([curve(small, "a.flow"), curve(small * 1.2, "b.flow")], [], [], 10**11)) == 1
    apart = make_charts([curve(small, "a.flow"), curve(large, "b.flow")], [], [], 10**11)
    assert [chart.title for chart in apart] == ["Flow: a.flow", "Flow: b.flow"]


def test_the_dose_that_does_not_arrive_stands_beside_the_one_that_the_pump_believes_in() -> None:
    believed = np.linspace(0, 2500, 100)
    (chart,) = make_charts([curve(believed * 0, "patient.dose_a", "ug"), curve(believed, "pump.dose_believed", "ug")], [], [], 10**11)
    assert (chart.title, [series.name for series in chart.series]) == ("Dose", ["patient.dose_a", "pump.dose_believed"])


def test_a_leak_takes_half_of_the_dose_that_the_pump_believes_it_gave(tmp_path: Path) -> None:
    report = pumprig.Bench.virtual().run("leak_behind_the_pump", out=tmp_path)
    assert report.run is not None and report.verdict == "pass"
    arrived, believed = (report.run.samples(name) for name in ("patient.dose_a", "pump.dose_believed"))
    instants = [round(t / 60e9) for t in believed.t_ns]
    assert instants == [round(t / 60e9) for t in arrived.t_ns]  # as often, at the same instants
    sound, leaking = instants.index(365), instants.index(735)
    assert arrived.value[sound] == pytest.approx(believed.value[sound], rel=0.02)
    assert believed.value[leaking] - believed.value[sound] == pytest.approx(20 * 250 * 370 / 1440, rel=0.005)
    assert (arrived.value[leaking] - arrived.value[sound]) / (believed.value[leaking] - believed.value[sound]) < 0.6
    page = "".join(outline(render(report.run.path)).text)
    assert re.search(r"pump\.dose_believed [^;]*; not evidence", page)
    assert "what the pump believes it gave, its steps times its concentration, not what arrived" in page


def test_what_the_pump_believes_is_recorded_whatever_the_bench_calls_the_pump(tmp_path: Path) -> None:
    bench = json.loads(Path(__file__).parents[2].joinpath("scenarios/benches/virtual.json").read_text())
    bench["instruments"]["implant"] = bench["instruments"].pop("pump")
    (tmp_path / "bench.json").write_text(json.dumps(bench))
    bench_file = pumprig.Bench.open(tmp_path / "bench.json")
    with bench_file.script("a dose", out=tmp_path, record={"patient.dose_a": "7 s"}) as run:
        run.wait("1 min")
    assert run.report is not None and run.report.run is not None
    assert run.report.run.samples("implant.dose_believed").value.size == run.report.run.samples("patient.dose_a").value.size


def test_what_the_pump_believes_is_recorded_beside_a_dose_and_is_no_evidence(tmp_path: Path) -> None:
    with pumprig.Bench.virtual().script("a dose", out=tmp_path, record={"patient.dose_a": "7 s"}) as run:
        run.wait("1 min")
        with pytest.raises(pumprig.InputError, match="no evidence"):
            run.measure("dose", "1 min", channel="pump.dose_believed", at_most="1 ug")
    assert run.report is not None
    kept = run.report.run
    assert kept is not None
    assert kept.samples("pump.dose_believed").value.size == kept.samples("patient.dose_a").value.size


def test_a_limit_is_converted_to_the_unit_of_its_channel_but_never_across_references() -> None:
    assert factor_between("mL/day", "uL/min") == pytest.approx(1000 / 1440)
    assert factor_between("uL", "mL") == pytest.approx(1e-3)
    assert factor_between("mbar gauge", "kPa gauge") == pytest.approx(0.1)
    assert factor_between("kPa absolute", "kPa gauge") is None
    assert factor_between("mL", "uL/min") is None
    assert factor_between("V", "V") == 1.0


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3.2, 7.9), (1e-6, 3e-6), (99.95, 100.05), (-1e9, 1e9)])
def test_ticks_are_few_round_and_within(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)
    assert 2 <= len(ticks) <= 6
    assert all(low - 1e-9 * abs(low) <= t <= high + 1e-9 * abs(high) for t in ticks)


@pytest.mark.parametrize("seconds", [1, 59, 3600, 86400, 10 * 86400, 90 * 86400])
def test_time_ticks_begin_at_zero_and_stay_within(seconds: int) -> None:
    ticks = time_ticks(seconds * 1_000_000_000)
    assert ticks[0].at == 0
    assert 2 <= len(ticks) <= 10
    assert all(0 <= tick.at <= 100 for tick in ticks)


def test_numbers_times_and_units_read_well() -> None:
    assert number(0.5) == "0.5"
    assert number(-11.2) == "−11.2"
    assert number(123456.7) == "123457"
    assert number(40000.0) == "40000"
    assert number(1.23e-9) == "1.2300e−09"
    assert number(None) == "–"
    assert quantity(0.347222, "uL/min", 4) == "0.3472 µL/min"
    assert duration(86_400_000_000_000) == "1 d"
    assert duration(90_500_000_000) == "1 min 30.5 s"
    assert instant(86_400_000_000_000) == "24:00:00"
    assert instant(-1_500_000_000) == "−0:00:01.500"
    assert instant(3 * 86_400_000_000_000) == "3 d 0:00:00"
    assert utc(1_700_000_000_000_000_000) == "2023-11-14 22:13:20 UTC"
