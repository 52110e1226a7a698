"""Recomputes the hash chain and the content digest of a run, as rig/record/chain.h describes them."""

from __future__ import annotations

import hashlib
import sqlite3
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pumprig._store import StoredRun
from pumprig._store_codec import StoreError, decompress


@dataclass
class Verification:
    problems: list[str] = field(default_factory=list)
    items: int = 0
    digest: str = ""

    @property
    def complete(self) -> bool:
        return not self.problems


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _signed(value: int) -> bytes:
    return _varint(value * 2 if value >= 0 else -value * 2 - 1)


def _text(value: str) -> bytes:
    raw = value.encode()
    return _varint(len(raw)) + raw


def _texts(values: list[str]) -> bytes:
    return _varint(len(values)) + b"".join(map(_text, values))


def _optional(value: float | None) -> bytes:
    return b"\0" if value is None else b"\1" + struct.pack("<d", value)


def _rows_bytes(rows: dict[str, str]) -> bytes:
    return b"".join(_text(key) + _text(rows[key]) for key in sorted(rows, key=str.encode))


def _sha(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


@dataclass(frozen=True)
class _Item:
    seq: int
    stream: str
    content: bytes
    link: bytes
    in_digest: bool
    what: str


def verify(run: StoredRun) -> Verification:
    """Recomputes the hash chain and the content digest."""
    out = Verification()
    opening = {k: v for k, v in run.rows.items() if not k.startswith(("finish.", "writer.", "chain."))}
    head = _sha(b"pumprig run 1", _rows_bytes(opening))
    if run.rows.get("chain.genesis") != head.hex():
        out.problems.append("the metadata is not what it was when the run began")
    streams: dict[str, bytes] = {}
    expected = 1
    known = True
    for item in _items(run, out.problems):
        if item.seq != expected:
            out.problems.append(f"items {expected} to {item.seq - 1} of the record are lost")
            known = False
        expected = item.seq + 1
        digest = _sha(b"pumprig item 1", item.stream.encode(), b"\0", item.content)
        if known and _sha(head, digest) != item.link:
            out.problems.append(f"item {item.seq}: {item.what}: changed after it was recorded, or moved")
        elif known:
            out.items += 1
        known, head = True, item.link
        if item.in_digest:
            streams[item.stream] = _sha(streams.get(item.stream, bytes(32)), digest)
    parts = [_text(name) + streams[name] for name in sorted(streams, key=str.encode)]
    out.digest = _sha(b"pumprig digest 1", _text(run.bench_kind), *parts).hex()
    _verify_end(run, out, head, expected - 1)
    return out


def _verify_end(run: StoredRun, out: Verification, head: bytes, last: int) -> None:
    ending = {k: v for k, v in run.rows.items() if k.startswith("finish.")}
    if not ending:
        out.problems.append(f"the run is {run.state}; what came last is not sealed")
        return
    seal = ending.pop("finish.seal", "")
    if _sha(b"pumprig seal 1", head, _rows_bytes(ending)).hex() != seal:
        out.problems.append("the seal does not fit: the end of the record or the way the run ended was changed")
    if ending.get("finish.items") != str(last):
        out.problems.append(f"the record ends with item {last}, but {ending.get('finish.items')} were sealed")
    if ending.get("finish.digest") != out.digest:
        out.problems.append("the content digest stated at the end is not that of the content")
    if run.db.execute("SELECT (SELECT count(*) FROM tail) + (SELECT count(*) FROM link_tail)").fetchone()[0]:
        out.problems.append("the run is finished, and yet there is something that was never sealed")


def _items(run: StoredRun, problems: list[str]) -> Iterable[_Item]:
    items: list[_Item] = []
    makers = (_channel_items, _link_items, _chunk_items, _row_items)
    for maker in makers:
        try:
            items += maker(run, problems)
        except sqlite3.DatabaseError as error:
            problems.append(f"the file is damaged: {error}")
    return sorted(items, key=lambda item: item.seq)


def _channel_items(run: StoredRun, _: list[str]) -> Iterator[_Item]:
    # Layout 1 did not tell what a totalizer may be wrong by a minute.
    drift = "uncertainty_per_minute" if run.schema_version >= 2 else "0.0"
    columns = "name, unit, instrument, source, kind, clock, evidence, uncertainty_absolute, uncertainty_relative, resolution, seq, chain"
    for row in run.db.execute(f"SELECT {columns}, {drift} FROM channel"):
        name, unit, instrument, source, kind, clock, evidence, absolute, relative, resolution, seq, link, per_minute = row
        content = _text(unit) + _text(instrument) + _text(source) + _text(kind)
        content += struct.pack("<dd", absolute, relative) + bytes([evidence]) + _text(clock) + struct.pack("<d", resolution)
        if per_minute != 0:
            content += struct.pack("<d", per_minute)
        yield _Item(seq, f"channel {name}", content, link, True, f"the description of channel {name}")


def _link_items(run: StoredRun, _: list[str]) -> Iterator[_Item]:
    for name, seq, link in run.db.execute("SELECT name, seq, chain FROM link"):
        yield _Item(seq, f"link {name}", b"", link, True, f"link {name}")


def _chunk_items(run: StoredRun, problems: list[str]) -> Iterator[_Item]:
    for table, owner in (("chunk", "channel"), ("link_chunk", "link")):
        query = f"SELECT c.seq, o.name, c.t0_ns, c.t1_ns, c.storage, c.data, c.chain FROM {table} c "
        query += f"JOIN {owner} o ON o.id=c.{owner}"
        for seq, name, t0, t1, storage, data, link in run.db.execute(query):
            what = f"{owner} {name} from {t0 / 1e9:g} s to {t1 / 1e9:g} s"
            try:
                yield _Item(seq, f"{owner} {name}", decompress(storage, data), link, True, what)
            except StoreError as error:
                problems.append(f"item {seq}: {what}: {error}")


def _row_items(run: StoredRun, _: list[str]) -> Iterator[_Item]:
    for seq, t, source, kind, text, json, provenance, link in run.db.execute("SELECT * FROM event"):
        content = _signed(t) + _text(source) + _text(kind) + _text(text) + _text(json) + bytes([provenance])
        yield _Item(seq, "event", content, link, not provenance, f"the event at {t / 1e9:g} s")
    for row in run.db.execute("SELECT * FROM verdict"):
        (
            seq,
            check,
            ids,
            verdict,
            limit,
            lo,
            hi,
            value,
            unit,
            margin,
            uncertainty,
            start,
            end,
            source,
            clock,
            why,
            error,
            link,
        ) = row
        content = _text(check) + _texts(ids.split()) + _text(verdict) + _text(limit) + _optional(lo) + _optional(hi)
        content += _optional(value) + _text(unit) + _optional(margin) + _optional(uncertainty) + _signed(start) + _signed(end)
        content += _text(source) + _text(clock) + _text(why) + _text(error)
        yield _Item(seq, "verdict", content, link, True, f"the verdict of check {check}")
    for seq, kind, name, text, ids, link in run.db.execute("SELECT * FROM plan"):
        content = bytes([kind == "check"]) + _text(name) + _text(text) + _texts(ids.split())
        yield _Item(seq, "plan", content, link, True, f"the plan's {name}")
    for seq, check, ids, reason, link in run.db.execute("SELECT * FROM not_run"):
        content = _text(check) + _texts(ids.split()) + _text(reason)
        yield _Item(seq, "not_run", content, link, True, f"the reason why {check} was not run")
