#!/usr/bin/env python3
"""Images that hold a heap, an exception or floating point are seen, and a flipped bit of an image too.

image_report_test.py PUMP.elf
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import image_report

HERE = Path(__file__).resolve().parent
COMPILER = ["arm-none-eabi-g++", "-Os", "-mcpu=cortex-m4", "-mthumb", "-mfloat-abi=soft", "--specs=nano.specs", "--specs=nosys.specs"]
SOURCES = {
    "": "volatile int x; int main() { return x * 3; }",
    "a heap": "#include <cstdlib>\nvoid* volatile p; int main() { p = std::malloc(7); return 0; }",
    "exceptions": "volatile int x; int main() { if (x == 3) throw 7; return 0; }",
    "floating point": "volatile double x; int main() { return x * 3.1 > 2; }",
}


def crc_is_right(elf: Path) -> bool:
    command = [sys.executable, str(HERE / "image_crc.py"), str(elf), "--check"]
    return subprocess.run(command, capture_output=True).returncode == 0


def main() -> int:
    pump = Path(sys.argv[1])
    assert image_report.forbidden(str(pump)) == []
    assert crc_is_right(pump)
    with tempfile.TemporaryDirectory() as folder:
        for what, source in SOURCES.items():
            text, elf = Path(folder) / "image.cpp", Path(folder) / "image.elf"
            text.write_text(source)
            bare = ["-nostartfiles", "-Wl,--entry=main", "-Wl,--gc-sections", "-Wl,--defsym=__dso_handle=0"]
            exceptions = [] if what == "exceptions" else ["-fno-exceptions"]
            done = subprocess.run([*COMPILER, *bare, *exceptions, "-o", str(elf), str(text)], capture_output=True, text=True)
            assert done.returncode == 0, done.stderr
            found = {line.split(":")[0] for line in image_report.forbidden(str(elf))}
            assert what in found if what else not found, (what, found)
        damaged = Path(folder) / "damaged.elf"
        content = bytearray(pump.read_bytes())
        content[0x1000 + 0x1234] ^= 0x08  # the code begins at the second page of the file
        damaged.write_bytes(content)
        assert not crc_is_right(damaged)
    print("seen: " + ", ".join(what for what in SOURCES if what))
    return 0


if __name__ == "__main__":
    sys.exit(main())
