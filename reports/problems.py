"""Problems: the one line that matters in a text made for programmers."""

from __future__ import annotations

import re

_BAD_INPUT = re.compile(r"^(?:E\s+)?(?:[\w.]+\.)?(?:BadInput|UsageError): ", re.MULTILINE)
_RAISED = re.compile(r"^E\s{1,7}", re.MULTILINE)


def is_bad_input(text: str) -> bool:
    """Return whether a collection stopped with *text* for what the user's own files say."""
    return bool(_BAD_INPUT.search(text))


def in_brief(text: str) -> str:
    """Return what was raised, without where: pytest's lines that begin with E, or the last line.

    A text that is not a traceback comes back as it is.
    """
    lines = text.strip().splitlines()
    raised = [_RAISED.sub("", line, count=1) for line in lines if _RAISED.match(line)]
    if not raised:
        traced = any(line.lstrip().startswith(("Traceback", 'File "')) for line in lines)
        raised = lines[-1:] if traced else lines
    return _BAD_INPUT.sub("", "\n".join(raised), count=1).strip()
