"""Hardware-in-the-loop test rig for a programmable implantable drug pump.

>>> import pumprig
>>> report = pumprig.Bench.virtual().run("basal_accuracy", parameters={"rate": "0.25 mL/day"})
>>> report.verdict
'pass'
"""

import sysconfig as _sysconfig
from pathlib import Path as _Path

from pumprig import _core
from pumprig._answers import Finding, LogEntry, Prescription, Proof, PumpState, Refill, Review, Shown
from pumprig._bench import Bench
from pumprig._client import Client, Job, connect
from pumprig._core import Samples
from pumprig._errors import (
    CancelledError,
    CorruptError,
    Error,
    InputError,
    InternalError,
    LinkError,
    NotFoundError,
    ProtocolError,
    RefusedError,
    UnsupportedError,
)
from pumprig._people import Programmer, Ptm, drug_library
from pumprig._report import Report
from pumprig._run import Channel, Check, Event, PumpClock, Run, open_run
from pumprig._script import Latest, Measuring, Script

_program = _Path(_sysconfig.get_path("scripts")) / "rig"
if _program.is_file():
    _core.set_rig_program(str(_program))
_share = _Path(__file__).resolve().parent / "share"
if _share.is_dir():
    _core.set_data_dir(str(_share))

__all__ = [
    "Bench",
    "CancelledError",
    "Channel",
    "Check",
    "Client",
    "CorruptError",
    "Error",
    "Event",
    "Finding",
    "InputError",
    "InternalError",
    "Job",
    "Latest",
    "LinkError",
    "LogEntry",
    "Measuring",
    "NotFoundError",
    "Prescription",
    "Programmer",
    "Proof",
    "ProtocolError",
    "Ptm",
    "PumpClock",
    "PumpState",
    "Refill",
    "RefusedError",
    "Report",
    "Review",
    "Run",
    "Samples",
    "Script",
    "Shown",
    "UnsupportedError",
    "connect",
    "drug_library",
    "open_run",
]
