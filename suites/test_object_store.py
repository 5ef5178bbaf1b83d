"""Object store: which buckets are there, what its clients can do, and the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from . import terms
from .servers import Server

if TYPE_CHECKING:
    from fixtures.credentials import Credentials
    from fixtures.minio_console import MinioConsole
    from fixtures.promises import Promise
    from fixtures.s3 import S3
    from fixtures.s3_uses import S3Uses


@dataclass(frozen=True, slots=True)
class Bucket:
    server: Server
    bucket: str
    """The bucket's name."""


@dataclass(frozen=True, slots=True)
class FromHost:
    server: Server
    host: str
    """A name or an address of the host, as the document gives it."""
    host_port: terms.HostPort
    region: str
    """The region that the client is told."""


@dataclass(frozen=True, slots=True)
class Addressing:
    server: Server
    host: str
    """A name of the host that stands before or after the bucket's."""


@dataclass(frozen=True, slots=True)
class Large:
    server: Server


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    """The address, as it is printed."""
    title: str
    """The title of the page."""


@dataclass(frozen=True, slots=True)
class ConsoleLogin:
    url: str
    """The address, as it is printed."""
    user: str
    """The variable of .env that holds the user."""
    password: str
    """The variable of .env that holds the password."""


@pytest.mark.promise("s3", expect=Bucket)
def test_bucket_keeps_objects(promise: Promise[Bucket], s3: S3) -> None:
    """Random bytes come back from the bucket as they went in, and are gone once deleted.

    About s3: buckets and objects of an S3 server.

    Cannot see: policies, versions and replication.
    """
    seen = s3.round_trip(promise.expect.server, promise.expect.bucket, size=100_000)

    assert seen == "identical", f"{promise.expect.bucket}: {seen}"


@pytest.mark.promise("connection", expect=FromHost, lane="as-printed")
def test_client_works_at_the_documented_endpoint(
    promise: Promise[FromHost], s3_uses: S3Uses
) -> None:
    """A client with the documented endpoint and region makes, reads, lists and deletes."""
    expect = promise.expect
    seen = s3_uses.life(expect.server, (expect.host, expect.host_port), expect.region)

    where = f"at http://{expect.host}:{expect.host_port}"
    location = seen.pop("location", "unknown")
    assert seen == {"get": "identical", "list": "listed", "delete": "deleted"}, f"{where}: {seen}"
    assert location in (expect.region, "no regions"), f"{where}: a bucket is in {location}"


@pytest.mark.promise("s3", expect=Addressing)
def test_path_style_is_needed(promise: Promise[Addressing], s3_uses: S3Uses) -> None:
    """A signed request finds the object under host/bucket/key, and not under bucket.host/key."""
    seen = s3_uses.styles(promise.expect.server, promise.expect.host)

    assert seen.get("path") == "200 the object", f"path style: {seen}"
    other = seen.get("virtual-host", "")
    assert other.startswith(("403", "404")), f"virtual-host style: {other or seen}"


@pytest.mark.promise("s3", expect=Large)
def test_large_objects_are_stored(promise: Promise[Large], s3_uses: S3Uses) -> None:
    """A client uploads in parts, reads all or a range, lists, and hands out a signed URL."""
    seen = s3_uses.large(promise.expect.server)

    wanted = {
        "multipart": "3 parts",
        "get": "identical",
        "range": "identical",
        "list": "listed",
        "presigned": "identical",
    }
    assert seen == wanted, f"seen {seen}"


@pytest.mark.promise("minio-console", expect=Page, lane="as-printed")
def test_console_answers(promise: Promise[Page], minio_console: MinioConsole) -> None:
    """The page at the documented address is the console's.

    About minio-console: the console of MinIO, by its own interface.

    Cannot see: what the page does: a stand-in has none.
    """
    seen = minio_console.page(promise.expect.url)

    wanted = {"status": "200", "type": "text/html", "title": promise.expect.title}
    assert seen == wanted, f"seen {seen}"


@pytest.mark.promise("minio-console", expect=ConsoleLogin, lane="as-printed")
def test_console_wants_the_administrator(
    promise: Promise[ConsoleLogin], minio_console: MinioConsole, credentials: Credentials
) -> None:
    """The values of .env open the console and list its buckets; another secret does not."""
    expect = promise.expect
    user, password = credentials.value(expect.user), credentials.value(expect.password)

    seen = minio_console.login(expect.url, user, password)
    assert seen == {"login": "204", "buckets": "200"}, f"with the values of .env: {seen}"
    wrong = credentials.wrong(expect.password)["another last character"]
    seen = minio_console.login(expect.url, user, wrong)
    refused = seen["login"] in ("401", "403") and seen["buckets"] in ("401", "403")
    assert refused, f"with another secret: {seen}"
