"""Makes vectors.json: the plant's differential equations solved numerically, for the closed-form plant to be compared with.

Nothing is shared with the C++ code: the roller ripple is integrated by quadrature, the fluid path by scipy's Radau solver at rtol 1e-10.

    python rig/twin/plant/oracle/make_vectors.py [--check]

--check compares with the committed file instead of writing it.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.integrate import quad, solve_ivp

KPA_S_PER_UL = 1e-12  # of one Pa·s/m³
VECTORS = Path(__file__).with_name("vectors.json")
DEFAULTS: dict[str, float] = {
    "gain": 1.0, "ripple": 0.6, "start_step": 0, "restrictor": 1e14, "meter": 4e10, "compliance": 0.2,
    "catheter_resistance": 0.0, "catheter_compliance": 0.0, "outlet_kpa": 0.0, "reservoir_ul": 20000.0, "temperature_c": 20.0,
    "tone0_kpa": 0.0, "tone0_hz": 1.0, "tone1_kpa": 0.0, "tone1_hz": 1.0,
}  # fmt: skip


def stroke_volumes(ripple: float) -> list[float]:
    """Volume of each of the 320 steps of a roller sector, µL, by quadrature of the flow density."""

    def density(phase: float) -> float:
        w = 0.5 * (1 - math.cos(2 * math.pi * (phase - 0.8) / 0.2)) if phase > 0.8 else 0.0
        return 4.0 * (1 - ripple * w) / (1 - ripple * 0.1)

    return [quad(density, i / 320, (i + 1) / 320, epsabs=1e-14, epsrel=1e-13)[0] for i in range(320)]


@dataclass
class Faults:
    outlet_occluded: float = 0
    catheter_occluded: float = 0
    inlet_occluded: float = 0
    disconnected: float = 0
    kink: float = 0  # Pa·s/m³
    leak: float = 0  # µL/s/kPa
    leak_kpa: float = 0
    roller: float = 0  # µL/s/kPa
    gain_factor: float = 1
    back_pressure: float = 0
    csf: float = 0  # instead of the configured mean and swings
    csf_kpa: float = 0
    cardiac_kpa: float = 0
    cardiac_hz: float = 1
    posture: float = 0
    transient: float = 0
    transient_tau: float = 1
    cough: float = 0  # of each of two decays, one twice as fast as the other
    cough_tau: float = 1
    begin_s: float = 0  # of transient and cough


@dataclass
class Oracle:
    config: dict[str, float]
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self.volumes = stroke_volumes(self.config["ripple"])
        self.position = int(self.config["start_step"])
        p0 = self.config["outlet_kpa"]
        # p1, p2, metered, delivered, leaked, roller
        self.state = np.array([p0, p0, 0.0, 0.0, 0.0, 0.0])
        self.two_nodes = self.config["catheter_compliance"] > 0
        # Isopentane by Antoine's equation; the reservoir is full, so the spring pulls with -5 kPa.
        vapour = 0.133322 * 10 ** (6.83315 - 1040.73 / (235.445 + self.config["temperature_c"]))
        self.inlet = vapour - 101.325 - 5.0

    def outlet(self, t: float) -> float:
        c, f = self.config, self.faults
        after = max(t - f.begin_s, 0.0)
        own = f.posture + f.transient * math.exp(-after / f.transient_tau)
        own += f.cough * (math.exp(-after / f.cough_tau) - math.exp(-2 * after / f.cough_tau))
        if f.csf:
            return f.csf_kpa + f.cardiac_kpa * math.sin(2 * math.pi * f.cardiac_hz * t) + f.back_pressure + own
        swing = c["tone0_kpa"] * math.sin(2 * math.pi * c["tone0_hz"] * t) + c["tone1_kpa"] * math.sin(2 * math.pi * c["tone1_hz"] * t)
        return c["outlet_kpa"] + f.back_pressure + swing + own

    def derivative(self, t: float, y: np.ndarray) -> list[float]:
        c, f = self.config, self.faults
        r_meter = (c["restrictor"] + c["meter"]) * KPA_S_PER_UL
        r_outlet = (c["catheter_resistance"] + f.kink) * KPA_S_PER_UL
        near_closed = f.outlet_occluded or f.disconnected
        p_out = self.outlet(t)
        leak = f.leak * (y[0] - f.leak_kpa) + (100.0 * y[0] if f.disconnected else 0.0)
        roller = f.roller * (self.inlet - y[0])
        if self.two_nodes:
            meter = 0.0 if near_closed else (y[0] - y[1]) / r_meter
            out = 0.0 if f.catheter_occluded else (y[1] - p_out) / r_outlet
            dp2 = (meter - out) / c["catheter_compliance"]
        else:
            meter = out = 0.0 if near_closed or f.catheter_occluded else (y[0] - p_out) / (r_meter + r_outlet)
            dp2 = 0.0
        dp1 = (roller - leak - meter) / c["compliance"]
        return [dp1, dp2, meter, out, leak, roller]

    def integrate(self, t0: float, t1: float) -> None:
        if t1 <= t0:
            return
        solution = solve_ivp(self.derivative, (t0, t1), self.state, method="Radau", rtol=1e-10, atol=1e-13)
        if not solution.success:
            raise RuntimeError(solution.message)
        self.state = solution.y[:, -1]

    def step(self) -> None:
        against = self.state[0] - self.inlet
        if against >= 250:
            return
        slip = min(max((against - 150) / 100, 0.0), 1.0)
        volume = self.volumes[self.position % 320] * self.config["gain"] * self.faults.gain_factor * (1 - slip)
        self.position = (self.position + 1) % 960
        if not self.faults.inlet_occluded:
            self.state[0] += volume / self.config["compliance"]


def steps(first_s: float, interval_s: float, count: int) -> list[dict[str, Any]]:
    return [{"t_ns": round((first_s + i * interval_s) * 1e9), "step": 1} for i in range(count)]


def fault(t_s: float, **values: float) -> dict[str, Any]:
    return {"t_ns": round(t_s * 1e9), "faults": values}


CATHETER = {"catheter_resistance": 2.88e11, "catheter_compliance": 0.128, "outlet_kpa": 1.4665}
SWINGS = {"tone0_kpa": 0.2666, "tone0_hz": 1.2, "tone1_kpa": 0.16, "tone1_hz": 0.25}

CASES: list[tuple[str, dict[str, float], list[dict[str, Any]], float, float]] = [
    # name, config, events, end in s, seconds between checks
    ("bench at 0.5 mL/day", {"start_step": 200}, steps(1.0, 2.16, 140), 303, 7.3),
    ("catheter into a still spine", {**CATHETER, "restrictor": 1e12}, steps(0.01, 0.5, 40), 21, 0.37),
    ("catheter and swings, hardly any bench", {**CATHETER, **SWINGS, "restrictor": 0, "meter": 3e11}, steps(0.02, 0.27, 30), 9, 0.171),
    ("catheter and swings behind a restrictor", {**CATHETER, **SWINGS, "restrictor": 1e14}, steps(0.5, 1.08, 50), 60, 1.7),
    (
        "occlusion, kink, leak, back pressure",
        {},
        steps(0.2, 0.2, 290)
        + [fault(5, outlet_occluded=1), fault(15, kink=3e14), fault(22, leak=0.004, leak_kpa=1.5), fault(30, back_pressure=12), fault(40)],
        59,
        0.93,
    ),
    (
        "occlusion at the tip, then a line that comes off",
        {**CATHETER, **SWINGS, "restrictor": 3e13},
        steps(0.1, 0.3, 120) + [fault(6.05, catheter_occluded=1), fault(20.1, disconnected=1), fault(28.3)],
        38,
        0.77,
    ),
    ("rollers that slip", {"compliance": 0.02, "gain": 1.1}, [fault(0.5, outlet_occluded=1)] + steps(1, 0.05, 500), 27, 0.51),
    (
        "free flow in the warmth, gain and no inlet",
        {"temperature_c": 37.0, "restrictor": 2e13},
        steps(0.4, 0.9, 40) + [fault(4, roller=0.0014), fault(18.1, roller=0.0014, gain_factor=1.3), fault(29.9, inlet_occluded=1)],
        40,
        0.83,
    ),
    (
        "sits up, coughs, heart beats faster",
        {**CATHETER, **SWINGS, "restrictor": 3e12},
        steps(0.1, 0.4, 54)
        + [
            fault(3.0, posture=3.9, transient=1.5, transient_tau=2.5, begin_s=3.0),
            fault(9.2, posture=3.9, transient=1.5, transient_tau=2.5, begin_s=3.0, csf=1, csf_kpa=1.2, cardiac_kpa=0.2, cardiac_hz=1.7),
            fault(14.05, cough=24.0, cough_tau=0.28, begin_s=14.05),
        ],
        22,
        0.31,
    ),
    (
        "a transient as fast as the bench settles",
        {},
        steps(0.5, 2.16, 30) + [fault(10.0, transient=4.0, transient_tau=20.008, begin_s=10.0)],
        70,
        1.9,
    ),
]


def solve(name: str, config: dict[str, float], events: list[dict[str, Any]], end_s: float, pitch_s: float) -> dict[str, Any]:
    full = {**DEFAULTS, **config}
    oracle = Oracle(full)
    events = sorted(events, key=lambda e: e["t_ns"])
    queries = [round((i + 1) * pitch_s * 1e9) for i in range(int(end_s / pitch_s))] + [round(end_s * 1e9)]
    queue = sorted([(e["t_ns"], 0, i) for i, e in enumerate(events)] + [(t, 1, 0) for t in queries])
    checks = []
    now = 0
    for t_ns, kind, index in queue:
        oracle.integrate(now * 1e-9, t_ns * 1e-9)
        now = t_ns
        if kind == 1:
            p1, p2, metered, delivered, leaked, roller = (float(v) for v in oracle.state)
            if not oracle.two_nodes:
                p2 = 0.0
            checks.append([t_ns, p1, p2, metered, delivered, leaked, roller])
        elif "step" in events[index]:
            oracle.step()
        else:
            oracle.faults = Faults(**events[index]["faults"])
    return {"name": name, "config": config, "events": events, "checks": checks}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    made = {
        "about": "Made by make_vectors.py. A check is [t_ns, outlet_kpa, distal_kpa, metered_ul, delivered_ul, leaked_ul, roller_ul]; "
        "distal_kpa counts only where the catheter has a compliance.",
        "cases": [solve(*case) for case in CASES],
    }
    if not arguments.check:
        lines = json.dumps(made, indent=None, separators=(",", ":")).replace('{"name"', '\n{"name"')
        VECTORS.write_text(lines + "\n")
        return 0
    kept = json.loads(VECTORS.read_text())
    for case, other in zip(made["cases"], kept["cases"], strict=True):
        if case["events"] != other["events"] or not np.allclose(case["checks"], other["checks"], rtol=1e-6, atol=1e-9):
            print(f"{VECTORS}: the case '{case['name']}' is not what the solver finds now")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
