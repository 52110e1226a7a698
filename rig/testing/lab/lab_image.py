"""What the guest of the lab boots: a distribution's kernel, and files made anew from busybox and the rig's own program."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
CACHE = Path(os.environ.get("PUMPRIG_LAB_CACHE", ROOT / "build" / "lab"))

# What the guest loads, with what each depends on.
MODULES = ("virtio_pci", "9pnet_virtio", "9p", "xhci-pci", "ftdi_sio")
MODULE_FOLDERS = ("drivers/usb", "drivers/virtio", "net/9p", "fs/9p", "fs/netfs", "fs/fscache")


class LabError(Exception):
    """The lab itself does not work: no kernel, no boot, no answer."""


def _apt(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=600, check=False)


def _download_kernel(folder: Path) -> Path:
    """The package with the kernel that linux-image-amd64 stands for."""
    said = ""
    for attempt in range(2):
        if attempt == 1:  # the lists are missing or older than the archive
            said += _apt("apt-get", "update", "-qq", folder=folder).stderr
        depends = _apt("apt-cache", "depends", "linux-image-amd64", folder=folder)
        found = re.search(r"Depends: (linux-image-\S+)", depends.stdout)
        if not found:
            continue
        said += _apt("apt-get", "download", "-qq", found[1], folder=folder).stderr
        packages = sorted(folder.glob("linux-image-*.deb"))
        if packages:
            return packages[-1]
    raise LabError(f"no kernel: `apt-get download` of what linux-image-amd64 depends on failed\n{said}")


def kernel() -> Path:
    """Folder with vmlinuz and the modules; fetched once and kept below the build folder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    done = CACHE / "kernel"
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if done.exists():
            return done
        fresh = CACHE / "kernel.part"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir()
        package = _download_kernel(fresh)
        wanted = ["./boot/vmlinuz-*", *(f"./lib/modules/*/kernel/{folder}/*" for folder in MODULE_FOLDERS)]
        with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as unpacked:
            subprocess.run(["tar", "-x", "-C", str(fresh), "--wildcards", *wanted], stdin=unpacked.stdout, check=True)
        package.unlink()
        next(fresh.glob("boot/vmlinuz-*")).rename(fresh / "vmlinuz")
        fresh.rename(done)
    return done


def _module_order(modules: dict[str, Path]) -> list[Path]:
    """Each module after those that it says it depends on."""
    order: list[Path] = []

    def add(name: str) -> None:
        path = modules.get(name.replace("-", "_"))
        if path is None:  # built into the kernel
            return
        depends = re.search(rb"\0depends=([^\0]*)", b"\0" + path.read_bytes())
        for other in depends[1].decode().split(",") if depends else []:
            if other:
                add(other)
        if path not in order:
            order.append(path)

    for name in MODULES:
        add(name)
    return order


def _libraries(program: Path) -> list[Path]:
    text = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=True).stdout
    if "not found" in text:
        raise LabError(f"{program} lacks a library:\n{text}")
    return [Path(path) for path in re.findall(r"(/\S+) \(0x", text)]


def make_initramfs(rig: Path, folder: Path) -> Path:
    """The guest's files: busybox, the rig with its libraries and data, kernel modules, guest/."""
    tree = folder / "tree"
    for name in ("bin", "proc", "sys", "dev", "tmp", "share", "modules", "rig"):
        (tree / name).mkdir(parents=True)
    busybox = shutil.which("busybox")
    if busybox is None:
        raise LabError("busybox is missing; install busybox-static")
    shutil.copy(busybox, tree / "bin" / "busybox")
    shutil.copy(rig, tree / "bin" / "rig")
    for library in _libraries(rig):
        place = tree / library.relative_to("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, place)
    shutil.copytree(ROOT / "scenarios", tree / "rig" / "scenarios")
    for file in (HERE / "guest").iterdir():
        shutil.copy(file, tree / ("init" if file.name == "init" else f"rig/{file.name}"))
    modules = {path.stem.replace("-", "_"): path for path in kernel().rglob("*.ko")}
    order = _module_order(modules)
    for path in order:
        shutil.copy(path, tree / "modules")
    (tree / "modules" / "order").write_text("".join(f"/modules/{path.name}\n" for path in order))

    names = "".join(f"{path.relative_to(tree)}\n" for path in sorted(tree.rglob("*")))
    image = folder / "initramfs"
    with image.open("wb") as out:
        subprocess.run(
            [busybox, "cpio", "-o", "-H", "newc"], cwd=tree, input=names.encode(), stdout=out, stderr=subprocess.DEVNULL, check=True
        )
    shutil.rmtree(tree)
    return image
