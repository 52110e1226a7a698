"""Drivers that others wrote, over real pseudo-terminals, against the virtual bench: they must read what the plant knows to be true."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from keller_protocol.keller_protocol import KellerProtocol
from sensirion_shdlc_driver import ShdlcConnection, ShdlcSerialPort
from sensirion_uart_scc1.drivers.scc1_slf3x import Scc1Slf3x
from sensirion_uart_scc1.scc1_shdlc_device import Scc1ShdlcDevice
from twin import Twin

SCENARIO = {
    "scenario": 1,
    "name": "deliver",
    "title": "Deliver at the fastest rate",
    "record": [{"channel": "witness.step"}],
    "steps": [{"step": "program", "rate": "24 mL/day"}, {"step": "start"}, {"step": "wait", "for": "20 s"}],
}


def deliver(twin: Twin, tmp_path: Path) -> None:
    """Therapy at the fastest rate over the pump's own port; the meters are left to the foreign drivers."""
    bench = twin.bench_file(tmp_path / "bench.json", pump={"kind": "pump_board"}, witness={"kind": "witness"})
    (tmp_path / "deliver.json").write_text(json.dumps(SCENARIO))
    done = subprocess.run(
        [twin.rig, "run", str(tmp_path / "deliver.json"), "--bench", str(bench), "--out", str(tmp_path / "runs")],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 3), done.stderr + done.stdout  # nothing is judged here


def test_the_makers_flow_driver_reads_flow_temperature_flags_and_a_totalizer_that_agrees_with_the_plant(twin: Twin, tmp_path: Path) -> None:
    interval_ms = 100
    with ShdlcSerialPort(port=twin.ready["links"]["flow_high"], baudrate=115200) as port:
        sensor = Scc1Slf3x(Scc1ShdlcDevice(ShdlcConnection(port), 0))
        scale, _unit = sensor.get_flow_unit_and_scale()
        assert scale > 0
        sensor.start_continuous_measurement(interval_ms)
        sensor.set_totalizator_status(True)
        sensor.reset_totalizator()
        before = twin.truth("metered_ul")
        deliver(twin, tmp_path)
        ticks = sensor.get_totalizator_value()
        passed_ul = twin.truth("metered_ul") - before
        _remaining, _lost, samples = sensor.read_extended_buffer()
        sensor.stop_continuous_measurement()
    # The unit of LD20 is mL/h; a tick counts for one internal interval.
    volume_ul = ticks / scale * 1000 * interval_ms / 3_600_000
    assert passed_ul > 1
    assert volume_ul == pytest.approx(passed_ul, rel=0.25, abs=0.6)
    flow, temperature, flags = samples[-1]
    assert 15 < temperature / 200 < 25
    assert flags & 1 == 0  # no air in the line
    assert abs(flow / scale) < 30


def test_the_makers_pressure_driver_reads_pressure_temperature_and_serial_number(twin: Twin) -> None:
    transmitter = KellerProtocol(twin.ready["links"]["pressure"], 9600, 0.3, echo=False)
    transmitter.f48(1)
    assert int(transmitter.f69(1)) > 0
    assert transmitter.f73(1, 1) == pytest.approx(twin.truth("outlet_kpa") / 100, abs=0.01)  # bar
    assert 15 < transmitter.f73(1, 4) < 25
