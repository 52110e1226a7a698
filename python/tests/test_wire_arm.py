"""The ARM firmware in real time: its own interrupts, timers, lines and watchdog, in QEMU without instruction counting.

The three runs go side by side and mostly sleep. On a busy machine pulses come late, which the run says; no check depends on it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

BENCH = "virtual-arm-wire"
IMAGE = Path("firmware") / "mps2_an386" / "pump_wire.elf"
# Twelve parts over the UART into the second bank, a reset into it, and what is older refused by the image that then runs.
UPDATE = {
    "scenario": 1,
    "name": "update_over_the_wire",
    "title": "A signed image over a real UART",
    "record": [{"channel": "witness.step"}],
    "steps": [
        {"step": "program", "rate": "4 mL/day"},
        {"step": "start"},
        {"step": "update_firmware", "id": "while_running", "expect": "refused", "reason": "therapy_runs"},
        {"step": "stop"},
        {"step": "update_firmware", "id": "bad_signature", "image": "bad_signature", "expect": "refused", "reason": "image_not_authentic"},
        {"step": "update_firmware", "id": "newer", "size": 3000, "expect": "done"},
        {"step": "update_firmware", "id": "roll_back", "image": "older_version", "expect": "refused", "reason": "image_not_newer"},
        {"step": "start"},
        {"step": "expect", "id": "goes_on", "that": {"channel": "witness.step", "above": "0"}, "within": "30 s"},
        {"step": "stop"},
    ],
}


@dataclass
class Done:
    exit_code: int
    report: dict[str, Any]
    shown: str  # by rig show
    output: str

    def check(self, name: str) -> dict[str, Any]:
        found = [check for check in self.report["checks"] if check["id"] == name]
        assert found, f"no check {name} in {self.report}"
        check: dict[str, Any] = found[0]
        return check


@pytest.fixture(scope="module")
def runs(rig: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Done]]:
    built = Path(rig).resolve().parents[1] / IMAGE
    if shutil.which("qemu-system-arm") is None or not (built.exists() or "PUMPRIG_ARM_WIRE_IMAGE" in os.environ):
        pytest.skip("no qemu-system-arm, or no ARM image: see packages.txt")
    out = tmp_path_factory.mktemp("wire")
    update = out / "update_over_the_wire.json"
    update.write_text(json.dumps(UPDATE))
    going = {
        name: subprocess.Popen(
            [rig, "run", scenario, "--bench", BENCH, "--out", str(out / name)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name, scenario in (("two_minutes", "two_minutes"), ("hung_firmware", "hung_firmware"), ("update", str(update)))
    }
    try:
        yield {name: finish(rig, process, out / name) for name, process in going.items()}
    finally:
        for process in going.values():
            process.kill()
            process.wait()


def finish(rig: str, process: subprocess.Popen[str], out: Path) -> Done:
    output, _ = process.communicate(timeout=600)
    (run,) = out.glob("*.pumprun")
    as_json = subprocess.run([rig, "show", str(run), "--json"], capture_output=True, text=True)
    shown = subprocess.run([rig, "show", str(run)], capture_output=True, text=True)
    return Done(process.returncode, json.loads(as_json.stdout), shown.stdout, output)


def test_two_minutes_of_therapy_pass_in_real_time(runs: dict[str, Done]) -> None:
    done = runs["two_minutes"]
    assert done.exit_code == 0, done.output + done.shown
    assert {check["verdict"] for check in done.report["checks"]} == {"pass"}
    assert done.report["bench"] == BENCH
    assert done.report["speed"] == "1"


def test_the_witness_saw_every_step_of_the_bolus(runs: dict[str, Done]) -> None:
    assert abs(float(runs["two_minutes"].check("bolus_steps")["value"]) - 487) <= 5


def test_the_run_says_how_late_the_emulated_board_was(runs: dict[str, Done]) -> None:
    for done in runs.values():
        (late,) = [line for line in done.shown.splitlines() if "pulses of the board went out more than 10 ms late" in line]
        assert late.startswith("board ")


def test_a_hung_firmware_is_reset_by_its_watchdog_and_goes_on(runs: dict[str, Done]) -> None:
    done = runs["hung_firmware"]
    assert done.exit_code == 0, done.output + done.shown
    assert done.check("cause")["verdict"] == "pass"
    assert done.check("flow_after")["verdict"] == "pass"
    # A second of grace at least; never longer than the next step, the grace and the start.
    assert 0.5 <= float(done.check("pause")["value"]) <= 6.4


def test_both_the_board_and_the_pump_say_that_it_was_the_watchdog(runs: dict[str, Done]) -> None:
    lines = runs["hung_firmware"].shown.splitlines()
    resets = [line for line in lines if line.startswith("board ") and " reset: " in line]
    assert len(resets) == 1, lines
    assert "the watchdog reset the pump board" in resets[0]
    assert "(reset 1 since power-on)" in resets[0]
    restarted = [line for line in lines if line.startswith("pump ") and " restarted: " in line]
    assert len(restarted) == 1, lines
    assert "it says by watchdog, boot 2" in restarted[0]
    assert not any("reset" in line for line in runs["two_minutes"].shown.splitlines() if line.startswith(("board ", "pump ")))


def test_a_signed_image_goes_over_the_uart_into_the_second_bank_and_starts(runs: dict[str, Done]) -> None:
    done = runs["update"]
    assert done.exit_code == 0, done.output + done.shown
    assert [check["id"] for check in done.report["checks"]] == ["while_running", "bad_signature", "newer", "roll_back", "goes_on"]
    resets = [line for line in done.shown.splitlines() if line.startswith("board ") and " reset: " in line]
    assert len(resets) == 1, done.shown
    assert "the firmware reset the pump board" in resets[0]


@pytest.mark.parametrize("speed", ["10", "0.5", "max"])
def test_another_speed_is_refused_with_the_remedy(rig: str, tmp_path: Path, speed: str) -> None:
    done = subprocess.run(
        [rig, "run", "two_minutes", "--bench", BENCH, "--speed", speed, "--out", str(tmp_path)], capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "runs at speed 1 only" in done.stderr
    assert "virtual-arm" in done.stderr
    assert not list(tmp_path.glob("*.pumprun"))
