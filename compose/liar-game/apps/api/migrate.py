"""Apply the migrations that the database lacks, each once, in the order of their names.

What was applied is kept in the table ``migrations``: one row (timestamp, name) for each file
``migrations/<timestamp>-<name>.sql``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import psycopg
from liar_game.settings import STORES_HOST, Settings

FOLDER = Path(__file__).with_name("migrations")
LOCK = 1760140800
TABLE = """
CREATE TABLE IF NOT EXISTS migrations (
    id serial PRIMARY KEY, timestamp bigint NOT NULL UNIQUE, name text NOT NULL
)"""


def migrate(connection: psycopg.Connection[tuple[int]]) -> list[str]:
    """Return the names of the files that were applied; raises ``psycopg.Error``, then none was."""
    applied = []
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        connection.execute(TABLE)
        known = {row[0] for row in connection.execute("SELECT timestamp FROM migrations")}
        for file in sorted(FOLDER.glob("*.sql")):
            timestamp, _, name = file.stem.partition("-")
            if int(timestamp) in known:
                continue
            connection.execute(file.read_bytes())
            connection.execute(
                "INSERT INTO migrations (timestamp, name) VALUES (%s, %s)", [int(timestamp), name]
            )
            applied.append(file.name)
    return applied


def main() -> int:
    """Return 0 if the database is up to date now, 1 if not."""
    try:
        settings = Settings.from_environment()
        with psycopg.connect(
            host=STORES_HOST,
            port=settings.postgres_port,
            user=settings.postgres_user,
            password=settings.postgres_password,
            dbname=settings.postgres_database,
            connect_timeout=5,
        ) as connection:
            applied = migrate(connection)
    except (psycopg.Error, ValueError) as error:
        print(f"migrate: {error}", file=sys.stderr)
        return 1
    print("\n".join(f"applied {name}" for name in applied) or "nothing to apply")
    return 0


if __name__ == "__main__":
    sys.exit(main())
