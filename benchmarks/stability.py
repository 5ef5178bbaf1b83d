"""Stability: the same stack checked again and again must get the same verdicts.

    python benchmarks/stability.py --stack compose/liar-game --runs 20 [--at-once N] [--hog]
        [--level LEVELS]

Prints the time and the counts of each run, each verdict that is not what the first run said with
its reason, and at the end every promise whose verdict changed; exits 1 if one did. Stopped by
Ctrl-C, it sums up the runs that ended. ``--hog`` keeps every core busy meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import NamedTuple

Promise = tuple[str, str]
"""A stack and an id."""


class Said(NamedTuple):
    """What one run said of one promise."""

    verdict: str
    reason: str


def run(stack: str, level: str) -> tuple[float, dict[Promise, Said]]:
    """Check *stack* once; return the seconds, and what was said of each selected promise."""
    began = time.monotonic()
    command = [sys.executable, "-m", "suites", "check", stack, "--level", level]
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [*command, "--report-dir", folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT,
            check=False,
        )
        report = json.loads((Path(folder) / "report.json").read_text(encoding="utf-8"))
    rows = [row for row in report["rows"] if row["selected"]]
    said = {(row["stack"], row["id"]): Said(row["verdict"], row["reason"]) for row in rows}
    return time.monotonic() - began, said


def spin() -> None:
    """Keep one core busy."""
    while True:
        pass


@contextlib.contextmanager
def busy(cores: int) -> Iterator[None]:
    """Keep *cores* cores busy for as long as the block lasts."""
    hogs = [multiprocessing.Process(target=spin, daemon=True) for _ in range(cores)]
    for hog in hogs:
        hog.start()
    try:
        yield
    finally:
        for hog in hogs:
            hog.kill()


@contextlib.contextmanager
def ended(pool: ThreadPoolExecutor) -> Iterator[ThreadPoolExecutor]:
    """Start nothing more in *pool* once the block is left, be it by Ctrl-C."""
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def main() -> int:
    """Return 0 if no verdict changed from run to run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--level", default="static,live,disruptive")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--at-once", type=int, default=1, help="so many runs beside each other")
    parser.add_argument("--hog", action="store_true", help="keep every core busy meanwhile")
    options = parser.parse_args()
    seen: dict[Promise, Counter[str]] = defaultdict(Counter)
    first: dict[Promise, Said] = {}
    with (
        busy(multiprocessing.cpu_count() if options.hog else 0),
        contextlib.suppress(KeyboardInterrupt),
        ended(ThreadPoolExecutor(options.at_once)) as pool,
    ):
        runs = [pool.submit(run, options.stack, options.level) for _ in range(options.runs)]
        for number, done in enumerate(as_completed(runs), start=1):
            seconds, said = done.result()
            first = first or said
            counts = dict(Counter(one.verdict for one in said.values()))
            print(f"run {number}: {seconds:.1f} s, {counts}", flush=True)
            for promise, one in said.items():
                seen[promise][one.verdict] += 1
                was = first[promise].verdict
                if one.verdict != was:
                    print(f"    {promise[1]}: {was} → {one.verdict}: {one.reason}", flush=True)
    changed = {promise: counts for promise, counts in seen.items() if len(counts) > 1}
    for (stack, name), counts in sorted(changed.items()):
        print(f"changed: {stack} {name}: {dict(counts)}")
    print(f"{len(changed)} of {len(seen)} promises changed their verdict")
    return int(bool(changed))


if __name__ == "__main__":
    raise SystemExit(main())
