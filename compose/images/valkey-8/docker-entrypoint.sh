#!/bin/sh
# Starts Valkey as the official image does: as its own user, files for that user alone,
# and without protected mode, since the published port is what lets clients in.
set -eu

# Options alone, or a configuration file, mean the server.
case "${1:-}" in
    -* | *.conf) set -- valkey-server "$@" ;;
esac

if [ "${1:-}" = valkey-server ]; then
    shift
    case "${1:-}" in
        -* | '')
            case " $* " in
                *' --protected-mode '*) ;;
                *) set -- --protected-mode no "$@" ;;
            esac
            ;;
        *)
            # A configuration file comes first; what it says of protected mode holds.
            if [ -r "$1" ] && ! grep -qsiE '^[[:space:]]*protected-mode' "$1"; then
                file="$1"
                shift
                set -- "$file" --protected-mode no "$@"
            fi
            ;;
    esac
    set -- valkey-server "$@"
    if [ "$(id -u)" = 0 ]; then
        find . \! -user valkey -exec chown valkey {} +
        exec setpriv --reuid=valkey --regid=valkey --init-groups "$0" "$@"
    fi
fi

# 0022 is Docker's own; one that somebody chose stays.
if [ "$(umask)" = 0022 ]; then
    umask 0077
fi
exec "$@"
