"""Lists of 100 megabytes brought in: how much memory that takes, and how fast it goes.

`script/bench importing` runs this. Each list is read by the command itself, in a process of its
own; what is measured is the most memory that the process ever held.
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from accounts.models import Role, User
from bench.gauge.progress import console
from geo.models import Area, City
from providers.models import Provider, ProviderKind, ProviderStatus
from tests.databases import fresh_database

LON, LAT = -1.0819, 53.9623
#: A process that keeps the rows of a list would hold several times its size.
MOST_MB = 250
_HEADINGS = "id,title,description,category,date,start,end,places,place_name,lat,lon\n"
_WORDS = [
    "make",
    "paint",
    "kick",
    "swim",
    "draw",
    "sing",
    "walk",
    "plant",
    "build",
    "cook",
    "read",
    "code",
    "dance",
    "climb",
]
_PER_PAGE = 500


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--only", choices=("table", "feed"), help="one of the two, not both")
    asked = parser.parse_args()
    with fresh_database() as url, tempfile.TemporaryDirectory() as folder:
        where = url.render_as_string(hide_password=False)
        prepare(where)
        figures = []
        if asked.only != "feed":
            file = Path(folder) / "large.csv"
            _write_table(file, asked.megabytes * 1_000_000)
            figures.append(_measured(where, "CSV", asked.megabytes, str(file)))
        if asked.only != "table":
            figures.append(_measured_feed(where, asked.megabytes * 1_000_000))
    for figure in figures:
        console.print(figure)
    return int(any(figure["peak_mb"] > MOST_MB for figure in figures))


def _measured(url: str, name: str, megabytes: int, where: str, **more: str) -> dict:
    started = time.monotonic()
    command = [sys.executable, "-c", _RUN, where, json.dumps(more)]
    done = subprocess.run(
        command, env=os.environ | {"DATABASE_URL": url}, stdout=subprocess.PIPE, check=False
    )
    seconds = time.monotonic() - started
    said = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    return {
        "list": name,
        "megabytes": megabytes,
        "seconds": round(seconds),
        "exit": done.returncode,
        **{key: said.get(key) for key in ("rows", "made", "unchanged", "refused", "peak_mb")},
    } | ({} if said else {"peak_mb": float("inf")})


#: What is measured: the command, allowed to ask this machine, and then what it took.
_RUN = """
import json, resource, sys
from app.fetcher import Fetcher
from wsgi import create_app
where, more = sys.argv[1], json.loads(sys.argv[2])
app = create_app()
if more:
    app.extensions["fetcher"] = Fetcher(ports=frozenset({int(more["port"])}),
        let_in=frozenset({"127.0.0.1"}), resolve=lambda _host, _port: ["127.0.0.1"])
result = app.test_cli_runner().invoke(
    args=["opportunities", "import", where, "--provider", "bench", "--json"])
sys.stderr.write(result.stderr[-2000:])
if result.exit_code:
    sys.exit(result.exit_code)
said = json.loads(result.stdout)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps(said | {"peak_mb": round(peak)}))
"""


def _measured_feed(url: str, size: int) -> dict:
    handler = type("Feed", (_Feed,), {"most": size})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        port = server.server_port
        address = f"http://feed.example:{port}/feed?page=0"
        return _measured(url, "RPDE", size // 1_000_000, address, port=str(port))
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Feed(BaseHTTPRequestHandler):
    """Pages of 500 items until so many bytes are told; then one without items."""

    most = 0

    def do_GET(self) -> None:
        number = int(self.path.rsplit("=", 1)[1])
        one = json.dumps(_page(0, "x")).encode()
        is_last = number * len(one) > self.most
        following = f"http://{self.headers['Host']}/feed?page={number + (not is_last)}"
        content = json.dumps(_page(number, following, 0 if is_last else _PER_PAGE)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        pass


def _page(number: int, following: str, count: int = _PER_PAGE) -> dict:
    first = number * _PER_PAGE
    items = [_item(each) for each in range(first, first + count)]
    return {"items": items, "next": following, "license": "https://example.org/licence"}


def _item(number: int) -> dict:
    starts_at = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1 + number % 90)
    data = {
        "@type": "Event",
        "@id": f"https://feed.example/{number}",
        "name": f"{_words(number, 3)} {number}",
        "description": _words(number, 60),
        "startDate": starts_at.isoformat(),
        "duration": "PT1H",
        "location": {"name": "Hall", "geo": {"longitude": LON, "latitude": LAT}},
    }
    return {"id": number, "kind": "Event", "state": "updated", "modified": number, "data": data}


def _write_table(file: Path, size: int) -> None:
    with file.open("w") as out:
        out.write(_HEADINGS)
        for line in _lines():
            if out.write(line) and out.tell() > size:
                return


def _lines() -> Iterator[str]:
    number = 0
    while True:
        day = datetime.now(UTC) + timedelta(days=1 + number % 90)
        said = f'"{_words(number, 3)} {number}","{_words(number, 100)}",sport'
        yield f"{number},{said},{day:%Y-%m-%d},10:00,11:00,12,Hall,{LAT},{LON}\n"
        number += 1


def _words(seed: int, count: int) -> str:
    return " ".join(random.Random(seed).choices(_WORDS, k=count))


def prepare(url: str) -> None:
    """Make an area and an organisation to bring lists in for."""
    ring = ",".join(
        f"{LON + east} {LAT + north}"
        for east, north in ((-1, -1), (1, -1), (1, 1), (-1, 1), (-1, -1))
    )
    engine = create_engine(url)
    with Session(engine) as db:
        city = City(slug="bench", name="Bench", name_cy="Bench", authority_name="Bench")
        area = Area(
            lsoa_code="E01000001",
            name="Here",
            district_code="E06000001",
            district_name="Here",
            boundary=f"SRID=4326;MULTIPOLYGON((({ring})))",
            centre=f"SRID=4326;POINT({LON} {LAT})",
        )
        first, second = (
            User(role=Role.AUTHORITY_OFFICER, name=name, email=f"{name}@example.org", city=city)
            for name in ("o", "p")
        )
        db.add_all([city, area, first, second])
        db.flush()
        now = datetime.now(UTC)
        db.add(
            Provider(
                slug="bench",
                name="Bench",
                kind=ProviderKind.YOUTH_GROUP,
                city=city,
                status=ProviderStatus.VERIFIED,
                identity_checked_at=now,
                identity_checked_by_id=first.id,
                approved_at=now,
                approved_by_id=first.id,
                verified_at=now,
                verified_by_id=second.id,
                assured_until=now + timedelta(days=365),
            )
        )
        db.commit()
    engine.dispose()


if __name__ == "__main__":
    sys.exit(main())
