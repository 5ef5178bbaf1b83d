"""Life cycle scenarios: the order in which a copy of the stack is taken through its life."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING

from . import lifecycle_backups as backups
from . import lifecycle_changes as changes
from . import lifecycle_ports as ports
from . import lifecycle_removals as removals
from . import lifecycle_starts as starts
from . import lifecycle_stops as stops
from . import lifecycle_stores as stores
from . import lifecycle_survival as survival
from .lifecycle import History, Phases, history

if TYPE_CHECKING:
    from fixtures.cycles import Cycle
    from fixtures.wanted import Wanted

PRINTED = "as-printed-lifecycle"
SURVIVAL = "survival"

_AS_PRINTED: Phases = (
    ((backups.Dump,), backups.dump),
    ((stops.Status,), stops.status),
    ((stores.Restart,), stores.restart),
    ((stores.Kill,), stores.kill),
    ((stores.PutBack,), stores.put_back),
    ((stops.RestartOne,), stops.restart_one),
    ((starts.Back,), starts.restart),
    ((starts.Moved, starts.Edited), starts.move),
    ((stops.RestartAll,), stops.restart_all),
    ((stops.Stop,), stops.stop),
    ((changes.Change,), changes.change),
    ((changes.Forced, changes.Password), changes.force),
    ((removals.DownKeeps, removals.DownDeletes), removals.down),
    ((stores.Copy,), stores.copy),
    ((ports.Conflict,), ports.conflict),
    ((ports.Remap,), ports.remap),
    ((removals.Reset, removals.First), removals.start),
    ((removals.DownNetwork,), removals.network),
    ((starts.Up,), starts.up),
)
_DATABASE: Phases = (
    ((survival.Survives,), partial(survival.survive, protocol="postgresql")),
    ((backups.Folder,), backups.folder),
    ((survival.Permissions,), survival.permissions),
)
_OBJECTS: Phases = (
    ((survival.Survives,), partial(survival.survive, protocol="s3")),
    ((backups.Archive,), backups.archive),
)
_KEYS: Phases = (((survival.Survives,), partial(survival.survive, protocol="redis")),)


def as_printed(wanted: Wanted, cycle: Cycle) -> History:
    """Take a copy that bears the document's own names through the documented commands."""
    return history(cycle, wanted, _AS_PRINTED)


def side_by_side(wanted: Wanted, cycle: Cycle) -> History:
    """Take each store of an isolated copy through what it is to survive, all at once."""
    with ThreadPoolExecutor() as pool:
        begun = [
            pool.submit(copy_context().run, history, cycle, wanted, phases)
            for phases in (_DATABASE, _OBJECTS, _KEYS)
        ]
        made = [one.result() for one in begun]
    seen = {name: seen for one in made for name, seen in one.seen.items()}
    return History(cycle.evidence, seen)
