#!/bin/bash
# Copies the primary, once, and follows it: -R writes primary_conninfo and standby.signal.
set -euo pipefail

export PGPASSWORD="$POSTGRES_PASSWORD"
if [ ! -s "$PGDATA/PG_VERSION" ]; then
    until pg_basebackup -h primary -U replicator -D "$PGDATA" -R -X stream; do
        # What a copy that was cut short has left would be in the way of the next.
        find "$PGDATA" -mindepth 1 -delete
        sleep 0.5
    done
    chmod 0700 "$PGDATA"
fi
unset PGPASSWORD
exec docker-entrypoint.sh "$@"
