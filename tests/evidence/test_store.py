"""The store, in a folder and over S3: the same calls, the same answers."""

import io
import threading
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from app.config import MissingSetting, read_settings
from evidence import store
from evidence.models import Size
from tests.conftest import settings_for
from wsgi import create_app

CONTENT = bytes(range(256)) * 5000


class Bucket(BaseHTTPRequestHandler):
    """As much of S3 as a store needs, in memory. What it holds stands in `objects` of its server."""

    protocol_version = "HTTP/1.1"

    def do_PUT(self):
        self.server.objects[self._key] = self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, headers={"ETag": '"x"'})

    def do_GET(self):
        asked = parse_qs(urlsplit(self.path).query)
        if "list-type" in asked:
            return self._list(asked.get("prefix", [""])[0])
        content = self.server.objects.get(self._key)
        if content is None:
            return self._answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        first, last = map(int, self.headers["Range"].removeprefix("bytes=").split("-"))
        told = {"Content-Range": f"bytes {first}-{last}/{len(content)}", "ETag": '"x"'}
        told["Last-Modified"] = "Mon, 01 Jun 2026 12:00:00 GMT"
        return self._answer(206, content[first : last + 1], told)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        gone = [key for key in self.server.objects if f"<Key>{key}</Key>" in asked]
        for key in gone:
            del self.server.objects[key]
        told = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in gone)
        self._answer(200, f"<DeleteResult>{told}</DeleteResult>".encode())

    def _list(self, prefix):
        found = "".join(
            f"<Contents><Key>{key}</Key><Size>{len(content)}</Size><ETag>x</ETag>"
            "<LastModified>2026-06-01T12:00:00.000Z</LastModified></Contents>"
            for key, content in sorted(self.server.objects.items())
            if key.startswith(prefix)
        )
        self._answer(
            200,
            f"<ListBucketResult><IsTruncated>false</IsTruncated>{found}</ListBucketResult>".encode(),
        )

    @property
    def _key(self):
        return urlsplit(self.path).path.removeprefix("/bucket/")

    def _answer(self, status, content=b"", headers=None):
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(content))} | (headers or {})).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_given):
        pass


@pytest.fixture
def bucket():
    with ThreadingHTTPServer(("127.0.0.1", 0), Bucket) as server:
        server.objects = {}
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(params=["folder", "s3"])
def kept_in(request, database_url, tmp_path, monkeypatch):
    environment = settings_for(database_url) | {"EVIDENCE_DIR": str(tmp_path)}
    if request.param == "s3":
        server = request.getfixturevalue("bucket")
        for name, value in {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_port}",
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "eu-west-2",
            "AWS_ACCESS_KEY_ID": "known",
            "AWS_SECRET_ACCESS_KEY": "to nobody",
        }.items():
            monkeypatch.setenv(name, value)
        environment["EVIDENCE_STORE"] = "s3://bucket/city"
    with create_app(environment).app_context():
        yield request.param


def test_what_is_kept_is_read_in_parts_listed_and_deleted(kept_in, request):
    piece, noise = SimpleNamespace(uuid=uuid4()), SimpleNamespace(uuid=uuid4())
    for each in (piece, noise):
        store.keep(each.uuid, Size.FULL, io.BytesIO(CONTENT))
    store.keep(piece.uuid, Size.THUMB, io.BytesIO(b"small"))

    assert b"".join(store.read(piece, Size.FULL, 0, len(CONTENT))) == CONTENT
    assert b"".join(store.read(piece, Size.FULL, 10, 13)) == CONTENT[10:13]
    listed = [each for some in store.all_kept() for each in some]
    assert sorted(each.piece_uuid for each in listed) == sorted(
        str(each.uuid) for each in (piece, piece, noise)
    )
    assert all(each.since.astimezone(UTC) < datetime.now(UTC) or kept_in == "s3" for each in listed)
    if kept_in == "s3":
        assert {key.split("/")[0] for key in request.getfixturevalue("bucket").objects} == {"city"}

    store.forget(piece.uuid)
    store.forget(piece.uuid)

    with pytest.raises(FileNotFoundError):
        list(store.read(piece, Size.FULL, 0, 5))
    assert b"".join(store.read(noise, Size.FULL, 0, 3)) == CONTENT[:3]


@pytest.mark.parametrize("address", ["bucket", "https://s3.example", "s3://", "s3://b ucket"])
def test_a_store_that_is_none_stops_the_start(database_url, address):
    with pytest.raises(MissingSetting, match="EVIDENCE_STORE"):
        read_settings(settings_for(database_url) | {"EVIDENCE_STORE": address})


@pytest.mark.parametrize("address", ["files.example", "https://files.example/x", "https://a b"])
def test_a_name_for_files_that_is_none_stops_the_start(database_url, address):
    with pytest.raises(MissingSetting, match="MEDIA_URL"):
        read_settings(settings_for(database_url) | {"MEDIA_URL": address})
