"""What a migration of chat clients is judged by."""

from __future__ import annotations

import pytest

from suites.client_migrations import Story


@pytest.mark.parametrize(
    ("arrivals", "busiest"),
    [
        ([], 0),
        ([(0.0, 1), (0.5, 1)], 0),
        ([(0.0, 1), (0.5, 4), (0.9, 6), (1.6, 7)], 5),
        ([(0.0, 0), (1.0, 2), (2.0, 4), (3.0, 6)], 2),
        # Nobody looked for three seconds: all that is known is that one of them had four.
        ([(0.0, 0), (0.5, 1), (3.5, 13), (4.0, 14)], 4),
    ],
)
def test_the_busiest_second_is_found(arrivals: list[tuple[float, int]], busiest: float) -> None:
    """Whatever was there before the first look is not counted."""
    assert Story(arrivals=arrivals).busiest_second() == busiest


def test_arrivals_are_counted_from_the_first_look() -> None:
    """Whoever asked whether it listens was there before."""
    assert Story(arrivals=[(0.0, 1), (1.0, 41)]).arrived() == 40
