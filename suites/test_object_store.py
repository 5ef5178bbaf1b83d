"""Object store: who is let in, which buckets are there, what its clients can do, the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.credentials import Credentials
    from fixtures.minio_console import MinioConsole
    from fixtures.promises import Promise
    from fixtures.s3 import S3
    from fixtures.s3_uses import S3Uses


@dataclass(frozen=True, slots=True)
class Store:
    service: str
    port: int
    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Bucket(Store):
    bucket: str


@dataclass(frozen=True, slots=True)
class FromHost(Store):
    host: str
    published: int
    region: str


@dataclass(frozen=True, slots=True)
class Addressing(Store):
    host: str


@dataclass(frozen=True, slots=True)
class Page:
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class ConsoleLogin:
    url: str
    user: str
    password: str


@pytest.mark.promise("s3-user", expect=Store)
def test_the_variable_names_the_administrator(
    promise: Promise[Store], s3: S3, credentials: Credentials
) -> None:
    """The access key made for this copy lists the buckets; any other is unknown."""
    store = promise.expect
    seen = s3.buckets(store)
    assert seen.word == "answered", f"{seen.word} with the access key of {store.user}"

    for what, value in credentials.wrong(store.user).items():
        seen = s3.buckets(store, user=value)
        answer = (seen.status, seen.word)
        assert answer == (403, "InvalidAccessKeyId"), f"{answer} with the access key {what}"


@pytest.mark.promise("s3-password", expect=Store)
def test_the_variable_is_the_secret(
    promise: Promise[Store], s3: S3, credentials: Credentials
) -> None:
    """The secret made for this copy signs; no other secret does, and the file holds none."""
    store = promise.expect
    seen = s3.buckets(store)
    assert seen.word == "answered", f"{seen.word} with the secret of {store.password}"

    for what, value in credentials.wrong(store.password).items():
        seen = s3.buckets(store, secret=value)
        answer = (seen.status, seen.word)
        assert answer == (403, "SignatureDoesNotMatch"), f"{answer} with the secret {what}"
    origin = credentials.origin(store.password)
    assert origin.places, f"the value of {store.password} goes nowhere"
    assert origin.without != "a value of its own", f"the compose file has a {store.password}"


@pytest.mark.promise("s3-anonymous", expect=Store)
def test_unsigned_requests_are_refused(promise: Promise[Store], s3: S3) -> None:
    """Nothing is listed, read or written without a signature, in any bucket.

    MinIO refuses to list buckets; other servers show an anonymous caller the list of what nobody
    owns, which is empty.
    """
    store = promise.expect
    buckets = s3.buckets(store)
    assert buckets.word == "answered", f"with a signature: {buckets.word}"

    seen = {"GET /": s3.anonymous(store, "GET", "/")}
    for bucket in buckets.buckets:
        with s3.object(store, bucket) as key:
            for method, what in (("GET", "?list-type=2"), ("GET", f"/{key}"), ("PUT", f"/{key}")):
                path = f"/{bucket}{what}"
                seen[f"{method} {path}"] = s3.anonymous(store, method, path)
    refused = ("403 AccessDenied", "200 no bucket")
    let_in = {request: answer for request, answer in seen.items() if answer not in refused}
    assert not let_in, f"expected 403 AccessDenied, seen {let_in}"


@pytest.mark.promise("s3-bucket", expect=Bucket)
def test_bucket_keeps_objects(promise: Promise[Bucket], s3: S3) -> None:
    """Random bytes come back from the bucket as they went in, and are gone once deleted."""
    seen = s3.round_trip(promise.expect, promise.expect.bucket, size=100_000)

    assert seen == "identical", f"{promise.expect.bucket}: {seen}"


@pytest.mark.promise("s3-from-host", expect=FromHost, lane="as-printed")
def test_client_works_at_the_documented_endpoint(
    promise: Promise[FromHost], s3_uses: S3Uses
) -> None:
    """A client with the documented endpoint and region makes, reads, lists and deletes."""
    expect = promise.expect
    seen = s3_uses.life(expect, (expect.host, expect.published), expect.region)

    where = f"at http://{expect.host}:{expect.published}"
    location = seen.pop("location", "unknown")
    assert seen == {"get": "identical", "list": "listed", "delete": "deleted"}, f"{where}: {seen}"
    assert location in (expect.region, "no regions"), f"{where}: a bucket is in {location}"


@pytest.mark.promise("s3-path-style", expect=Addressing)
def test_path_style_is_needed(promise: Promise[Addressing], s3_uses: S3Uses) -> None:
    """A signed request finds the object under host/bucket/key, and not under bucket.host/key."""
    seen = s3_uses.styles(promise.expect, promise.expect.host)

    assert seen.get("path") == "200 the object", f"path style: {seen}"
    other = seen.get("virtual-host", "")
    assert other.startswith(("403", "404")), f"virtual-host style: {other or seen}"


@pytest.mark.promise("s3-store", expect=Store)
def test_large_objects_are_stored(promise: Promise[Store], s3_uses: S3Uses) -> None:
    """A client uploads in parts, reads all or a range, lists, and hands out a signed URL."""
    seen = s3_uses.large(promise.expect)

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
    """The page at the documented address is the console's."""
    seen = minio_console.page(promise.expect.url)

    wanted = {"status": "200", "type": "text/html", "title": promise.expect.title}
    assert seen == wanted, f"seen {seen}"


@pytest.mark.promise("minio-console-login", expect=ConsoleLogin, lane="as-printed")
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
