"""Makes vectors.json: what comes out at the tip after a refill, by a library's solver, for the cells of the twin to be compared with.

The advection-dispersion equation on a grid that does not move with the fluid, dc/dt = -u dc/dx + D_eff d2c/dx2, with closed ends
(the flux into the tube is u times the reservoir's concentration, nothing diffuses out), solved by scipy's LSODA. D_eff = D (1 + Pe^2/48),
Pe = u r/D. Nothing is shared with the C++ code.

    python rig/twin/catheter/oracle/make_vectors.py [--check]

--check compares with the committed file instead of writing it.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp

VECTORS = Path(__file__).with_name("vectors.json")
CELLS = 3000
UL_PER_CM = 2.2
DIFFUSIVITY = 5e-10

Array = npt.NDArray[np.float64]
# Name, volume of the path in uL, then rates in mL/day with their hours.
CASES: list[tuple[str, float, list[tuple[float, float]]]] = [
    ("lowest rate", 375.0, [(0.048, 250.0)]),
    ("a usual rate", 375.0, [(0.25, 52.0)]),
    ("a high rate", 375.0, [(0.9, 15.0)]),
    ("priming", 375.0, [(24.0, 0.75)]),
    ("bridge", 375.0, [(0.5, 18.0), (0.25, 24.0)]),
    ("no bridge", 375.0, [(0.25, 48.0)]),
    ("a bolus on the way", 375.0, [(0.25, 20.0), (7.2, 0.5), (0.25, 10.0)]),
    ("two days stopped on the way", 375.0, [(0.5, 9.0), (0.0, 48.0), (0.5, 14.0)]),
    ("a long catheter", 463.0, [(0.5, 30.0)]),
]


def path_of(volume_ul: float) -> tuple[float, float, float]:
    """Area in m2, radius in m, length in m of a path with one bore."""
    area = UL_PER_CM * 1e-7
    return area, math.sqrt(area / math.pi), volume_ul * 1e-9 / area


def solve(volume_ul: float, segments: list[tuple[float, float]]) -> list[list[float]]:
    """[hours, volume out in uL, of it new fluid in uL] at even times."""
    area, radius, length = path_of(volume_ul)
    dx = length / CELLS
    # New fluid as a part of one in each cell, then the new fluid that has come out, in m of the path.
    state: Array = np.zeros(CELLS + 1)
    checks: list[list[float]] = []
    hours, out_ul = 0.0, 0.0
    for rate, duration in segments:
        speed = rate * 1e-6 / 86400 / area
        peclet = speed * radius / DIFFUSIVITY
        spread = DIFFUSIVITY * (1 + peclet**2 / 48)

        def slope(_: float, y: Array, u: float = speed, d: float = spread) -> Array:
            c = y[:-1]
            flux = np.empty(CELLS + 1)
            flux[0] = u
            flux[1:-1] = u * (c[:-1] + c[1:]) / 2 - d * np.diff(c) / dx
            flux[-1] = u * c[-1]
            return np.append(-np.diff(flux) / dx, flux[-1])

        times = np.linspace(0, duration * 3600, max(3, round(duration / sum(h for _, h in segments) * 40) + 1))
        solution = solve_ivp(slope, (0, times[-1]), state, "LSODA", times, rtol=1e-7, atol=1e-9, lband=1, uband=1)
        if not solution.success:
            raise RuntimeError(solution.message)
        state = solution.y[:, -1]
        for t, new in zip(times[1:], solution.y[-1, 1:], strict=True):
            checks.append([hours + t / 3600, out_ul + rate * 1e3 / 86400 * t, float(new) * area * 1e9])
        hours += duration
        out_ul = checks[-1][1]
    return [[round(value, 6) for value in check] for check in checks]


def make() -> dict[str, Any]:
    cases = []
    for name, volume, segments in CASES:
        cases.append({"name": name, "path_ul": volume, "segments": segments, "checks": solve(volume, segments)})
    return {"about": "Made by make_vectors.py. A check is [hours, volume out in uL, new fluid in it in uL].", "cases": cases}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    made = make()
    if not arguments.check:
        VECTORS.write_text(json.dumps(made, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")
        return 0
    kept = json.loads(VECTORS.read_text())
    for case, other in zip(made["cases"], kept["cases"], strict=True):
        if not np.allclose(case["checks"], other["checks"], rtol=1e-5, atol=1e-3):
            print(f"{VECTORS}: the case '{case['name']}' is not what the solver finds now")
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
