"""How numbers, times and units are written on a page."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

_PRETTY = {"uL": "µL", "uL/min": "µL/min", "uL/h": "µL/h", "degC": "°C", "1": ""}


def unit(text: str) -> str:
    return _PRETTY.get(text, text)


def number(value: float | None, digits: int = 5) -> str:
    """Significant digits, a real minus sign, no exponent where a plain number is short."""
    if value is None:
        return "–"
    if not math.isfinite(value):
        return str(value)
    if value == 0:
        return "0"
    size = math.floor(math.log10(abs(value)))
    text = (
        f"{value:.{digits - 1}e}" if size < -5 or size >= 9 else f"{round(value, max(digits - 1 - size, 0)):.{max(digits - 1 - size, 0)}f}"
    )
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", "−")


def quantity(value: float | None, of: str, digits: int = 5) -> str:
    return "–" if value is None else f"{number(value, digits)} {unit(of)}".strip()


def duration(ns: int) -> str:
    """1 d 2 h 3 min 4.5 s, without the parts that are 0."""
    if ns == 0:
        return "0 s"
    sign, ns = ("−", -ns) if ns < 0 else ("", ns)
    minutes, rest = divmod(ns, 60_000_000_000)
    days, minutes = divmod(minutes, 1440)
    hours, minutes = divmod(minutes, 60)
    parts = [f"{n} {name}" for n, name in ((days, "d"), (hours, "h"), (minutes, "min")) if n]
    if rest:
        parts.append(f"{number(round(rest / 1e9, 3), 5)} s")
    return sign + " ".join(parts)


def instant(ns: int) -> str:
    """Scenario time as h:mm:ss, from two days on with the days apart; with milliseconds where there are some."""
    sign, ns = ("−", -ns) if ns < 0 else ("", ns)
    milliseconds = (ns + 500_000) // 1_000_000
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24) if hours > 48 else (0, hours)
    text = f"{sign}{days} d " if days else sign
    text += f"{hours}:{minutes:02}:{seconds:02}"
    return f"{text}.{milliseconds:03}" if milliseconds else text


def utc(ns: int) -> str:
    """Wall clock, UTC, to the second."""
    if ns == 0:
        return "not stated"
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=ns // 1_000_000_000)
    return moment.strftime("%Y-%m-%d %H:%M:%S UTC")
