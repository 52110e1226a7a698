"""No room includes a room that it may not know; no third-party header leaks out of the rooms that use it."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = re.compile(r'^\s*#include\s+["<]([^">]+)[">]')


def read_rules() -> tuple[dict[str, set[str]], dict[str, set[str]]]:
    layers: dict[str, set[str]] = {}
    only: dict[str, set[str]] = {}
    for line in (ROOT / "rig" / "LAYERS").read_text().splitlines():
        line = line.split("#")[0].strip()
        if not line:
            continue
        room, _, rest = line.partition(":")
        words = rest.split()
        if room == "only":
            only[words[0]] = set(words[1:])
        else:
            layers[room] = set(words)
    return layers, only


def room_of(path: str, layers: dict[str, set[str]]) -> str | None:
    room = "/".join(path.split("/")[:2])
    return room if room in layers else None


def violations(path: str, text: str) -> list[str]:
    layers, only = read_rules()
    room = room_of(path, layers)
    if room is None:
        return [f"{path}: rig/LAYERS has no line for this room"]
    found = []
    test_file = re.search(r"(_test|_fuzz|_bench)\.cpp$|/testing/|_testing\.(h|cpp)$|message_json\.h$", path) is not None
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        header = match.group(1)
        target = room_of(header, layers)
        if target and target != room and target not in layers[room] and not test_file:
            found.append(f"{path}:{number}: {room} may not include {target}")
        for prefix, rooms in only.items():
            if header.startswith(prefix) and room not in rooms and not test_file:
                found.append(f"{path}:{number}: <{prefix}> belongs to {', '.join(sorted(rooms))} only")
    return found


def sources() -> list[Path]:
    return [p for top in ("rig", "firmware", "docs") for p in (ROOT / top).rglob("*") if p.suffix in {".h", ".cpp"}]


def test_every_include_is_allowed() -> None:
    found = [v for p in sources() for v in violations(str(p.relative_to(ROOT)), p.read_text())]
    assert not found, "\n".join(found)


def test_a_forbidden_include_is_seen() -> None:
    assert violations("rig/link/x.h", '#include "rig/instruments/instrument.h"\n') == [
        "rig/link/x.h:1: rig/link may not include rig/instruments"
    ]
    assert violations("rig/link/x.h", "#include <nlohmann/json.hpp>\n")
    assert violations("firmware/pump/x.cpp", '#include "rig/base/bytes.h"\n')


def test_driver_and_virtual_side_of_an_instrument_do_not_know_each_other() -> None:
    drivers = [p for top in ("rig/instruments", "docs/examples") for p in (ROOT / top).rglob("driver.*")]
    assert drivers
    for path in drivers:
        assert '/virtual.h"' not in path.read_text(), path


# What a call returned is gone before the loop's first turn: `for (x : *call())` reads freed memory, and a test
# that does so passes.
LOOP_OVER_WHAT_IS_GONE = re.compile(r"\bfor \([^;:]*[^:]:(?!:) \*[\w.>-]+\(")


def test_no_loop_runs_over_what_a_result_held_for_a_moment() -> None:
    assert LOOP_OVER_WHAT_IS_GONE.search("for (const auto& event : *run->events()) {")
    assert not LOOP_OVER_WHAT_IS_GONE.search("for (const auto& event : *events) {")
    found = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if LOOP_OVER_WHAT_IS_GONE.search(line)
    ]
    assert not found, "\n".join(found)
