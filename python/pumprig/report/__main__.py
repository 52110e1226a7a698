"""python -m pumprig.report RUN… [--out FILE]"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pumprig._store import StoredRun, StoreError
from pumprig._store_verify import verify
from pumprig.report._page import render_run


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pumprig.report", description="Make the self-contained HTML page of each run.")
    parser.add_argument("runs", metavar="RUN", nargs="+", type=Path, help="file of a run (*.pumprun)")
    parser.add_argument("--out", metavar="FILE", type=Path, help="where to write the page; default: beside the run, as .html")
    options = parser.parse_args(arguments)
    if options.out and len(options.runs) > 1:
        parser.error("--out takes one RUN")
    status = 0
    for path in options.runs:
        out = options.out or path.with_suffix(".html")
        try:
            with StoredRun(path) as run:
                verification = verify(run)
                out.write_text(render_run(run, verification), encoding="utf-8")
        except (StoreError, OSError) as error:
            print(f"{path}: {error}", file=sys.stderr)
            status = 2
            continue
        print(f"report: {out}")
        if not verification.complete and run_ended(run):
            for problem in verification.problems:
                print(f"{path}: {problem}", file=sys.stderr)
            status = 2
    return status


def run_ended(run: StoredRun) -> bool:
    return run.state != "running"


if __name__ == "__main__":
    sys.exit(main())
