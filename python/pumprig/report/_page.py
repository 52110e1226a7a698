"""What stands on the page of a run."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jinja2

from pumprig._store import StoredCheck, StoredRun, StoreError
from pumprig._store_verify import Verification, verify
from pumprig.report import _format
from pumprig.report._chart import Curve, make_charts

_EVENTS_SHOWN = 400
_OUTCOMES = ("pass", "fail", "inconclusive", "aborted", "error", "not run")
_BENCH_WORDS = {
    "virtual": (
        "Virtual bench",
        "The firmware ran on this computer; pump, fluid, patient and instruments were simulated. No device was tested.",
    ),
    "virtual-arm": (
        "Virtual bench, ARM firmware",
        "The firmware ran on an emulated ARM board; pump, fluid, patient and instruments were simulated. No device was tested.",
    ),
    "real": ("Bench run", "A pump board and instruments in a laboratory."),
}


def _templates() -> Path:
    here = Path(__file__).resolve()
    installed = here.parent / "templates" / "run"
    return installed if installed.is_dir() else here.parents[3] / "reports" / "templates" / "run"


def _gauge(check: StoredCheck) -> dict[str, float] | None:
    """Where limits, value and uncertainty lie on a small scale, in percent."""
    known = [v for v in (check.limit_lo, check.limit_hi, check.value) if v is not None]
    if check.value is None or len(known) < 2:
        return None
    spread = check.uncertainty or 0.0
    low, high = min([*known, check.value - spread]), max([*known, check.value + spread])
    if high <= low:
        return None
    pad = (high - low) * 0.12
    low, high = low - pad, high + pad

    def at(v: float) -> float:
        return round(100 * (v - low) / (high - low), 2)

    left = 0.0 if check.limit_lo is None else at(check.limit_lo)
    right = 100.0 if check.limit_hi is None else at(check.limit_hi)
    start, end = at(check.value - spread), at(check.value + spread)
    return {
        "left": left,
        "width": round(right - left, 2),
        "at": at(check.value),
        "from": start,
        "span": round(end - start, 2),
    }


def _pretty_json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    except ValueError:
        return text


def _parameters(text: str) -> list[tuple[str, str]]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return [("parameters", text)]
    return [(str(k), v if isinstance(v, str) else json.dumps(v)) for k, v in found.items()] if isinstance(found, dict) else []


def _facts(run: StoredRun) -> list[tuple[str, str]]:
    rows = run.rows
    fluid = rows.get("fluid", "")
    if "fluid_temperature_c" in rows:
        fluid += f", {rows['fluid_temperature_c']} °C"
    if "fluid_density_g_per_ml" in rows:
        fluid += f", {rows['fluid_density_g_per_ml']} g/mL"
    facts = [
        ("Bench", rows.get("bench", "")),
        ("Board serial", rows.get("board_serial") or rows.get("finish.board_serial", "")),
        ("Operator", rows.get("operator", "")),
        ("Fluid", fluid.removeprefix(", ")),
        ("Room", rows.get("room", "")),
        ("Began", _format.utc(int(rows.get("started_utc_ns") or 0))),
        ("Ended", _format.utc(int(rows["finish.ended_utc_ns"]))) if rows.get("finish.ended_utc_ns") else ("Ended", run.state),
        ("Speed", rows.get("speed", "")),
        ("Clocks", _pump_clock(run)),
        ("Seed", rows.get("seed", "")),
    ]
    facts += [(key.removeprefix("label."), value) for key, value in sorted(rows.items()) if key.startswith("label.")]
    return [(name, value) for name, value in facts if value]


def _pump_clock(run: StoredRun) -> str:
    """The last estimate that the run told of the pump's clock against the rig's."""
    return next((event.text for event in reversed(run.events) if event.kind == "pump_clock"), "")


def _hashes(run: StoredRun, verification: Verification) -> list[tuple[str, str]]:
    rows = run.rows
    named = [
        ("Content digest", verification.digest),
        ("Seal", rows.get("finish.seal", "")),
        ("Firmware", rows.get("firmware_hash", "")),
    ]
    named += [
        ("Scenario", rows.get("scenario_hash", "")),
        ("Bench", rows.get("bench_hash", "")),
        ("Script", rows.get("script_hash", "")),
    ]
    return [(name, value) for name, value in named if value]


def _curves(run: StoredRun) -> tuple[list[Curve], list[str]]:
    curves, damaged = [], []
    for channel in run.channels:
        try:
            curves.append(Curve(channel, run.samples(channel.id)))
        except StoreError as error:
            damaged.append(f"{channel.name} is not drawn: {error}")
    return curves, damaged


def render_run(run: StoredRun, verification: Verification) -> str:
    curves, damaged = _curves(run)
    checks, events = run.checks, run.events
    last = max([int(c.samples.t_ns.max()) for c in curves if c.samples.t_ns.size] + [e.t_ns for e in events], default=0)
    end_ns = max(int(run.rows.get("finish.end_ns") or 0), last)
    headline, meaning = _BENCH_WORDS[run.bench_kind]
    folder = _templates()
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=_format.number,
        quantity=_format.quantity,
        unit=_format.unit,
        instant=_format.instant,
        duration=_format.duration,
    )
    counts: dict[str, int] = {}
    for check in checks:
        word = check.verdict or "not run"
        counts[word] = counts.get(word, 0) + 1
    return environment.get_template("page.html.j2").render(
        style=(folder / "style.css").read_text(encoding="utf-8"),
        title=run.rows.get("scenario") or "script",
        statement=_title_of(run.rows.get("scenario_json", "")),
        run=run,
        rows=run.rows,
        virtual=run.bench_kind != "real",
        headline=headline,
        meaning=meaning,
        verdict=run.verdict or "nothing judged",
        state=run.state,
        checks=[(check, _gauge(check)) for check in checks],
        counts=[(word, counts[word]) for word in _OUTCOMES if word in counts],
        charts=make_charts(curves, checks, events, end_ns),
        channels=[c.channel for c in curves],
        damaged=damaged,
        asides=[e.text for e in events if e.kind == "information"],
        events=events[:_EVENTS_SHOWN],
        events_left_out=max(len(events) - _EVENTS_SHOWN, 0),
        steps=run.steps,
        parameters=_parameters(run.rows.get("parameters_json", "")),
        facts=_facts(run),
        versions=[(k.removeprefix("version."), v) for k, v in sorted(run.rows.items()) if k.startswith("version.")],
        hashes=_hashes(run, verification),
        verification=verification,
        scenario_text=_pretty_json(run.rows.get("scenario_json", "")),
        bench_text=_pretty_json(run.rows.get("bench_json", "")),
        script_text=run.rows.get("script", ""),
        end_ns=end_ns,
        source_name=run.path.name,
    )


def _title_of(scenario_json: str) -> str:
    """The sentence that says what must hold."""
    try:
        return str(json.loads(scenario_json).get("title", ""))
    except (ValueError, AttributeError):
        return ""


def render(path: str | os.PathLike[str]) -> str:
    """The page of the run in the file `path`. Raises StoreError when it is no run."""
    with StoredRun(path) as run:
        return render_run(run, verify(run))
