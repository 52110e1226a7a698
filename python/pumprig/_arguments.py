"""What may be passed to the devices of physician and patient: a wrong type is named with an example of what may stand there."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Any

from pumprig._errors import InputError

# What each argument of a person's device may look like; all of them are text.
_EXAMPLES = {
    "link": "pty:patient/pump",
    "drug": "morphine sulfate",
    "concentration": "20 mg/mL",
    "dose": "5 mg/day",
    "schedule": "mon-fri 07:00 6 mg/day; daily 00:00 4 mg/day",
    "periodic_dose": "0.25 mg",
    "periodic_duration": "10 min",
    "periodic_interval": "6 h",
    "bolus_dose": "0.25 mg",
    "bolus_duration": "10 min",
    "bolus_lockout": "3 h",
    "pump_tube": "199 uL",
    "catheter": "176 uL",
    "low_reservoir": "2 mL",
    "volume": "20 mL",
    "measured": "2 mL",
    "capacity": "20 mL",
    "fill": "first",
    "amount": "0.5 mg",
    "duration": "30 min",
    "span": "10 min",
    "local_time": "2026-03-02 08:00:00",
}
_MAY_LACK = ("measured", "capacity", "fill")
_COUNTS = {"confirm": 1, "boluses_per_day": 4, "from_seq": 1}


def _wrong(name: str, wanted: str, example: object, given: object) -> InputError:
    return InputError(f"{name} is {wanted}, {name}={example!r}; {given!r} is none", "invalid_argument")


def checked(given: Mapping[str, Any]) -> None:
    """Names an argument of a wrong type, with an example."""
    for name, value in given.items():
        if name in _EXAMPLES and not isinstance(value, str) and not (value is None and name in _MAY_LACK):
            raise _wrong(name, "text" if name in ("link", "drug", "fill") else "text with its unit", _EXAMPLES[name], value)
        if name in _COUNTS and (isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**32):
            raise _wrong(name, "a whole number", _COUNTS[name], value)
        if name in ("minimum_rate", "correct") and not isinstance(value, bool):
            raise _wrong(name, "True or False", True, value)
        if name == "keys" and value is not None and not isinstance(value, str | PathLike):
            raise _wrong(name, "a folder", "keys", value)
        if name == "state" and value is not None and not isinstance(value, str | PathLike):
            raise _wrong(name, "a file", "ptm.json", value)
        if name == "image" and not isinstance(value, str | PathLike):
            raise _wrong(name, "a file", "image.json", value)
        if name == "patience_s" and (isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e9):
            raise _wrong(name, "a number of seconds", 30, value)
