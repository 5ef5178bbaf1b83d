"""Timelines: a lane's start-up as the places of a picture."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

_STEPS = (0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600)
_MOST_TICKS = 7
_LEFT, _WIDTH = 1.5, 95.0
"""Where the axis begins and how long it is, in percent: marks at both ends stay inside."""

_HEALTH = {"probe", "healthy", "unhealthy"}
_WORDS = {
    "created": "created",
    "started": "started",
    "healthy": "healthy",
    "unhealthy": "unhealthy",
    "died": "died",
    "stopped": "stopped",
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One event: its place in percent, which sign it has and what it is in words."""

    x: float
    sign: str
    words: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time in one state: its place and length in percent."""

    x: float
    width: float
    state: str
    """``starting``, ``running`` (no health is known), ``healthy`` or ``unhealthy``."""


@dataclass(slots=True)
class Track:
    """One service."""

    service: str
    marks: list[Mark] = field(default_factory=list)
    stretches: list[Stretch] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Picture:
    """The start-up of one lane."""

    tracks: list[Track]
    ticks: list[tuple[float, str]]
    later: int
    """How many events come after the start-up and are not in the picture."""


def picture(timeline: Iterable[Mapping[str, Any]]) -> Picture | None:
    """Return the picture of *timeline*, up to a little after every service is where it stays.

    None when there is nothing to draw.
    """
    events = sorted(timeline, key=lambda event: float(event["at"]))
    if not events:
        return None
    services: dict[str, list[Mapping[str, Any]]] = {}
    for event in events:
        services.setdefault(str(event["service"]), []).append(event)
    settled = max(_settled(own) for own in services.values())
    end = max(settled * 1.12, 1.0)
    shown = sum(float(event["at"]) <= end for event in events)
    tracks = [_track(service, own, end) for service, own in services.items()]
    return Picture(tracks, _ticks(end), len(events) - shown)


def _settled(events: list[Mapping[str, Any]]) -> float:
    """Return when a service reached what it stays in: healthy, or else its last event."""
    for event in events:
        if event["event"] == "healthy":
            return float(event["at"])
    return float(events[-1]["at"])


def _track(service: str, events: list[Mapping[str, Any]], end: float) -> Track:
    track = Track(service)
    watched = any(event["event"] in _HEALTH for event in events)
    state, since = None, 0.0
    for event in events:
        at = float(event["at"])
        if at > end:
            break
        track.marks.append(Mark(_place(at, end), _sign(event), _told(service, event)))
        after = _state(event["event"], state, watched=watched)
        if after != state:
            if state:
                track.stretches.append(_stretch(since, at, end, state))
            state, since = after, at
    if state:
        track.stretches.append(_stretch(since, end, end, state))
    return track


def _state(event: str, before: str | None, *, watched: bool) -> str | None:
    if event == "started":
        return "starting" if watched else "running"
    if event in ("healthy", "unhealthy"):
        return event
    return None if event in ("died", "stopped") else before


def _sign(event: Mapping[str, Any]) -> str:
    if event["event"] == "probe":
        return {True: "ok", False: "failed"}.get(event.get("ok"), "probe")  # type: ignore[arg-type]
    return str(event["event"]) if event["event"] in _WORDS else "probe"


def _told(service: str, event: Mapping[str, Any]) -> str:
    sign = _sign(event)
    word = _WORDS.get(sign) or {"ok": "health probe ok", "failed": "health probe failed"}.get(
        sign, str(event["event"])
    )
    return f"{service}: {word} at {float(event['at']):.1f} s"


def _stretch(since: float, until: float, end: float, state: str) -> Stretch:
    start = _place(since, end)
    return Stretch(start, round(_place(until, end) - start, 2), state)


def _place(at: float, end: float) -> float:
    return round(_LEFT + _WIDTH * at / end, 2)


def _ticks(end: float) -> list[tuple[float, str]]:
    step = next((step for step in _STEPS if end / step <= _MOST_TICKS), _STEPS[-1])
    count = int(end / step)
    return [(_place(n * step, end), f"{n * step:g}") for n in range(count + 1)]
