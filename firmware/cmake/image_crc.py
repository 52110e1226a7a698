#!/usr/bin/env python3
"""Writes the CRC-32 of an ARM image into its section .code_crc, the last word of the image.

The firmware works out the same over its own code, from the vector table to that word. With --check nothing is written;
exits with 1 when the word is not the checksum.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

TOOLS = "arm-none-eabi-"
SECTION = ".code_crc"


def flat_image(elf: Path) -> bytes:
    """The bytes of the flash, gaps filled with zeros as a loader leaves them."""
    with tempfile.TemporaryDirectory() as folder:
        flat = Path(folder) / "flat.bin"
        subprocess.run([TOOLS + "objcopy", "-O", "binary", str(elf), str(flat)], check=True)
        return flat.read_bytes()


def place_in_file(elf: Path) -> int:
    shown = subprocess.run([TOOLS + "objdump", "-h", str(elf)], check=True, capture_output=True, text=True).stdout
    row = re.search(rf"^\s*\d+ {re.escape(SECTION)}\s+([0-9a-f]+)\s+[0-9a-f]+\s+[0-9a-f]+\s+([0-9a-f]+)", shown, re.M)
    if row is None or int(row[1], 16) != 4:
        raise SystemExit(f"{elf}: no section {SECTION} of four bytes")
    return int(row[2], 16)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("elf", type=Path)
    parser.add_argument("--check", action="store_true", help="only say whether it is right")
    options = parser.parse_args()

    image = flat_image(options.elf)
    crc = zlib.crc32(image[:-4])
    if options.check:
        right = int.from_bytes(image[-4:], "little") == crc
        print(f"{options.elf.name}: {len(image) - 4} bytes, CRC-32 {crc:08x}, {'as' if right else 'NOT what'} the image says")
        return 0 if right else 1
    place = place_in_file(options.elf)
    with options.elf.open("r+b") as file:
        file.seek(place)
        file.write(crc.to_bytes(4, "little"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
