#!/bin/sh
# Runs what lies in /docker-entrypoint.d, then nginx, as the official image does.
set -e

say() {
    [ -n "${NGINX_ENTRYPOINT_QUIET_LOGS:-}" ] || echo "$0: $*"
}

case "${1:-}" in
    nginx | nginx-debug)
        for file in /docker-entrypoint.d/*; do
            case "$file" in
                *.envsh)
                    if [ -x "$file" ]; then
                        say "Sourcing $file"
                        . "$file"
                    else
                        say "Ignoring $file, not executable"
                    fi
                    ;;
                *.sh)
                    if [ -x "$file" ]; then
                        say "Launching $file"
                        "$file"
                    else
                        say "Ignoring $file, not executable"
                    fi
                    ;;
                *) say "Ignoring $file" ;;
            esac
        done
        say "Configuration complete; ready for start up"
        ;;
esac
exec "$@"
