#!/bin/sh
# Makes a cluster of the nodes that are named, with a replica for each master; once.
set -eu

nodes=
for name; do
    until redis-cli -h "$name" ping | grep -q PONG; do
        sleep 0.2
    done
    # Nodes meet by address: CLUSTER MEET takes no names.
    nodes="$nodes $(getent hosts "$name" | cut -d ' ' -f 1):6379"
done
if redis-cli -h "$1" cluster info | grep -q cluster_state:ok; then
    exit 0
fi
# shellcheck disable=SC2086
redis-cli --cluster create $nodes --cluster-replicas 1 --cluster-yes
