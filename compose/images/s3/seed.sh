#!/bin/bash
# Makes the empty cluster that each container starts from (seconds at build time that no
# start has to wait for), and packs it.
set -Eeuo pipefail

data=/tmp/seed
osd=3b1f4c1e-2a36-4d15-9d5c-5a0a3c1b7f02
fsid="$(sed -n 's/^fsid = //p' /etc/ceph/ceph.conf)"
monitor="$(sed -n 's/^mon_host = //p' /etc/ceph/ceph.conf)"

mkdir -p "$data/mon" "$data/osd"
monmaptool --create --addv a "[$monitor]" --fsid "$fsid" /tmp/monmap > /dev/null
ceph-mon --mkfs -i a --monmap /tmp/monmap --mon-data "$data/mon"
ceph-mon -f -i a --mon-data "$data/mon" &
mon=$!
ceph osd new "$osd"
ceph-osd -i 0 --mkfs --osd-uuid "$osd" --osd-data "$data/osd" 2> /tmp/mkfs.log || { cat /tmp/mkfs.log; exit 1; }
ceph-osd -f -i 0 --osd-data "$data/osd" 2> /tmp/osd.log &
store=$!

# What radosgw would make one by one when it first needs it.
for pool in default.rgw.{log,control,meta,otp,buckets.index,buckets.data,buckets.non-ec}; do
    ceph osd pool create "$pool" 1 1
    ceph osd pool application enable "$pool" rgw
done
radosgw-admin user list > /dev/null # makes the zone
radosgw -d -n client.rgw --rgw-frontends='beast endpoint=127.0.0.1:39099' 2> /tmp/rgw.log &
gateway=$!
for _ in $(seq 600); do
    if curl -fso /dev/null http://127.0.0.1:39099/swift/healthcheck; then break; fi
    sleep 0.05
done
curl -fsS http://127.0.0.1:39099/swift/healthcheck

for process in "$gateway" "$store" "$mon"; do
    kill "$process"
    wait "$process" || true
done
tar -C "$data" --sparse -czf /usr/share/s3-seed.tar.gz mon osd
rm -rf "$data" /tmp/monmap /tmp/*.log
