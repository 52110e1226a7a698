"""The packed form of a chunk of samples: what rig/record/codec.h describes, read with numpy."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np
import zstandard
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bytes8 = NDArray[np.uint8]

FLAG_VALID, FLAG_SATURATED, FLAG_GAP_BEFORE = 1, 2, 4
_MAX_PACKED = 16 << 20
_MAX_SAMPLES = 4096


class StoreError(Exception):
    """The file is not a run, or a part of it is damaged."""


@dataclass(frozen=True)
class Samples:
    """Columns of one channel; times in ns of scenario time."""

    t_ns: Ints
    value: Floats
    flags: Bytes8
    window_ns: Ints
    ask_before_ns: Ints
    reply_after_ns: Ints

    @property
    def valid(self) -> NDArray[np.bool_]:
        flagged: NDArray[np.bool_] = (self.flags & FLAG_VALID) != 0
        return flagged & ~np.isnan(self.value)


class _Pack:
    """Walks over a packed chunk; raises StoreError where it ends too early."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, n: int) -> bytes:
        if n < 0 or self.at + n > len(self.data):
            raise StoreError("packed data ends too early")
        part = self.data[self.at : self.at + n]
        self.at += n
        return part

    def u8(self) -> int:
        return self.take(1)[0]

    def varint(self) -> int:
        value = 0
        for shift in range(0, 64, 7):
            byte = self.u8()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise StoreError("packed integer is longer than 64 bits")

    def signed(self) -> int:
        value = self.varint()
        return (value >> 1) ^ -(value & 1)

    def planes(self, n: int, width: int) -> NDArray[np.uint64]:
        if width > 8:
            raise StoreError("packed integers are too wide")
        raw = np.zeros((8, n), dtype=np.uint8)
        raw[:width] = np.frombuffer(self.take(n * width), dtype=np.uint8).reshape(width, n)
        return np.ascontiguousarray(raw.T).view("<u8").reshape(n)

    def integers(self, n: int) -> Ints:
        first = self.signed()
        if n == 1:
            return np.array([first], dtype=np.int64)
        lowest = self.signed()
        steps = self.planes(n - 1, self.u8()) + np.uint64(lowest & 0xFFFF_FFFF_FFFF_FFFF)
        out = np.empty(n, dtype=np.uint64)
        out[0] = first & 0xFFFF_FFFF_FFFF_FFFF
        np.cumsum(steps, out=out[1:])
        out[1:] += out[0]
        return out.view(np.int64)

    def done(self) -> None:
        if self.at != len(self.data):
            raise StoreError("packed data is longer than it should be")


def _unpack_values(pack: _Pack, n: int) -> Floats:
    mode = pack.u8()
    if mode == 0:
        return pack.planes(n, 8).view(np.float64)
    if mode == 3:
        return pack.planes(n, 4).astype(np.uint32).view(np.float32).astype(np.float64)
    if mode not in (1, 2):
        raise StoreError(f"value column of unknown form {mode}")
    scale = struct.unpack("<d", pack.take(8))[0]
    numbers = pack.integers(n).astype(np.float64)
    return np.asarray(numbers / scale if mode == 1 else numbers * scale)


def unpack_samples(packed: bytes) -> Samples:
    pack = _Pack(packed)
    if (version := pack.u8()) != 1:
        raise StoreError(f"chunk of samples has unknown version {version}")
    n = pack.varint()
    if not 1 <= n <= _MAX_SAMPLES:
        raise StoreError(f"chunk is said to hold {n} samples")
    t, window, ask, reply = (pack.integers(n) for _ in range(4))
    mode = pack.u8()
    flags = np.full(n, pack.u8(), dtype=np.uint8) if mode == 0 else np.frombuffer(pack.take(n), dtype=np.uint8)
    value = _unpack_values(pack, n)
    pack.done()
    return Samples(t, value, flags, window, ask, reply)


def decompress(storage: int, stored: bytes) -> bytes:
    if storage == 0:
        return stored
    if storage != 1:
        raise StoreError(f"chunk is stored in unknown form {storage}")
    try:
        return zstandard.ZstdDecompressor().decompress(stored, max_output_size=_MAX_PACKED)
    except zstandard.ZstdError as error:
        raise StoreError(f"chunk does not decompress: {error}") from error
