#!/bin/sh
# Starts HAProxy in the foreground, as master and worker, as the official image does.
set -e

case "${1:-}" in
    -*) set -- haproxy "$@" ;;
esac
if [ "${1:-}" = haproxy ]; then
    shift
    set -- haproxy -W -db "$@"
fi
exec "$@"
