"""Supervisor: starts the server again when it ends, in the same network namespace."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

PAUSE = 0.1


def main() -> None:
    """Keep `python -m chat` running; SIGHUP restarts it in an orderly way, SIGTERM ends both."""
    ended: list[int] = []
    child: subprocess.Popen[bytes] | None = None

    def forward(number: int, _frame: object) -> None:
        if number == signal.SIGTERM:
            ended.append(number)
        if child is not None:
            child.send_signal(signal.SIGTERM)

    for number in (signal.SIGHUP, signal.SIGTERM):
        signal.signal(number, forward)
    while not ended:
        child = subprocess.Popen([sys.executable, "-u", "-B", "-m", "chat"])
        code = child.wait()
        print(f"[SUPERVISOR] the server ended with {code}", flush=True)
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
