#!/bin/sh
# Starts the proxy once radosgw answers, and ends radosgw (process 1) when the proxy ends.
until curl -fso /dev/null "http://127.0.0.1:$1/swift/healthcheck"; do
    sleep 0.05
done
nginx -c /tmp/proxy.conf
kill -TERM 1
