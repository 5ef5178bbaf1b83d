"""Changes of .env: which containers are made anew, and which values then count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from . import terms
from .lifecycle import START, each
from .servers import Server

if TYPE_CHECKING:
    from fixtures.cycles import Cycle, Kept
    from fixtures.shell import Answer
    from fixtures.states import States
    from fixtures.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Change:
    """*changed* are the stores whose passwords are changed; *others*, services left alone."""

    command: terms.Command
    changed: list[Server]
    """The servers whose passwords are changed in .env."""
    others: list[str]
    """Services that it leaves alone."""


@dataclass(frozen=True, slots=True)
class Forced:
    """*variables* are changed; each is then to be seen in the containers of its service."""

    command: terms.Command
    variables: dict[str, str]
    """Variables, with the values that they have."""
    recreate_keeps: list[Server]
    """The servers that hold afterwards what they held."""


@dataclass(frozen=True, slots=True)
class Password:
    """The password of *server* is changed before *command*."""

    command: terms.Command
    server: Server
    old_password: Literal["refused"] | None = None
    """Whether the old one must not open any more."""


@dataclass(frozen=True, slots=True)
class Changed:
    """What a change did; *new* and *old* say by service how a store answers each password."""

    answer: Answer
    before: States
    after: States
    new: dict[str, str]
    old: dict[str, str]


@dataclass(frozen=True, slots=True)
class Recreated:
    """What a forced recreation did. *applied*: the variables that containers have anew."""

    answer: Answer
    before: States
    after: States
    applied: list[str]
    kept: dict[str, Kept]


@dataclass(frozen=True, slots=True)
class Login:
    """How a database answered the new password before and after, and the old one after."""

    answer: Answer
    symptom: str
    new: str
    old: str


def change(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Give stores new passwords in .env and run the command."""

    def look(expect: Change) -> Changed:
        cycle.ready(expect.changed, *expect.others)
        before, old = cycle.states.states(), cycle.env_file.values()
        cycle.env_file.renew(store.password for store in expect.changed)
        answer = cycle.shell.run(expect.command, START)
        after, new = cycle.states.states(), cycle.env_file.values()
        seen = Changed(
            answer,
            before,
            after,
            {s.service: cycle.keepsakes.let_in(s, new[s.password]) for s in expect.changed},
            {s.service: cycle.keepsakes.let_in(s, old[s.password]) for s in expect.changed},
        )
        accept(cycle, expect.changed, old)
        return seen

    return each(wanted.of(Change), look)


def force(cycle: Cycle, wanted: Wanted) -> dict[str, Any]:
    """Change all wanted variables, and make all containers anew: once for each command."""
    made: dict[str, Any] = {}
    promises = wanted.of(Forced, Password)
    for command in dict.fromkeys(promise.expect.command for promise in promises):
        forced = [p for p in wanted.of(Forced) if p.expect.command == command]
        logins = [p for p in wanted.of(Password) if p.expect.command == command]
        kept = [store for promise in forced for store in promise.expect.recreate_keeps]
        stores = list(dict.fromkeys([*kept, *(promise.expect.server for promise in logins)]))
        variables = {name: s for p in forced for name, s in p.expect.variables.items()}

        cycle.ready(stores)
        put, old = cycle.put(kept), cycle.env_file.values()
        cycle.env_file.renew({*variables, *(p.expect.server.password for p in logins)})
        new, before = cycle.env_file.values(), cycle.states.states()
        symptoms = {
            p.id: cycle.keepsakes.let_in(p.expect.server, new[p.expect.server.password])
            for p in logins
        }
        answer = cycle.shell.run(command, START)
        after = cycle.states.states()
        for promise in logins:
            store = promise.expect.server
            made[promise.id] = Login(
                answer,
                symptoms[promise.id],
                cycle.keepsakes.let_in(store, new[store.password]),
                cycle.keepsakes.let_in(store, old[store.password]),
            )
        applied = [n for n, service in variables.items() if holds(cycle, service, new[n])]
        accept(cycle, stores, old)
        for promise in forced:
            found = cycle.all_kept(put, promise.expect.recreate_keeps)
            made[promise.id] = Recreated(answer, before, after, applied, found)
    return made


def holds(cycle: Cycle, service: str, value: str) -> bool:
    """Return whether *value* is in the environment or the command of *service*."""
    seen = (cycle.containers.inspect(service, "Config", part) for part in ("Env", "Cmd"))
    return any(value in text for texts in seen if isinstance(texts, list) for text in texts)


def accept(cycle: Cycle, stores: list[Server], old: dict[str, str]) -> None:
    """Give .env the old password of each store back that refuses the new one."""
    now = cycle.env_file.values()
    back = {
        store.password: old[store.password]
        for store in stores
        if cycle.keepsakes.let_in(store, now[store.password]) != "accepted"
    }
    if back:
        cycle.env_file.change(back)
