"""Stability: the same stack checked again and again must get the same verdicts.

    python benchmarks/stability.py --stack compose/liar-game --runs 20 [--hog] [--level LEVELS]

Prints the time and the counts of each run, then every promise whose verdict changed; exits 1 if
one did. ``--hog`` keeps every core busy meanwhile.
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
from pathlib import Path

Verdicts = dict[tuple[str, str], str]


def run(stack: str, level: str, folder: Path) -> Verdicts:
    """Check *stack* once and return the verdict of each selected promise."""
    command = [sys.executable, "-m", "suites", "check", "--stack", stack, "--level", level]
    subprocess.run(
        [*command, "--report-dir", str(folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        check=False,
    )
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    return {(r["stack"], r["id"]): r["verdict"] for r in report["rows"] if r["selected"]}


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


def main() -> int:
    """Return 0 if no verdict changed from run to run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", required=True)
    parser.add_argument("--level", default="static,live,disruptive")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--hog", action="store_true")
    options = parser.parse_args()
    seen: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    with busy(multiprocessing.cpu_count() if options.hog else 0):
        for number in range(1, options.runs + 1):
            began = time.monotonic()
            with tempfile.TemporaryDirectory() as folder:
                verdicts = run(options.stack, options.level, Path(folder))
            for promise, verdict in verdicts.items():
                seen[promise][verdict] += 1
            counts = dict(Counter(verdicts.values()))
            print(f"run {number}: {time.monotonic() - began:.1f} s, {counts}", flush=True)
    changed = {promise: counts for promise, counts in seen.items() if len(counts) > 1}
    for (stack, name), counts in sorted(changed.items()):
        print(f"changed: {stack} {name}: {dict(counts)}")
    print(f"{len(changed)} of {len(seen)} promises changed their verdict")
    return int(bool(changed))


if __name__ == "__main__":
    raise SystemExit(main())
