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
from . import lifecycle_stops as stops
from . import lifecycle_survival as survival
from .lifecycle import History, Phases, history

if TYPE_CHECKING:
    from fixtures.cycles import Cycle
    from fixtures.wanted import Wanted

PRINTED = "as-printed-lifecycle"
SURVIVAL = "survival"

_SURVIVAL = (survival.RESTART, survival.REMOVAL)
_AS_PRINTED: Phases = (
    ((backups.DUMP,), backups.dump),
    ((stops.ONE,), stops.restart_one),
    ((stops.ALL,), stops.restart_all),
    ((stops.STOP,), stops.stop),
    ((changes.CHANGE,), changes.change),
    ((changes.FORCED, changes.PASSWORD, changes.CURE), changes.force),
    ((removals.KEEPS, removals.DELETES), removals.down),
    ((ports.Conflict,), ports.conflict),
    ((ports.Remap,), ports.remap),
    ((removals.RESET, removals.FIRST), removals.start),
    ((removals.NETWORK,), removals.network),
)
_DATABASE: Phases = (
    (_SURVIVAL, partial(survival.survive, holds="rows")),
    ((backups.FOLDER,), backups.folder),
    ((survival.PERMISSIONS,), survival.permissions),
)
_OBJECTS: Phases = (
    (_SURVIVAL, partial(survival.survive, holds="objects")),
    ((backups.ARCHIVE,), backups.archive),
)
_KEYS: Phases = ((_SURVIVAL, partial(survival.survive, holds="keys")),)


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
