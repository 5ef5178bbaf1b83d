"""Replication: what several servers of one store do together, each asked in its own container."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import terms

if TYPE_CHECKING:
    from fixtures.companions import Companion, Companions
    from fixtures.cycles import Cycle
    from fixtures.inside import Inside
    from fixtures.shell import Answer

FORMED = 60.0
"""Seconds for the nodes to start and to find each other."""
ARRIVED = 10.0
"""Seconds for a row of the primary to be on the standby, and for the two to meet."""
TAKEN_OVER = 40.0
"""Seconds for a replica to take over, with the file's node time-out of two."""

STANDBYS = "SELECT state FROM pg_stat_replication WHERE application_name <> 'pg_basebackup'"


@dataclass(frozen=True, slots=True)
class Cluster:
    """*command* makes a cluster of Redis nodes with so many masters."""

    command: terms.Command
    nodes: list[str]
    """Services, the first of which is asked."""
    masters: int
    """How many nodes own slots."""
    slots: int
    """How many slots are assigned."""


@dataclass(frozen=True, slots=True)
class Streaming:
    """*command* makes a primary and a standby that streams from it."""

    command: terms.Command
    primary: str
    """The service that is written to."""
    standby: str
    """The service that follows it."""


@dataclass(frozen=True, slots=True)
class SeenCluster:
    """INFO of the cluster, what a node that does not own a key says, and life without a master."""

    answer: Answer
    info: dict[str, str]
    wrong_node: str
    following: str
    masters: int
    after: dict[str, str]
    new_master: bool


@dataclass(frozen=True, slots=True)
class SeenStreaming:
    """What the primary says of its standbys, and what the standby does."""

    answer: Answer
    states: list[str]
    recovering: str
    written: str
    arrived: str


def form(cycle: Cycle, companions: Companions, inside: Inside, expect: Cluster) -> SeenCluster:
    """Start the nodes; ask the wrong one; kill a master."""
    started = companions.up(expect.command)
    first = expect.nodes[0]

    def on(node: str, command: str) -> str:
        return asked(companions, inside, started, node, f"redis-cli {command}")

    def formed(info: dict[str, str]) -> bool:
        return info.get("cluster_state") == "ok" and info.get("cluster_size") == str(expect.masters)

    info = cycle.until(lambda: fields(on(first, "cluster info")), formed, FORMED)
    key = secrets.token_hex(6)
    said = {node: on(node, f"set {key} 1") for node in expect.nodes}
    wrong = next((word for word in said.values() if word.startswith("MOVED")), "no MOVED")
    following = on(first, f"-c set {key} 2")
    # A replica that has not yet reached its master cannot take its place.
    roles = cycle.until(
        lambda: {node: on(node, "role").split() for node in expect.nodes},
        lambda found: all(
            words[:1] == ["master"] or "connected" in words for words in found.values()
        ),
        FORMED,
    )
    masters = sorted(node for node, words in roles.items() if words[:1] == ["master"])
    replicas = [node for node in expect.nodes if node not in masters]
    after: dict[str, str] = {}
    new_master = False
    if masters and replicas:
        container = companions.containers(started)[masters[0]]
        container.kill()
        cycle.evidence.note("engine.kill", masters[0], str(container.name))
        asker = replicas[0]

        def risen() -> bool:
            return any(on(node, "role").split()[:1] == ["master"] for node in replicas)

        new_master = cycle.until(risen, bool, TAKEN_OVER)
        after = cycle.until(lambda: fields(on(asker, "cluster info")), formed, TAKEN_OVER)
    return SeenCluster(started.answer, info, wrong, following, len(masters), after, new_master)


def stream(
    cycle: Cycle, companions: Companions, inside: Inside, expect: Streaming
) -> SeenStreaming:
    """Start both; write to each; look for what the primary was told on the standby."""
    started = companions.up(expect.command)

    def sql(service: str, statement: str) -> str:
        command = (
            f'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v VERBOSITY=sqlstate -Atqc "{statement}"'
        )
        return asked(companions, inside, started, service, command)

    recovering = cycle.until(
        lambda: sql(expect.standby, "SELECT pg_is_in_recovery()"),
        lambda found: found in ("t", "f"),
        FORMED,
    )
    # The copy that makes a standby streams, too, under the name of its program.
    states = cycle.until(
        lambda: sql(expect.primary, STANDBYS).split(), lambda found: "streaming" in found, ARRIVED
    )
    written = sql(expect.standby, "CREATE TABLE here (id int)")
    token = secrets.token_hex(8)
    sql(expect.primary, f"CREATE TABLE told AS VALUES ('{token}')")
    arrived = cycle.until(
        lambda: sql(expect.standby, "TABLE told"), lambda found: found == token, ARRIVED
    )
    return SeenStreaming(
        started.answer, states, recovering, written, "arrived" if arrived == token else arrived
    )


def asked(
    companions: Companions, inside: Inside, started: Companion, service: str, command: str
) -> str:
    """Return what *command* prints in the container of *service*, or how it failed."""
    container = companions.containers(started).get(service)
    if container is None or container.status != "running":
        return f"no running container of {service}"
    answer = inside.run_in(container, f"{started.project} {service}", command)
    return (answer.stdout or answer.stderr).strip()


def fields(said: str) -> dict[str, str]:
    """Return the ``name:value`` lines of what Redis *said*."""
    return dict(re.findall(r"^(\w+):(\S+)", said, re.MULTILINE))
