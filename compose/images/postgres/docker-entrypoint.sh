#!/usr/bin/env bash
# Starts PostgreSQL, and first makes the database where PGDATA is empty, as the
# documentation of the official image describes (hub.docker.com/_/postgres).
set -Eeuo pipefail
shopt -s nullglob

say() { printf '%s: %s\n' "$0" "$*"; }
die() { printf 'Error: %s\n' "$*" >&2; exit 1; }

# Sets NAME from NAME, or from the file that NAME_FILE names, or to the default.
setting() {
    local name="$1" default="${2:-}" file="${1}_FILE"
    if [ -n "${!name:-}" ] && [ -n "${!file:-}" ]; then
        die "both $name and $file are set, and they exclude each other"
    fi
    if [ -n "${!name:-}" ]; then
        export "$name"
    elif [ -n "${!file:-}" ]; then
        export "$name=$(<"${!file}")"
    else
        export "$name=$default"
    fi
    unset "$file"
}

wants_help() {
    local argument
    for argument; do
        case "$argument" in
            -'?' | --help | --describe-config | -V | --version) return 0 ;;
        esac
    done
    return 1
}

own_the_folders() {
    mkdir -p "$PGDATA" /var/run/postgresql
    chmod 0700 "$PGDATA" || :
    # With "others may write" an arbitrary user id (docker run --user) can make its socket.
    chmod 03775 /var/run/postgresql || :
    if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then
        mkdir -p "$POSTGRES_INITDB_WALDIR"
    fi
    if [ "$(id -u)" = 0 ]; then
        find "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"} \
            \! -user postgres -exec chown postgres {} +
    fi
}

require_password() {
    case "$POSTGRES_PASSWORD$POSTGRES_HOST_AUTH_METHOD" in
        '')
            cat >&2 <<-TEXT
Error: Database is uninitialized and superuser password is not specified.
       Set POSTGRES_PASSWORD to a value that is not empty, for example
       "-e POSTGRES_PASSWORD=password" on "docker run".
       POSTGRES_HOST_AUTH_METHOD=trust lets everybody in without one.
TEXT
            exit 1
            ;;
    esac
    if [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then
        say 'POSTGRES_HOST_AUTH_METHOD is "trust": everybody who reaches the port is let in' >&2
    fi
}

make_database_cluster() {
    if ! getent passwd "$(id -u)" > /dev/null; then
        # initdb insists on a name for its user id.
        local lib
        for lib in /usr/lib/*/libnss_wrapper.so; do
            NSS_WRAPPER_PASSWD="$(mktemp)" NSS_WRAPPER_GROUP="$(mktemp)"
            export LD_PRELOAD="$lib" NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
            printf 'postgres:x:%s:%s:PostgreSQL:%s:/bin/false\n' "$(id -u)" "$(id -g)" "$PGDATA" > "$NSS_WRAPPER_PASSWD"
            printf 'postgres:x:%s:\n' "$(id -g)" > "$NSS_WRAPPER_GROUP"
        done
    fi
    # POSTGRES_INITDB_ARGS holds several words, quoted as for a shell.
    # Compiled into this build is the socket folder /tmp, into the official one this:
    eval "initdb --set unix_socket_directories=/var/run/postgresql --username=\"\$POSTGRES_USER\" --pwfile=<(printf '%s\n' \"\$POSTGRES_PASSWORD\")" \
        "${POSTGRES_INITDB_WALDIR:+--waldir=\"\$POSTGRES_INITDB_WALDIR\"} $POSTGRES_INITDB_ARGS"' "$@"'
    unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
}

let_clients_in() {
    local method="$POSTGRES_HOST_AUTH_METHOD"
    : "${method:=$(postgres -C password_encryption "$@")}"
    {
        printf '\n'
        [ "$method" != trust ] || printf '# every client is let in without a password\n'
        printf 'host all all all %s\n' "$method"
    } >> "$PGDATA/pg_hba.conf"
}

# The server that initialises listens on the socket alone: no client can come too early.
temporary_server() {
    local action="$1"; shift
    if [ "$action" = start ]; then
        NOTIFY_SOCKET='' PGUSER="$POSTGRES_USER" pg_ctl -D "$PGDATA" -w start \
            -o "$(printf '%q ' "$@" -c listen_addresses='' -p "${PGPORT:-5432}")"
    else
        PGUSER="$POSTGRES_USER" pg_ctl -D "$PGDATA" -m fast -w stop
    fi
}

sql() {
    PGHOST=/var/run/postgresql PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" \
        --no-password --no-psqlrc "$@"
}

make_database() {
    [ "$POSTGRES_DB" != postgres ] || return 0
    local there
    there="$(sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only \
        <<< "SELECT 1 FROM pg_database WHERE datname = :'db';")"
    if [ -z "$there" ]; then
        sql --dbname postgres --set db="$POSTGRES_DB" <<< 'CREATE DATABASE :"db";'
        printf '\n'
    fi
}

run_init_files() {
    local file
    local -a db=(--dbname "$POSTGRES_DB")
    for file; do
        case "$file" in
            *.sh)
                if [ -x "$file" ]; then
                    say "running $file"
                    "$file"
                else
                    say "sourcing $file"
                    # shellcheck source=/dev/null
                    . "$file"
                fi
                ;;
            *.sql) say "running $file"; sql "${db[@]}" -f "$file"; printf '\n' ;;
            *.sql.gz) say "running $file"; gunzip -c "$file" | sql "${db[@]}"; printf '\n' ;;
            *.sql.xz) say "running $file"; xzcat "$file" | sql "${db[@]}"; printf '\n' ;;
            *.sql.zst) say "running $file"; zstd -dc "$file" | sql "${db[@]}"; printf '\n' ;;
            *) say "ignoring $file" ;;
        esac
    done
    printf '\n'
}

initialise() {
    [ "${1:-}" != postgres ] || shift
    require_password
    # Permission denied on a folder of init files would otherwise look like "no files".
    ls /docker-entrypoint-initdb.d/ > /dev/null
    make_database_cluster
    let_clients_in "$@"
    PGPASSWORD="${PGPASSWORD:-$POSTGRES_PASSWORD}"
    export PGPASSWORD
    temporary_server start "$@"
    make_database
    run_init_files /docker-entrypoint-initdb.d/*
    temporary_server stop
    unset PGPASSWORD
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

main() {
    if [ "${1:0:1}" = - ]; then
        set -- postgres "$@"
    fi
    if [ "${1:-}" = postgres ] && ! wants_help "$@"; then
        setting POSTGRES_PASSWORD
        setting POSTGRES_USER postgres
        setting POSTGRES_DB "$POSTGRES_USER"
        setting POSTGRES_INITDB_ARGS
        : "${POSTGRES_HOST_AUTH_METHOD:=}"
        own_the_folders
        if [ "$(id -u)" = 0 ]; then
            exec setpriv --reuid=postgres --regid=postgres --init-groups "$BASH_SOURCE" "$@"
        fi
        if [ -s "$PGDATA/PG_VERSION" ]; then
            printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
        else
            # Whoever sets PGDATA has chosen a place; only the default one would miss the mount.
            if [ "${PG_MAJOR:-0}" -ge 18 ] && [ "$PGDATA" = "/var/lib/postgresql/$PG_MAJOR/docker" ] \
                && mountpoint -q /var/lib/postgresql/data; then
                die "a volume is mounted at /var/lib/postgresql/data, and PostgreSQL $PG_MAJOR keeps" \
                    "its data in $PGDATA: mount the volume at /var/lib/postgresql"
            fi
            initialise "$@"
        fi
    fi
    exec "$@"
}

main "$@"
