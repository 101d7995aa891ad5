"""A film of 200 MB comes in through the real server, though the connection drops in the middle."""

import hashlib
import http.client
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlencode

import pytest

from app.db import current_db, unit_of_work
from evidence.models import EvidencePiece, State
from tests import factories
from tests.browser.conftest import _free_port
from tests.conftest import settings_for
from tests.databases import ROOT, fresh_database
from wsgi import create_app

MB = 1024 * 1024
LENGTH = 200 * MB
PART = bytes(range(256)) * (8 * MB // 256)
#: So many bytes of a part come before the connection drops.
BROKEN_OFF = 3 * MB
_START_SECONDS = 30


@pytest.fixture
def site(tmp_path):
    """The site as it is served, with a learner on it: where it is, and the cookie of the learner."""
    with fresh_database() as url:
        port = _free_port()
        environment = settings_for(url) | {
            "PUBLIC_URL": f"http://127.0.0.1:{port}",
            "EVIDENCE_DIR": str(tmp_path / "evidence"),
            "PYTHONPATH": str(_without_pandas(tmp_path)),
        }
        app = create_app(environment)
        with app.app_context():
            with unit_of_work():
                cookie = _signed_in(app, factories.learner())
            serving = subprocess.Popen(
                [sys.executable, "serve.py"],
                cwd=ROOT,
                env=os.environ | environment | {"PORT": str(port), "WEB_CONCURRENCY": "1"},
            )
            try:
                _wait_for(port)
                yield Client(port, cookie), tmp_path / "evidence", serving.pid
            finally:
                serving.terminate()
                serving.wait(20)
                current_db.remove()
                current_db.get_bind().dispose()


def _without_pandas(tmp_path: Path) -> Path:
    """Return a folder that hides pandas, as on a server: tests alone bring it, and folium takes it up."""
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "pandas.py").write_text('raise ImportError("Only tests have it.")\n')
    return hidden


class Client:
    """A browser of the learner's, which can hang up in the middle."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie, self.token = port, cookie, ""

    def ask(self, method, path, body=b"", breaks_off_after=None, **headers):
        """Ask, and return the answer with all of its body; `None` where the connection dropped."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        told = {"Cookie": self.cookie, "X-CSRFToken": self.token, "Tus-Resumable": "1.0.0"} | named
        line.putrequest(method, path)
        for name, value in (told | {"Content-Length": str(len(body))}).items():
            line.putheader(name, value)
        line.endheaders()
        try:
            line.send(body[:breaks_off_after])
            if breaks_off_after is not None:
                return None
            answer = line.getresponse()
            answer.text = answer.read().decode()
            if given := answer.headers.get("Set-Cookie"):
                self.cookie = given.split(";")[0]
            return answer
        finally:
            line.close()

    def stands_at(self, path) -> int:
        for _ in range(100):
            answer = self.ask("HEAD", path)
            assert answer.status == 200
            return int(answer.headers["Upload-Offset"])
        raise AssertionError

    def send(self, path, offset, body, **options):
        return self.ask(
            "PATCH",
            path,
            body,
            Upload_Offset=str(offset),
            Content_Type="application/offset+octet-stream",
            **options,
        )


def test_a_film_of_200_mb_survives_a_dropped_connection(site):
    client, folder, server = site
    page = client.ask("GET", "/me/evidence/new?kind=video").text
    client.token = re.search(r'name="csrf_token" value="([^"]+)"', page)[1]
    begun = client.ask("POST", "/me/evidence/uploads", Upload_Length=str(LENGTH))
    assert begun.status == 201, begun.text
    where = begun.headers["Location"]

    whole = hashlib.sha256()
    offset, dropped = 0, 0
    while offset < LENGTH:
        part = PART[: LENGTH - offset]
        if offset >= LENGTH // 2 and not dropped:
            client.send(where, offset, part, breaks_off_after=BROKEN_OFF)
            dropped = _settled(client, where, offset)
            assert offset <= dropped <= offset + BROKEN_OFF
            whole.update(part[: dropped - offset])
            offset = dropped
            # What was sent before does not go in twice.
            if offset:
                assert client.send(where, offset - 1, b"again").status == 409
            part = PART[(offset % len(PART)) :] or PART
        taken = client.send(where, offset, part[: LENGTH - offset])
        assert taken.status == 204, taken.text
        whole.update(part[: LENGTH - offset])
        offset = int(taken.headers["Upload-Offset"])
    came = folder / "coming" / where.rsplit("/", 1)[1]
    with came.open("rb") as file:
        assert hashlib.file_digest(file, "sha256").digest() == whole.digest()
    assert _most_held(server) < 300 * MB

    form = {"csrf_token": client.token, "upload": came.name, "title": "Film"}
    kept = client.ask(
        "POST",
        "/me/evidence/new?kind=video",
        urlencode(form | {"happened_on": "2026-01-02"}).encode(),
        Content_Type="application/x-www-form-urlencoded",
    )
    assert kept.status == 303, kept.text
    piece = current_db.query(EvidencePiece).one()
    assert (piece.title, piece.state) == ("Film", State.WAITING)
    assert client.ask("HEAD", where).status == 404


def _settled(client, where, before) -> int:
    """Return how much has come once the server has noticed that nobody sends any more."""
    deadline, last = time.monotonic() + 20, -1
    while time.monotonic() < deadline:
        now = client.stands_at(where)
        if now == last and now > before:
            return now
        last = now
        time.sleep(0.5)
    return last


def _signed_in(app, learner) -> str:
    signing = app.session_interface.get_signing_serializer(app)
    held = signing.dumps({"_user_id": learner.get_id(), "_fresh": True})
    return f"{app.config['SESSION_COOKIE_NAME']}={held}"


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
            line.request("GET", "/livez")
            assert line.getresponse().status == 200
            return
        except OSError:
            assert time.monotonic() < deadline, "the site did not start in time"
            time.sleep(0.2)
        finally:
            line.close()


def _most_held(pid: int) -> int:
    """Return the most memory that a process or one of its children has held at a time, in bytes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    held = []
    for each in [str(pid), *children]:
        status = Path(f"/proc/{each}/status").read_text()
        held.append(int(re.search(r"VmHWM:\s+(\d+)", status)[1]) * 1024)
    return max(held)
