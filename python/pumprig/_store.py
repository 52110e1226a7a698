"""Reads the file of a run with nothing but sqlite3, numpy and zstandard.

A second implementation of what rig/record writes, made from its description: it decodes the same chunks and
(`_store_verify`) recomputes the same hash chain, so each proves the other. Use `pumprig.open_run` for work with
samples; this module is for pages.
"""

from __future__ import annotations

import math
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import numpy as np

from pumprig._store_codec import Samples, StoreError, decompress, unpack_samples

__all__ = ["Samples", "StoreError", "StoredChannel", "StoredCheck", "StoredEvent", "StoredRun"]

SCHEMA_VERSION = 2
APPLICATION_IDS = {
    int.from_bytes(b"PRv1"): "virtual",
    int.from_bytes(b"PRa1"): "virtual-arm",
    int.from_bytes(b"PRb1"): "real",
}
VERDICT_ORDER = ("pass", "inconclusive", "fail", "aborted", "error")


@dataclass(frozen=True)
class StoredChannel:
    id: int
    name: str
    unit: str
    instrument: str
    source: str
    kind: str
    clock: str
    evidence: bool
    uncertainty_absolute: float
    uncertainty_relative: float
    resolution: float


@dataclass(frozen=True)
class StoredEvent:
    t_ns: int
    source: str
    kind: str
    text: str
    json: str
    provenance: bool


@dataclass(frozen=True)
class StoredCheck:
    """One check; `verdict` is None when it was not run, and `explanation` then says why."""

    check: str
    requirements: tuple[str, ...]
    verdict: str | None
    explanation: str
    limit: str = ""
    limit_lo: float | None = None
    limit_hi: float | None = None
    value: float | None = None
    unit: str = ""
    margin: float | None = None
    uncertainty: float | None = None
    window_start_ns: int = 0
    window_end_ns: int = 0
    source: str = ""
    clock: str = "rig"
    error: str = ""


class StoredRun:
    """One run on disk, opened read-only."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        if not self.path.is_file():
            raise StoreError(f"{self.path}: there is no such run")
        uri = f"file:{quote(str(self.path.resolve()))}?mode=ro"
        try:
            self.db = sqlite3.connect(uri, uri=True)
            version = self._open_version()
        except sqlite3.OperationalError:
            if Path(f"{self.path}-wal").exists():
                raise
            self.db = sqlite3.connect(uri + "&immutable=1", uri=True)
            version = self._open_version()
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path}: this is not the file of a run ({error})") from error
        self.schema_version = version
        if version < 1:
            raise StoreError(f"{self.path}: this is not the file of a run")
        if version > SCHEMA_VERSION:
            raise StoreError(f"{self.path}: written by a newer pumprig (layout {version})")
        try:
            self.rows: dict[str, str] = dict(self.db.execute("SELECT key, value FROM run"))
            head = self.db.execute("PRAGMA application_id").fetchone()[0]
        except sqlite3.DatabaseError as error:
            raise StoreError(f"{self.path}: the metadata is damaged ({error})") from error
        if APPLICATION_IDS.get(head) != self.rows.get("bench_kind"):
            raise StoreError(f"{self.path}: the file's head and its content disagree about the kind of bench")

    def _open_version(self) -> int:
        return int(self.db.execute("PRAGMA user_version").fetchone()[0])

    def close(self) -> None:
        self.db.close()

    def __enter__(self) -> StoredRun:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def bench_kind(self) -> str:
        return self.rows["bench_kind"]

    @property
    def state(self) -> str:
        """finished, aborted, running or interrupted."""
        if "finish.state" in self.rows:
            return self.rows["finish.state"]
        return "running" if self._writer_alive() else "interrupted"

    def _writer_alive(self) -> bool:
        pid, start = self.rows.get("writer.pid", ""), self.rows.get("writer.start", "")
        if not pid.isdigit() or not start:
            return False
        try:
            boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return False
        return boot == self.rows.get("writer.boot") and stat.rpartition(")")[2].split()[19] == start

    @property
    def channels(self) -> list[StoredChannel]:
        columns = "id, name, unit, instrument, source, kind, clock, evidence, "
        columns += "uncertainty_absolute, uncertainty_relative, resolution"
        rows = self.db.execute(f"SELECT {columns} FROM channel ORDER BY id")
        return [StoredChannel(*[*row[:7], bool(row[7]), *row[8:]]) for row in rows]

    def samples(self, channel: int) -> Samples:
        query = "SELECT seq, storage, data FROM chunk WHERE channel=? ORDER BY seq"
        parts = []
        for seq, storage, data in self.db.execute(query, (channel,)):
            try:
                parts.append(unpack_samples(decompress(storage, data)))
            except StoreError as error:
                raise StoreError(f"{self.path}: chunk {seq} is damaged: {error}") from error
        if tail := self._tail(channel):
            parts.append(tail)
        if not parts:
            none = np.empty(0, dtype=np.int64)
            return Samples(none, np.empty(0), np.empty(0, dtype=np.uint8), none, none, none)
        names = ("t_ns", "value", "flags", "window_ns", "ask_before_ns", "reply_after_ns")
        return Samples(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))

    def _tail(self, channel: int) -> Samples | None:
        query = "SELECT t_ns, value, flags, window_ns, requested_ns, replied_ns FROM tail WHERE channel=? ORDER BY n"
        rows = self.db.execute(query, (channel,)).fetchall()
        if not rows:
            return None
        t, value, flags, window, requested, replied = zip(*rows, strict=True)
        at = np.array(t, dtype=np.int64)
        return Samples(
            at,
            np.array([math.nan if v is None else v for v in value]),
            np.array(flags, dtype=np.uint8),
            np.array(window, dtype=np.int64),
            at - np.array(requested, dtype=np.int64),
            np.array(replied, dtype=np.int64) - at,
        )

    @property
    def events(self) -> list[StoredEvent]:
        rows = self.db.execute("SELECT t_ns, source, kind, text, json, provenance FROM event ORDER BY seq")
        return [StoredEvent(*[*row[:5], bool(row[5])]) for row in rows]

    @property
    def steps(self) -> list[str]:
        """What the plan says that is done, in plain words."""
        return [row[0] for row in self.db.execute("SELECT text FROM plan WHERE kind='step' ORDER BY seq")]

    @property
    def checks(self) -> list[StoredCheck]:
        """Checks in the order of the plan, then those that were never planned; the worst verdict of each."""
        planned = self.db.execute("SELECT id, requirements FROM plan WHERE kind='check' ORDER BY seq").fetchall()
        skipped = self.db.execute("SELECT check_id, requirements, reason FROM not_run ORDER BY seq").fetchall()
        judged: dict[str, StoredCheck] = {}
        for check in self._verdicts():
            before = judged.get(check.check)
            if before is None or VERDICT_ORDER.index(check.verdict or "error") >= VERDICT_ORDER.index(before.verdict or "error"):
                judged[check.check] = check
        why = {check: reason for check, _, reason in skipped}
        requirements = {check: ids for check, ids, *_ in [*planned, *skipped]}
        otherwise = "not judged yet" if self.state == "running" else f"the run ended before it ({self.state})"
        names = dict.fromkeys([check for check, *_ in planned] + list(judged) + [check for check, *_ in skipped])
        return [judged.get(name) or StoredCheck(name, tuple(requirements[name].split()), None, why.get(name, otherwise)) for name in names]

    def _verdicts(self) -> Iterator[StoredCheck]:
        query = (
            "SELECT check_id, requirements, verdict, explanation, limit_text, limit_lo, limit_hi, value, unit, margin, "
            "uncertainty, "
            "window_start_ns, window_end_ns, source, clock, error FROM verdict ORDER BY seq"
        )
        for name, requirements, *rest in self.db.execute(query):
            yield StoredCheck(name, tuple(requirements.split()), *rest)

    @property
    def verdict(self) -> str | None:
        """Worst of the checks, "aborted" or "error" (interrupted) by how it ended; None when nothing was judged."""
        found = [row[0] for row in self.db.execute("SELECT verdict FROM verdict")]
        found += {"aborted": ["aborted"], "interrupted": ["error"]}.get(self.state, [])
        return max(found, key=VERDICT_ORDER.index, default=None)
