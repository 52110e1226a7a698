"""Curves as inline SVG. Only the plot is SVG and may be stretched; labels are HTML and keep their size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pumprig._store import Samples, StoredChannel, StoredCheck, StoredEvent
from pumprig._store_codec import FLAG_GAP_BEFORE
from pumprig.report._format import number, quantity, unit

PARTS = 480  # a curve with more samples is drawn as the extremes of that many parts
_SERIES_IN_CHART = 3

# Factor to the first unit of its kind: a limit in mL/day finds the axis of a channel in uL/min. A pressure keeps its
# reference ("kPa gauge"), and one reference is never drawn on the axis of another.
_KINDS: dict[str, dict[str, float]] = {
    "Flow": {
        "uL/min": 1.0,
        "nL/min": 1e-3,
        "uL/h": 1 / 60,
        "mL/h": 1000 / 60,
        "mL/day": 1000 / 1440,
        "uL/day": 1 / 1440,
    },
    "Pressure": {"kPa": 1.0, "Pa": 1e-3, "mbar": 0.1, "bar": 100.0},
    "Volume": {"mL": 1.0, "uL": 1e-3, "nL": 1e-6},
    "Dose": {"mg": 1.0, "ug": 1e-3, "ng": 1e-6},
}


def kind_of(unit_text: str) -> str:
    base = unit_text.partition(" ")[0]
    return next((kind for kind, units in _KINDS.items() if base in units), "")


def factor_between(of: str, to: str) -> float | None:
    """By what a number in the unit `of` is multiplied to be in `to`; None where that can not be."""
    if of == to:
        return 1.0
    (of_base, _, of_reference), (to_base, _, to_reference) = of.partition(" "), to.partition(" ")
    units = _KINDS.get(kind_of(to), {})
    return units[of_base] / units[to_base] if of_base in units and of_reference == to_reference else None


@dataclass(frozen=True)
class Tick:
    at: float  # percent of the width or height
    label: str


@dataclass(frozen=True)
class Band:
    """A limit over the window that it judged, in percent of the plot."""

    left: float
    width: float
    top: float
    height: float
    label: str


@dataclass(frozen=True)
class Series:
    name: str
    line: str
    area: str
    evidence: bool
    note: str


@dataclass
class Chart:
    title: str
    unit: str
    series: list[Series]
    y_ticks: list[Tick]
    x_ticks: list[Tick]
    bands: list[Band] = field(default_factory=list)
    marks: list[Tick] = field(default_factory=list)


@dataclass(frozen=True)
class Curve:
    """One channel with its samples: what a chart is made of."""

    channel: StoredChannel
    samples: Samples

    @property
    def range(self) -> tuple[float, float]:
        values = self.samples.value[self.samples.valid]
        finite = values[np.isfinite(values)]
        return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)

    @property
    def kind(self) -> str:
        return kind_of(self.channel.unit)


def nice_ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers within [low, high], some `about` of them."""
    rough = (high - low) / about
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= rough * 0.999)
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [round(i * step, 12) for i in range(first, last + 1)]


_TIME_STEPS = (
    [
        (1, "s"),
        (2, "s"),
        (5, "s"),
        (10, "s"),
        (20, "s"),
        (60, "min"),
        (120, "min"),
        (300, "min"),
        (600, "min"),
        (1200, "min"),
    ]
    + [(3600 * n, "h") for n in (1, 2, 3, 6, 12)]
    + [(86400 * n, "d") for n in (1, 2, 5, 10, 20, 50, 100)]
)
_PER_UNIT = {"s": 1, "min": 60, "h": 3600, "d": 86400}


def time_ticks(end_ns: int, at_most: int = 8) -> list[Tick]:
    seconds = max(end_ns, 1) / 1e9
    step, name = next(((s, n) for s, n in _TIME_STEPS if seconds / s <= at_most), _TIME_STEPS[-1])
    return [
        Tick(round(100 * i * step / seconds, 3), f"{number(i * step / _PER_UNIT[name])} {name}")
        for i in range(int(seconds / step + 1e-9) + 1)
    ]


def _points(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    return " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x, y, strict=True))


def _paths(curve: Curve, low: float, high: float, end_ns: int) -> tuple[str, str]:
    """The line and the area (of extremes) of a curve, in a box of 1000 by 300."""
    good = curve.samples.valid & np.isfinite(curve.samples.value)
    t, v = curve.samples.t_ns[good], curve.samples.value[good]
    if t.size == 0:
        return "", ""
    x = t / max(end_ns, 1) * 1000.0
    y = 300.0 - (v - low) / (high - low) * 300.0
    if t.size <= 2 * PARTS:
        gaps = np.flatnonzero((curve.samples.flags[good] & FLAG_GAP_BEFORE) != 0)
        pieces = zip(np.split(x, gaps), np.split(y, gaps), strict=True)
        return "".join(f"M{_points(a, b)}" for a, b in pieces if a.size), ""
    part = np.clip((x / 1000.0 * PARTS).astype(np.int64), 0, PARTS - 1)
    starts = np.flatnonzero(np.diff(part, prepend=-1))
    middle = (part[starts] + 0.5) * 1000.0 / PARTS
    top, bottom = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    counts = np.diff(np.append(starts, y.size))
    mean = np.add.reduceat(y, starts) / counts
    lost = np.logical_or.reduceat((curve.samples.flags[good] & FLAG_GAP_BEFORE) != 0, starts)
    breaks = np.flatnonzero(lost & (np.diff(part[starts], prepend=0) > 1))
    columns = [np.split(column, breaks) for column in (middle, top, bottom, mean)]
    line, area = "", ""
    for m, high_side, low_side, centre in zip(*columns, strict=True):
        if m.size:
            line += f"M{_points(m, centre)}"
            area += f"M{_points(m, high_side)} {_points(m[::-1], low_side[::-1])}Z"
    return line, area


def _note(curve: Curve) -> str:
    channel = curve.channel
    values = curve.samples.value[curve.samples.valid]
    if values.size == 0:
        return "no valid sample"
    lost = curve.samples.value.size - values.size
    ending = (f", {lost} invalid" if lost else "") + f", n = {values.size}"
    if channel.unit == "1":  # a count: its mean says nothing
        return f"{number(float(values[0]))} to {number(float(values[-1]))}" + ending
    if curve.kind in ("Dose", "Volume"):  # a sum, or what is left: where it begins and ends is what matters, and no mean
        shown = float(values[-1])
        rise = shown - float(values[0])
        text = f"{quantity(shown, channel.unit, 4)} at the end, {'fell' if rise < 0 else 'rose'} by {quantity(abs(rise), channel.unit, 4)}"
    else:
        shown = float(values.mean())
        text = f"mean {quantity(shown, channel.unit, 4)}"
    uncertainty = channel.uncertainty_absolute + channel.uncertainty_relative * abs(shown)
    if uncertainty > 0:
        text += f", stated ± {quantity(uncertainty, channel.unit, 2)}"
    return text + ending


def _bands(curves: Sequence[Curve], checks: Sequence[StoredCheck], low: float, high: float, end_ns: int) -> list[Band]:
    out = []
    for check in checks:
        # A mean flow may come from a meter's totalizer: its limit then belongs on the flow of the same instrument.
        instrument = check.source.partition(".")[0]
        near = [c for c in curves if c.channel.instrument == instrument]
        curve = next((c for c in near if factor_between(check.unit, c.channel.unit) is not None), None)
        if curve is None or check.unit == "1" or (check.limit_lo is None and check.limit_hi is None):
            continue
        factor = factor_between(check.unit, curve.channel.unit)
        if factor is None or curve.kind == "Dose":  # of a window, and the curve is the sum since the start: no place on its axis
            continue
        bottom = low if check.limit_lo is None else check.limit_lo * factor
        top = high if check.limit_hi is None else check.limit_hi * factor
        if top < low or bottom > high:
            continue
        bottom, top = max(bottom, low), min(top, high)
        left = 100 * max(check.window_start_ns, 0) / max(end_ns, 1)
        right = 100 * min(check.window_end_ns, end_ns) / max(end_ns, 1)
        percent = 100 / (high - low)
        out.append(
            Band(
                round(left, 3),
                round(max(right - left, 0.2), 3),
                round((high - top) * percent, 3),
                round((top - bottom) * percent, 3),
                check.check,
            )
        )
    return out


def _near(a: tuple[float, float], b: tuple[float, float]) -> bool:
    """Do two ranges show on one axis without the one flattening the other?"""
    together = max(a[1], b[1]) - min(a[0], b[0])
    return together <= 4 * min(a[1] - a[0], b[1] - b[0])


def _grouped(curves: Sequence[Curve]) -> list[list[Curve]]:
    """Curves that can share an axis: the same unit and a range of the same order."""
    groups: list[list[Curve]] = []
    for curve in curves:
        for group in groups:
            # Doses always share one: the flat line of one that does not arrive beside what the pump believes is what the chart is for.
            near = curve.kind == "Dose" or all(_near(curve.range, c.range) for c in group)
            if group[0].channel.unit == curve.channel.unit and len(group) < _SERIES_IN_CHART and near and curve.kind:
                group.append(curve)
                break
        else:
            groups.append([curve])
    order = [*_KINDS, ""]
    return sorted(groups, key=lambda group: order.index(group[0].kind))


def make_charts(curves: Sequence[Curve], checks: Sequence[StoredCheck], events: Sequence[StoredEvent], end_ns: int) -> list[Chart]:
    marks = [
        Tick(round(100 * e.t_ns / max(end_ns, 1), 3), f"{e.kind}: {e.text}")
        for e in events
        if e.kind in {"fault", "alarm"} and 0 <= e.t_ns <= end_ns
    ]
    charts = []
    groups = _grouped([c for c in curves if c.samples.value.size])
    of_kind = [group[0].kind for group in groups]
    for group in groups:
        low = min(curve.range[0] for curve in group)
        high = max(curve.range[1] for curve in group)
        pad = (high - low) * 0.06 or abs(high) * 0.1 or 1.0
        low, high = low - pad, high + pad
        series = [Series(c.channel.name, *_paths(c, low, high, end_ns), c.channel.evidence, _note(c)) for c in group]
        y_ticks = [Tick(round(100 * (high - v) / (high - low), 3), number(v)) for v in nice_ticks(low, high)]
        kind, name = group[0].kind, group[0].channel.name
        alone = of_kind.count(kind) == 1
        title = name if not kind else kind if alone and kind != "Volume" else f"{kind}: {', '.join(c.channel.name for c in group)}"
        charts.append(
            Chart(
                title,
                unit(group[0].channel.unit),
                series,
                y_ticks,
                time_ticks(end_ns),
                _bands(group, checks, low, high, end_ns),
                marks[:80],
            )
        )
    return charts
