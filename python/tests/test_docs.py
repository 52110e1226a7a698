"""The pages say what the code does.

A fenced block whose info string has a second word quotes a file: ```cpp rig/base/sample.h means that the block is, line for line, a region
of rig/base/sample.h (a path in the repository). Python blocks run, dialogues are held, JSON scenarios pass `rig lint`, and command lines
name sub-commands and options that exist.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import struct
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import telemetry_tables
from patient import Patient
from test_dialogue import Typist
from test_protocol_vectors import REPLIES, REQUESTS

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\S*)(?: +(\S+))?$")


@dataclass
class Block:
    page: str
    line: int
    language: str
    path: str
    lines: list[str]

    def __str__(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def text(self) -> str:
        return "\n".join(self.lines) + "\n"


def blocks_of(page: str, text: str) -> list[Block]:
    found: list[Block] = []
    inside = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if inside and line == "```":
            inside = False
        elif inside:
            found[-1].lines.append(line)
        elif fence:
            found.append(Block(page, number, fence[1], fence[2] or "", []))
            inside = True
    assert not inside, f"{page}: the last block has no end"
    return found


BLOCKS = [block for page in PAGES for block in blocks_of(str(page.relative_to(ROOT)), page.read_text())]


def of_language(language: str) -> list[Block]:
    return [block for block in BLOCKS if block.language == language]


def is_region(lines: list[str], of: list[str]) -> bool:
    return bool(lines) and any(of[at : at + len(lines)] == lines for at in range(len(of) - len(lines) + 1))


def prose(text: str) -> str:
    """The text without its fenced blocks."""
    return re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)


# ---- Quoted files ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", [b for b in BLOCKS if b.path], ids=str)
def test_a_block_that_names_a_file_is_a_region_of_it(block: Block) -> None:
    source = ROOT / block.path
    assert source.is_file(), f"{block}: {block.path} does not exist"
    assert is_region(block.lines, source.read_text().splitlines()), f"{block} is no region of {block.path}"


def test_c_and_cmake_code_in_the_docs_always_names_its_file() -> None:
    assert not [str(b) for b in BLOCKS if b.language in {"cpp", "cmake", "c"} and not b.path and b.page.startswith("docs/")]


def test_a_block_that_drifted_is_seen() -> None:
    file = ["a", "b", "c", "d"]
    assert is_region(["b", "c"], file)
    assert not is_region(["b", "d"], file)
    assert not is_region(["c", "b"], file)
    assert not is_region([], file)


# ---- Code that runs -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", of_language("python"), ids=str)
def test_python_blocks_run(block: Block, rig: str, tmp_path: Path) -> None:
    path = f"{Path(rig).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "python"), "PATH": path}
    script = tmp_path / "block.py"
    script.write_text(block.text)
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"


# ---- A session of the physician ---------------------------------------------------------------------------------------------------------


def fits(line: str, pattern: str) -> bool:
    """Whether a line is the one on the page, where … stands for what differs from run to run."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("…")), line) is not None


def test_the_session_on_the_page_is_held_as_it_stands_there(patient: Patient) -> None:
    [dialogue] = of_language("dialogue")
    [printed] = of_language("printed")
    while patient.programmer("status")["therapy"] == "self_test":
        pass
    page = patient.folder / "session.txt"
    typist = Typist(patient, "--print", str(page))
    for line in dialogue.lines:  # what is typed stands behind the question
        question, typed, answer = line.partition("▸")
        if typed:
            typist.answer(question, answer)
    assert typist.end() == 0
    seen, told = typist.seen.splitlines(), [line.replace("▸", "") for line in dialogue.lines]
    assert len(seen) == len(told), typist.seen
    assert [line for line, pattern in zip(seen, told, strict=True) if not fits(line, pattern)] == []
    last = page.read_text().splitlines()[-len(printed.lines) :]
    assert [line for line, pattern in zip(last, printed.lines, strict=True) if not fits(line, pattern)] == []


def test_a_session_that_drifted_is_seen() -> None:
    assert fits("2026-03-02 UTC  proof  running", "… UTC  proof  running")
    assert not fits("2026-03-02 UTC  proof  stopped", "… UTC  proof  running")
    assert not fits("0.25 milliliters", "0x25 milliliters")


def is_scenario(block: Block) -> bool:
    return not block.path and '"scenario":' in block.text


@pytest.mark.parametrize("block", [b for b in of_language("json") if is_scenario(b)], ids=str)
def test_scenarios_in_the_pages_have_no_mistake(block: Block, rig: str, tmp_path: Path) -> None:
    file = tmp_path / "scenario.json"
    file.write_text(block.text)
    done = subprocess.run([rig, "lint", str(file)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{block}\n{done.stdout}{done.stderr}"


# ---- Command lines --------------------------------------------------------------------------------------------------------------------


@cache
def help_of(rig: str, *command: str) -> str:
    done = subprocess.run([rig, *command, "--help"], capture_output=True, text=True, timeout=60)
    return done.stdout if done.returncode == 0 else ""


def wrong_in(rig: str, words: list[str]) -> str:
    """What is wrong with the arguments of `rig`; empty when nothing is."""
    command = [] if not words or words[0].startswith("-") else words[:1]
    text = help_of(rig, *command)
    if command and f"Usage: rig {command[0]} " not in text:
        return f"there is no rig {command[0]}"
    for word in words[1:]:  # a command of the command
        if not word.startswith("-") and word in text and f"{command[0]} {word} " in help_of(rig, *command, word).split("\n\n")[0]:
            text = text.split("Exit codes")[0] + help_of(rig, *command, word)
            break
    known = set(re.findall(r"(?<![\w-])--?[a-z][\w-]*", text.split("Exit codes")[0]))
    options = [word.split("=")[0] for word in words if word.startswith("-")]
    return ", ".join(f"{' '.join(command)} has no {option}" for option in options if option not in known)


def command_lines() -> list[tuple[str, str]]:
    fenced = [(str(block), line) for block in of_language("sh") for line in block.lines if line and not line.startswith("#")]
    spans = [
        (str(p.relative_to(ROOT)), span) for p in PAGES for span in re.findall(r"`(rig [^`\n]+|\./dev [^`\n]+)`", prose(p.read_text()))
    ]
    return fenced + spans


@pytest.mark.parametrize(("where", "line"), command_lines(), ids=lambda text: text)
def test_command_lines_are_understood(where: str, line: str, rig: str) -> None:
    words = shlex.split(line)
    if Path(words[0]).name == "rig":
        assert not wrong_in(rig, words[1:]), f"{where}: {line}"
    elif words[0] == "./dev":
        verbs = re.findall(
            r"^  (\w+)(?: \[\w+\])? {2,}\S", subprocess.run(["./dev"], cwd=ROOT, capture_output=True, text=True).stdout, re.M
        )
        assert "test" in verbs
        assert words[1] in verbs, f"{where}: {line}"


def test_a_wrong_command_line_is_seen(rig: str) -> None:
    assert wrong_in(rig, ["rnu", "x.json"])
    assert wrong_in(rig, ["run", "x.json", "--sed", "7"])
    assert not wrong_in(rig, ["run", "x.json", "--seed=7", "--set", "rate=1 mL/day"])
    assert not wrong_in(rig, ["--help"])


# ---- Links ----------------------------------------------------------------------------------------------------------------------------


def markdown_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ +(.*)$", prose(page.read_text()), re.M)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_every_relative_link_leads_somewhere() -> None:
    pages = markdown_files()
    assert len(pages) > 20
    broken = []
    for page in pages:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page.read_text())):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            goal = page.parent / path if path else page
            if not goal.exists() or (anchor and anchor not in anchors_of(goal)):
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken, "\n".join(broken)


def test_every_page_is_linked_from_the_first_one() -> None:
    linked = re.findall(r"\]\((docs/[^)#]+)", (ROOT / "README.md").read_text())
    assert {str(page.relative_to(ROOT)) for page in PAGES[1:]} <= set(linked)


# ---- Facts ----------------------------------------------------------------------------------------------------------------------------


def test_the_telemetry_page_is_that_of_the_headers() -> None:
    page = telemetry_tables.PAGE.read_text()
    assert telemetry_tables.page(page) == page, "write it anew: python docs/telemetry_tables.py"


def bytes_of(layout: list[Any]) -> int:
    """Of the layouts that the golden frames are built from, lists left out."""
    return sum(
        bytes_of(kind) if isinstance(kind, list) else struct.calcsize("<" + kind) for _, kind in layout if not isinstance(kind, tuple)
    )


@pytest.mark.parametrize("message", REQUESTS)
def test_the_fields_on_the_telemetry_page_are_those_of_the_golden_frames(message: str) -> None:
    words = telemetry_tables.WORDS["MessageType"]
    record = next(r for r in telemetry_tables.RECORDS.values() if r.number and words[r.number].name == message)
    number, request = REQUESTS[message]
    assert words[record.number].number == number
    for fields, layout in ((record.fields, request), (telemetry_tables.RECORDS[record.reply].fields, REPLIES[message])):
        assert [f.name for f in fields] == [name for name, _ in layout]
        flat = [(f, kind) for f, (_, kind) in zip(fields, layout, strict=True) if not telemetry_tables.varies(f.type)]
        assert [telemetry_tables.width(f.type) for f, _ in flat] == [bytes_of([("", kind)]) for _, kind in flat]


def rows_under(page: str, head: str) -> list[list[str]]:
    text = (ROOT / "docs" / page).read_text()
    assert text.count(head) == 1
    lines = text[text.index(head) :].split("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_page_of_units_lists_each_that_is_understood() -> None:
    known = set(re.findall(r'^    Unit\{"(\S+)", ', (ROOT / "rig" / "base" / "quantity.cpp").read_text(), re.M))
    listed = {unit for _, units in rows_under("units_and_signs.md", "| dimension | units |") for unit in re.findall(r"`(\S+)`", units)}
    assert len(known) > 30
    assert listed == known


def test_the_examples_of_margins_follow_their_rule() -> None:
    rows = rows_under("units_and_signs.md", "| limit | value | uncertainty | guard band | margin | verdict |")
    assert len(rows) >= 5
    for limit, value, uncertainty, guard_band, margin, verdict in rows:
        low, high = (float(end) for end in limit.split("…"))
        inside = min(float(value) - low, high - float(value))
        lacks = float(guard_band.removesuffix(" %")) / 100 * float(uncertainty)
        assert inside == float(margin)
        passes = inside >= 0 and inside + lacks >= float(uncertainty)
        fails = inside < 0 and abs(inside) >= float(uncertainty)
        assert verdict == ("pass" if passes else "fail" if fails else "inconclusive")


def test_quoted_json_files_are_json() -> None:
    for path in (ROOT / "docs" / "examples").rglob("*.json"):
        json.loads(path.read_text())
