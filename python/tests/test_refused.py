"""What the system refuses in mid-run (room on the disk, every write, memory) ends it in the safe state, and it says why."""

from __future__ import annotations

import ctypes
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pump_lab import Lab, assert_the_record_is_whole, guard_event, wait_for_the_guard
from twin import Twin

import pumprig


@pytest.fixture
def lab(twin: Twin, tmp_path: Path) -> Iterator[Lab]:
    made = Lab(twin, tmp_path)
    yield made
    made.end_all()


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A library that stands before the system's own and refuses what it is told to."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs a C compiler")
    library = tmp_path_factory.mktemp("refusing") / "refusing.so"
    source = Path(__file__).with_name("refusing.c")
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return str(library)


def shown(lab: Lab, run: Path) -> str:
    environment = {**os.environ, "XDG_STATE_HOME": str(lab.folder / "state")}
    return subprocess.run([lab.twin.rig, "show", str(run)], capture_output=True, text=True, timeout=60, env=environment).stdout


def assert_it_ended_in_the_safe_state_and_says_why(lab: Lab, process: subprocess.Popen[bytes], run: Path, *why: str) -> None:
    assert process.wait(60) == 2, lab.output()
    lab.assert_the_pump_stands()
    for said in (lab.output(), shown(lab, run)):
        assert "safe state was established and read back" in said
        assert any(word in said for word in why), said
    assert guard_event(run) is None, "nothing was left for the guard to do"


def test_a_full_disk(lab: Lab) -> None:
    process = lab.start_run()
    run = lab.wait_for_new_run(set())
    time.sleep(1.5)
    used = max(file.stat().st_size for file in (lab.folder / "runs").iterdir() if file.is_file())
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (used, used))  # no file grows beyond this: what a full disk does
    assert_it_ended_in_the_safe_state_and_says_why(lab, process, run, "disk")


def test_a_store_whose_every_write_is_refused(lab: Lab, refusing: str) -> None:
    trigger = lab.folder / "now"
    process = lab.start_run(LD_PRELOAD=refusing, REFUSE="writes", REFUSE_WHEN=str(trigger), REFUSE_BELOW=str(lab.folder / "runs"))
    run = lab.wait_for_new_run(set())
    lab.wait_until_it_delivers()
    trigger.touch()
    assert_it_ended_in_the_safe_state_and_says_why(lab, process, run, "read-only")
    note = lab.folder / "state" / "pumprig" / f"{run.name}.notes"
    assert "read-only" in note.read_text()
    assert str(note) in lab.output()


def test_a_daemon_whose_every_write_is_refused_goes_on(lab: Lab, refusing: str) -> None:
    trigger = lab.folder / "now"
    lab.start_rigd(LD_PRELOAD=refusing, REFUSE="writes", REFUSE_WHEN=str(trigger), REFUSE_BELOW=str(lab.folder / "runs"))
    job = pumprig.connect(lab.folder / "rigd.sock").submit(lab.folder / "endless.json")
    run = lab.wait_for_new_run(set())
    lab.wait_until_it_delivers()
    trigger.touch()
    deadline = time.monotonic() + 60
    while (status := job.status())["state"] == "running":
        assert time.monotonic() < deadline
        time.sleep(0.05)
    lab.assert_the_pump_stands()
    report = status["report"]
    assert (status["state"], report["state"], report["verdict"]) == ("finished", "unfinished", "error")
    assert "read-only" in report["reason"] and "established and read back" in report["reason"]
    said = shown(lab, run)  # its process lives, and writes it no more
    assert "unfinished" in said and "read-only" in said


CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 0x40000


def leave_the_mounts_of_others_alone() -> None:
    """From now on this process has mounts of its own; they end with it, however it ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWNS) != 0 or libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) != 0:
        pytest.skip(f"no mounts of our own here: {os.strerror(ctypes.get_errno())}")


class Disk:
    """A file system of its own on a loop device, which can be made to fail while files are open on it."""

    def __init__(self, folder: Path) -> None:
        leave_the_mounts_of_others_alone()
        image = folder / "disk.img"
        with image.open("wb") as file:
            file.truncate(32 << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True)
        self.mounted = folder / "runs"
        self.mounted.mkdir()
        done = subprocess.run(["mount", "-o", "loop,errors=remount-ro", str(image), str(self.mounted)], capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"no file system can be mounted here: {done.stderr}")

    def turn_read_only(self) -> None:
        """As the kernel does by itself when it has found an error on the disk."""
        subprocess.run(["mount", "-o", "remount,abort", str(self.mounted)], check=True)

    def unmount(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.mounted)], check=True)


@pytest.fixture
def disk(lab: Lab) -> Iterator[Disk]:
    if os.geteuid() != 0 or shutil.which("mkfs.ext4") is None:
        pytest.skip("needs root and mkfs.ext4")
    made = Disk(lab.folder)
    yield made
    lab.end_all()
    made.unmount()


def test_a_file_system_that_turns_read_only(lab: Lab, disk: Disk) -> None:
    process = lab.start_run()
    run = lab.wait_for_new_run(set())
    lab.wait_until_it_delivers()
    time.sleep(1.5)
    disk.turn_read_only()
    with pytest.raises(OSError):
        (disk.mounted / "probe").touch()
    assert_it_ended_in_the_safe_state_and_says_why(lab, process, run, "read-only", "disk does not work")
    stored = pumprig.open_run(run)
    assert stored.state == "interrupted"
    assert len(stored.samples("flow.flow").t_ns) > 0


def address_space(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[0]) * resource.getpagesize()


def test_memory_that_is_used_up(lab: Lab) -> None:
    """No more address space than it has: what the run still needs comes out of what it held back, and it ends in good order."""
    # One arena, so that no thread has a stock of its own.
    process = lab.start_run(MALLOC_ARENA_MAX="1", MALLOC_TOP_PAD_="0", MALLOC_MMAP_THRESHOLD_="65536")
    run = lab.wait_for_new_run(set())
    lab.wait_until_it_delivers()
    now = address_space(process.pid)
    resource.prlimit(process.pid, resource.RLIMIT_AS, (now, now))
    code = process.wait(120)
    lab.assert_the_pump_stands()
    assert code == 2, lab.output()
    said = shown(lab, run)
    assert "memory" in said and "memory" in lab.output()


def test_a_script_that_uses_up_memory(lab: Lab) -> None:
    script = (lab.folder / "script.py").read_text().replace("run.wait", "hoard = [bytes(1 << 20) for _ in range(1 << 20)]\n    run.wait")
    (lab.folder / "script.py").write_text("import resource\nresource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))\n" + script)
    process = lab.start_script()
    run = lab.wait_for_new_run(set())
    assert process.wait(120) == 1
    lab.assert_the_pump_stands()
    stored = pumprig.open_run(run)
    assert (stored.state, stored.verdict) == ("aborted", "aborted")
    assert "MemoryError" in stored.metadata["finish.reason"] and "MemoryError" in lab.output()


@pytest.mark.parametrize("begin", [Lab.start_run, Lab.start_rigd], ids=["rig run", "rigd"])
def test_every_byte_of_memory_refused(lab: Lab, refusing: str, begin: object) -> None:
    """Nothing can be done in the process itself: its end is seen by the guard."""
    assert callable(begin)
    trigger = lab.folder / "now"
    process = begin(lab, LD_PRELOAD=refusing, REFUSE="memory", REFUSE_WHEN=str(trigger))
    if begin is Lab.start_rigd:
        pumprig.connect(lab.folder / "rigd.sock").submit(lab.folder / "endless.json")
    run = lab.wait_for_new_run(set())
    lab.wait_until_it_delivers()
    trigger.touch()
    assert process.wait(60) != 0
    wait_for_the_guard(lab, run, time.monotonic())
    lab.assert_the_pump_stands()
    assert_the_record_is_whole(run)
    assert "bad_alloc" in lab.output() or "memory" in lab.output()
