#!/usr/bin/env python3
"""What an ARM image takes: flash, RAM and worst stack. Exits with 1 when one of them is over its budget, or when the image
holds what the firmware must do without: a heap, exceptions, floating point.

The stack of a compiled function is what GCC says of it (-fcallgraph-info=su); of a library function, what its prologue
does. A call through a pointer or a virtual function may reach every function whose address stands somewhere in the
image. Recursion and frames of variable size have no bound and fail the report.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

TOOLS = "arm-none-eabi-"
VECTOR_BYTES = 4 * (16 + 32)
EXCEPTION_FRAME = 32 + 4  # eight registers, and a word to align
INDIRECT = "__indirect_call"


# No symbol of the image may be one of these. Floating point is done in software on this core, by these helpers.
FORBIDDEN = {
    "a heap": r"_?(malloc|calloc|realloc|free|sbrk)(_r)?|_Zn[wa].*|_Zd[la].*",
    "exceptions": r"__cxa_(throw|rethrow|begin_catch|end_catch|allocate|get_exception).*|_Unwind_.*|__gxx_personality.*|__aeabi_unwind.*",
    "floating point": r"__aeabi_([fd](add|sub|rsub|mul|div|neg|cmp\w*|2\w+)|c[fd](r?cmp)\w*|(u?i|u?l)2[fd])"
    r"|__(add|sub|mul|div|neg|ge|gt|le|lt|eq|ne|unord|fix|fixuns|float|floatun|extend|trunc)\w*[sd]f\w*",
}


@dataclass
class Function:
    frame: int | None = None
    calls: set[str] = field(default_factory=set)
    bounded: bool = True


def run(tool: str, *arguments: str) -> str:
    return subprocess.run([TOOLS + tool, *arguments], check=True, capture_output=True, text=True).stdout


def sections(elf: str) -> dict[str, tuple[int, int]]:
    """Size and address of each section."""
    found = re.findall(r"^(\.\S+)\s+(\d+)\s+(\d+)$", run("size", "-A", "-d", elf), re.M)
    return {name: (int(size), int(address)) for name, size, address in found}


def symbols(elf: str) -> dict[str, int]:
    return {m[2]: int(m[0], 16) for m in re.findall(r"^([0-9a-f]+) ([TtWw]) (\S+)$", run("nm", elf), re.M)}


def forbidden(elf: str) -> list[str]:
    names = sorted({row.split()[-1] for row in run("nm", elf).splitlines()})
    return [f"{what}: {name}" for what, like in FORBIDDEN.items() for name in names if re.fullmatch(like, name)]


def read_call_graph(path: Path, functions: dict[str, Function]) -> None:
    for line in path.read_text().splitlines():
        if line.startswith("node:"):
            title, label = re.findall(r'title: "([^"]*)" label: "([^"]*)"', line)[0]
            size = re.search(r"\\n(\d+) bytes \((\w+(?:,\w+)?)\)", label)
            if size:
                function = functions.setdefault(bare(title), Function())
                function.frame = max(function.frame or 0, int(size[1]))
                function.bounded &= size[2] != "dynamic"
        elif line.startswith("edge:"):
            source, target = re.findall(r'sourcename: "([^"]*)" targetname: "([^"]*)"', line)[0]
            functions.setdefault(bare(source), Function()).calls.add(bare(target))


def bare(title: str) -> str:
    """Titles of file-local functions carry the file's name."""
    return title.rsplit(":", 1)[-1]


def read_library(elf: str, functions: dict[str, Function]) -> None:
    """Functions that GCC said nothing about, from their instructions."""
    name = ""
    function = Function()
    for line in run("objdump", "-d", "--no-show-raw-insn", elf).splitlines():
        head = re.match(r"^[0-9a-f]+ <(\S+)>:$", line)
        if head:
            name = head[1]
            known = name in functions and functions[name].frame is not None
            function = Function() if known else functions.setdefault(name, Function())
            function.frame = function.frame or 0
            continue
        push = re.search(r"\t(?:push|stmdb\s+sp!,|stmfd\s+sp!,)\S*\s*\{(.*)\}", line)
        if push:
            function.frame = (function.frame or 0) + 4 * sum(registers(part) for part in push[1].split(","))
        lower = re.search(r"\t(?:sub(?:\.w|w)?\s+sp,(?: sp,)?|str(?:\.w)?\s+\S+ \[sp,) #-?(\d+)", line)
        if lower and ("]!" in line or "sub" in line):
            function.frame = (function.frame or 0) + int(lower[1])
        call = re.search(r"\t(?:bl?x?|b\w*\.[nw])\s+[0-9a-f]+ <([^>+]+)>", line)
        if call and call[1] != name:
            function.calls.add(call[1])


def registers(part: str) -> int:
    both = re.match(r"\s*r(\d+)-r(\d+)", part)
    return int(both[2]) - int(both[1]) + 1 if both else 1


def addresses_taken(elf: str, names: dict[str, int]) -> set[str]:
    """Functions whose address stands in code or data: vtables, literals, init_array. The image keeps its relocations, so
    that a number which only looks like an address is none."""
    by_address: dict[int, set[str]] = {}
    for name, address in names.items():
        by_address.setdefault(address | 1, set()).add(name)
    taken: set[str] = set()
    words = relocated_words(elf)
    for line in run("readelf", "-r", "-W", elf).splitlines():
        row = re.match(r"^([0-9a-f]{8})\s+\S+\s+(R_ARM_\S+)\s+[0-9a-f]+\s+(\S+)", line)
        if not row:
            continue
        if row[2] in ("R_ARM_ABS32", "R_ARM_TARGET1"):
            taken |= by_address.get(words.get(int(row[1], 16), 0), set())
        elif row[2].startswith("R_ARM_THM_MOV") and row[3] in names:
            taken.add(row[3])
    return taken


def relocated_words(elf: str) -> dict[int, int]:
    """The words of code and data by the address at which they run, the vector table left out."""
    words: dict[int, int] = {}
    for name, (size, address) in sections(elf).items():
        if name not in (".text", ".data", ".init_array"):
            continue
        image = Path(elf).with_suffix(".bin")
        run("objcopy", "-O", "binary", "-j", name, elf, str(image))
        content = image.read_bytes()
        image.unlink()
        first = VECTOR_BYTES if address == 0 else 0
        words |= {address + at: int.from_bytes(content[at : at + 4], "little") for at in range(first, size - 3, 4)}
    return words


class Depth:
    def __init__(self, functions: dict[str, Function], taken: set[str]) -> None:
        self.functions = functions
        self.taken = taken
        self.done: dict[str, tuple[int, list[str]]] = {}
        self.open: list[str] = []
        self.faults: set[str] = set()

    def of(self, name: str) -> tuple[int, list[str]]:
        """Worst depth in bytes from `name` down, and the way there."""
        if name in self.done:
            return self.done[name]
        if name in self.open:
            self.faults.add("recursion: " + " -> ".join([*self.open[self.open.index(name) :], name]))
            return 0, []
        function = (
            Function(frame=0, calls=set(self.taken)) if name == INDIRECT else self.functions.get(name, Function())
        )
        if function.frame is None:
            self.faults.add(f"nothing is known about {name}")
        if not function.bounded:
            self.faults.add(f"the frame of {name} has no bound")
        self.open.append(name)
        below: tuple[int, list[str]] = max((self.of(callee) for callee in sorted(function.calls)), default=(0, []))
        self.open.pop()
        self.done[name] = ((function.frame or 0) + below[0], [name, *below[1]])
        return self.done[name]


def worst_stack(elf: str, objects: list[str]) -> tuple[int, list[str], set[str]]:
    functions: dict[str, Function] = {}
    for item in objects:
        read_call_graph(Path(re.sub(r"\.o(bj)?$", ".ci", item)), functions)
    read_library(elf, functions)
    depth = Depth(functions, addresses_taken(elf, symbols(elf)))
    main, way = depth.of("reset_handler")
    # The deepest interrupt on top of the deepest call (they share a priority), a fault on top of that, and the watchdog's NMI.
    interrupts = [name for name in functions if name.endswith("_irq") and functions[name].frame is not None]
    extra = max((EXCEPTION_FRAME + depth.of(name)[0] for name in interrupts), default=0)
    extra += sum(EXCEPTION_FRAME + depth.of(name)[0] for name in ("report_fault", "nmi_handler"))
    return main + extra, way, depth.faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("elf")
    parser.add_argument("--objects", action="append", default=[], help="object files, joined by ;")
    parser.add_argument("--write", help="file that takes the three figures")
    for budget in ("--flash", "--ram", "--stack"):
        parser.add_argument(budget, type=int, required=True, help="budget in bytes")
    options = parser.parse_args()

    size = {name: bytes_ for name, (bytes_, _) in sections(options.elf).items()}
    flash = size[".text"] + size.get(".ARM.exidx", 0) + size.get(".data", 0)
    ram = sum(size.get(name, 0) for name in (".stack", ".data", ".bss", ".noinit"))
    stack, way, faults = worst_stack(options.elf, [o for group in options.objects for o in group.split(";") if o])

    title = Path(options.elf).name
    over = False
    for what, value, budget in (
        ("flash", flash, options.flash),
        ("RAM", ram, options.ram),
        ("worst stack", stack, options.stack),
    ):
        mark = "" if value <= budget else "  OVER BUDGET"
        over |= value > budget
        print(f"{title}: {what:11} {value:7} of {budget:7} bytes{mark}")
    names = subprocess.run(
        [TOOLS + "c++filt"], input="\n".join(way), capture_output=True, text=True, check=True
    ).stdout.splitlines()
    plain = (re.sub(r"\(.*", "", name.replace("(anonymous namespace)::", "")) for name in names)
    print(f"{title}: deepest call: " + " > ".join(plain))
    for fault in sorted(faults):
        print(f"{title}: the stack has no bound: {fault}", file=sys.stderr)
    unwanted = forbidden(options.elf)
    for symbol in unwanted:
        print(f"{title}: the image holds {symbol}", file=sys.stderr)
    if options.write:
        Path(options.write).write_text(f"flash {flash}\nram {ram}\nstack {stack}\n")
    return 1 if over or faults or unwanted else 0


if __name__ == "__main__":
    sys.exit(main())
