"""What a Python user does: run scenarios, read runs as numpy arrays, get errors that say what to do."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import pumprig


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> pumprig.Report:
    return pumprig.Bench.virtual().run("basal_accuracy", out=tmp_path_factory.mktemp("runs"))


def test_a_bundled_scenario_passes_and_says_that_the_bench_was_virtual(day: pumprig.Report) -> None:
    assert day.passed
    assert day.run is not None
    assert day.run.bench_kind == "virtual"
    assert day.run.verdict == "pass"
    flow = next(check for check in day.run.checks if check.check == "delivered_flow")
    assert flow.requirements == ("REQ-103",)
    assert flow.margin is not None and flow.uncertainty is not None and flow.margin > flow.uncertainty > 0


def test_samples_are_views_that_outlive_the_run_and_cannot_be_written(day: pumprig.Report) -> None:
    assert day.run is not None
    samples = day.run.samples("flow.flow")
    flow, times = samples.value, samples.t_ns
    del samples
    assert flow.dtype == np.float64 and times.dtype == np.int64
    assert len(flow) >= 86_400
    assert not flow.flags.owndata and not flow.flags.writeable
    assert np.all(np.diff(times) > 0)
    assert abs(float(np.mean(flow[3600:])) - 0.3472) < 0.03
    assert day.run.times_utc("flow.flow")[0] > np.datetime64("2020-01-01")


def test_the_record_proves_itself(day: pumprig.Report) -> None:
    assert day.run is not None
    proof = day.run.verify()
    assert proof["complete"] and proof["problems"] == []
    assert proof["digest"] == day.run.digest


def test_the_same_seed_gives_the_same_content_and_another_seed_does_not(tmp_path: Path) -> None:
    bench = pumprig.Bench.virtual()
    runs = [bench.run("stop_means_stop", seed=seed, out=tmp_path).run for seed in (5, 5, 6)]
    digests = [run.digest for run in runs if run is not None]
    assert digests[0] == digests[1] != digests[2]


def test_a_parameter_is_kept_in_the_record(tmp_path: Path) -> None:
    run = pumprig.Bench.virtual().run("basal_accuracy", parameters={"rate": "1 mL/day"}, out=tmp_path).run
    assert run is not None
    assert "1 mL/day" in json.dumps(run.metadata)


def test_progress_is_told_and_an_exception_of_the_callback_aborts_in_the_safe_state(tmp_path: Path) -> None:
    def impatient(fraction: float, step: str) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        # Slow enough that progress is told before the end.
        pumprig.Bench.virtual().run("stop_means_stop", speed=100, out=tmp_path, on_progress=impatient)
    kept = [pumprig.open_run(path) for path in tmp_path.rglob("*.pumprun")]
    assert [run.state for run in kept] == ["aborted"]
    assert any(event.kind == "safe_state" for event in kept[0].events())


def test_a_scenario_with_mistakes_names_each_with_its_place_and_remedy(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.json"
    wrong.write_text('{"scenario": 1, "name": "x", "title": "x",\n "steps": [{"step": "wiat"},\n {"step": "wait", "for": "10"}]}')
    with pytest.raises(pumprig.InputError) as raised:
        pumprig.Bench.virtual().run(wrong, out=tmp_path)
    assert raised.value.code == "invalid_argument"
    text = str(raised.value)
    for part in ("wrong.json:2", "/steps/0", "wait", "wrong.json:3", "/steps/1/for"):
        assert part in text, text


def test_a_run_that_is_not_there_and_a_file_that_is_no_run_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(pumprig.NotFoundError):
        pumprig.open_run(tmp_path / "nothing.pumprun")
    other = tmp_path / "other.pumprun"
    other.write_text("not a run")
    with pytest.raises(pumprig.CorruptError):
        pumprig.open_run(other)


# Each reaches code of the ARM image that the others do not: the timing of steps; a reset, the cell and the check of a signature; the level
# sensor and a halt; the motor driver's self test; sealed sessions, whose arithmetic is the longest that the processor does.
ARM = [
    ("stop_means_stop", "virtual", "virtual-arm"),
    ("firmware_update", "virtual", "virtual-arm"),
    ("free_flow", "virtual", "virtual-arm"),
    ("self_test_before_motion", "virtual", "virtual-arm"),
    ("no_key_no_command", "virtual-sealed", "virtual-arm-sealed"),
]


@pytest.mark.parametrize(("scenario", "host", "arm"), ARM, ids=[scenario for scenario, _, _ in ARM])
def test_the_arm_image_gives_the_same_verdicts_and_repeats_itself(scenario: str, host: str, arm: str, tmp_path: Path) -> None:
    benches = Path(__file__).resolve().parents[2] / "scenarios" / "benches"
    on_host = pumprig.Bench.open(benches / f"{host}.json").run(scenario, out=tmp_path)
    on_arm = [pumprig.Bench.open(benches / f"{arm}.json").run(scenario, out=tmp_path) for _ in range(2)]
    assert on_arm[0].run is not None and on_arm[1].run is not None and on_host.run is not None
    assert on_arm[0].run.bench_kind == "virtual-arm"
    assert [(c.check, c.verdict) for c in on_arm[0].run.checks] == [(c.check, "pass") for c in on_host.run.checks]
    assert on_arm[0].run.digest == on_arm[1].run.digest


def test_the_share_of_the_radio_is_told_in_the_unit_of_its_limit(tmp_path: Path) -> None:
    scenario = tmp_path / "duty.json"
    steps = [{"step": "wait", "for": "10 min"}, {"step": "radio", "id": "duty", "limit": {"at_most": "1 %"}}]
    scenario.write_text(json.dumps({"scenario": 1, "name": "duty", "title": "The radio is hardly on", "steps": steps}))
    run = pumprig.Bench.virtual().run(scenario, out=tmp_path).run
    assert run is not None
    (duty,) = (check for check in run.checks if check.check == "duty")
    assert (duty.verdict, duty.unit) == ("pass", "%")
    assert duty.limit_hi == pytest.approx(1)
    assert duty.value is not None and 0 < duty.value < 1
