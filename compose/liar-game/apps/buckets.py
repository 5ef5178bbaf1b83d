"""Make the buckets that the document names; one that is there already is left alone."""

from __future__ import annotations

import os
import sys

import urllib3
from minio import Minio
from minio.error import S3Error

BUCKETS = ("game-logs", "user-uploads", "replays")
OURS_ALREADY = "BucketAlreadyOwnedByYou"


def provision(client: Minio) -> list[str]:
    """Return the buckets that were made; raises what the client raises."""
    made = []
    for bucket in BUCKETS:
        if client.bucket_exists(bucket):
            continue
        try:
            client.make_bucket(bucket)
        except S3Error as error:
            if error.code != OURS_ALREADY:
                raise
        else:
            made.append(bucket)
    return made


def main() -> int:
    """Return 0 if the three buckets are there now, 1 if not."""
    try:
        client = Minio(
            f"localhost:{os.environ.get('MINIO_PORT') or 9000}",
            access_key=os.environ.get("MINIO_ROOT_USER") or "minio-admin",
            secret_key=os.environ.get("MINIO_ROOT_PASSWORD") or "",
            secure=False,
            region="us-east-1",
            http_client=urllib3.PoolManager(
                timeout=urllib3.Timeout(10),
                retries=urllib3.Retry(20, backoff_factor=0.1, backoff_max=2),
            ),
        )
        made = provision(client)
    except (S3Error, urllib3.exceptions.HTTPError, ValueError) as error:
        print(f"buckets: {error}", file=sys.stderr)
        return 1
    print(f"made: {', '.join(made) or 'none, all were there'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
