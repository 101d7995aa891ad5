"""Asking other hosts: what is refused, and that nothing is asked when it is."""

import gzip
import socket
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from app.fetcher import Declined, Fetcher, Forbidden, Unreachable

pytestmark = pytest.mark.usefixtures("in_context")


@pytest.fixture(scope="module")
def in_context(app):
    """What is refused is said in a language, which the application knows."""
    with app.app_context():
        yield


#: Names that lead to where nobody from outside may ask.
LEADS_TO = {
    "loopback.example": ["127.0.0.1"],
    "second.example": ["93.184.215.14", "127.0.0.1"],
    "six.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:4136:e378:8000:63bf:3fff:fdd2"],
    "compatible.example": ["::127.0.0.1"],
    "link.example": ["169.254.169.254"],
    "link6.example": ["fe80::1%eth0"],
    "private.example": ["10.0.0.1"],
    "unique.example": ["fd00:ec2::254"],
    "shared.example": ["100.100.100.200"],
    "zero.example": ["0.0.0.0"],
    "broadcast.example": ["255.255.255.255"],
    "multicast.example": ["224.0.0.1"],
    "multicast6.example": ["ff02::1"],
    "reserved.example": ["240.0.0.1"],
    "benchmark.example": ["198.18.0.1"],
    "documentation.example": ["192.0.2.1"],
    "azure.example": ["168.63.129.16"],
    "oracle.example": ["192.0.0.192"],
    "site.example": ["fec0::1"],
}
FORBIDDEN = [
    *(f"http://{name}/" for name in LEADS_TO),
    "http://127.0.0.1/",
    "http://127.0.0.1./",
    "http://127.1/",
    "http://127.000.000.001/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://1.2.3.0x7f/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[64:ff9b::169.254.169.254]/",
    "http://[fe80::1%25lo]/",
    "http://[::]/",
    "http://\uff11\uff12\uff17.\uff10.\uff10.\uff11/",
    "http://①②⑦.⓪.⓪.①/",
    "http://127。0。0。1/",
    "http://localhost/",
    "http://localhost./",
    "http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/",
    "http://metadata/",
    "http://169.254.169.254/latest/meta-data/",
    "http://someone@127.0.0.1/",
    "http://good.example@127.0.0.1/",
    "http://good.example:80@127.0.0.1/",
    "http://someone:secret@good.example/",
    "http://good.example#@127.0.0.1/:22",
    "http://127.0.0.1\\@good.example/",
    "http://good.example\\.loopback.example/",
    "http://good.example:22/",
    "http://good.example:6379/",
    "http://good.example:0/",
    "http://good.example:99999/",
    "http://good.example/\r\nHost: 127.0.0.1",
    "http://good .example/",
    "http:///etc/passwd",
    "http://",
    "//127.0.0.1/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:70/_x",
    "ftp://good.example/",
    "javascript:alert(1)",
    "data:text/csv,a",
    "jar:http://good.example!/",
    "http://-good.example/",
    "http://good..example/",
    "http://" + "a" * 64 + ".example/",
    "https://good.example/" + "a" * 2000,
]


class Canary:
    """Something that listens where nobody may come, and notes who does."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.settimeout(0.05)
        self.port = self.socket.getsockname()[1]

    def was_visited(self) -> bool:
        try:
            self.socket.accept()[0].close()
        except TimeoutError:
            return False
        return True


@pytest.fixture(scope="module")
def canary():
    canary = Canary()
    yield canary
    canary.socket.close()


def of_names(host, _port):
    if host == "good.example":
        return ["93.184.215.14"]
    if host in LEADS_TO:
        return LEADS_TO[host]
    raise OSError("no such name")


def test_there_are_more_than_forty_forbidden_addresses():
    assert len(set(FORBIDDEN)) >= 40


@pytest.mark.parametrize("address", FORBIDDEN)
def test_a_forbidden_address_is_refused_with_a_sentence_and_nothing_is_asked(canary, address):
    # The canary's own port is among those that may be asked: only the address forbids it.
    fetcher = Fetcher(ports=frozenset({80, 443, canary.port}), resolve=of_names)
    at_canary = address.replace("127.0.0.1/", f"127.0.0.1:{canary.port}/").replace(
        ".example/", f".example:{canary.port}/", 1
    )

    for each in {address, at_canary if address.startswith("http://") else address}:
        for ask in (fetcher.fetch, lambda address: fetcher.send(address, b"a=b", "text/plain")):
            with pytest.raises((Forbidden, Unreachable)) as refused:
                ask(each)
            assert str(refused.value).endswith(".")
    assert not canary.was_visited()


def test_the_canary_would_notice(canary):
    with pytest.raises(Unreachable):
        Fetcher(
            ports=frozenset({canary.port}), let_in=frozenset({"127.0.0.1"}), most_seconds=0.2
        ).fetch(f"http://127.0.0.1:{canary.port}/")

    assert canary.was_visited()


def test_a_name_that_changes_after_it_was_checked_gains_nothing(served):
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    fetcher = Fetcher(
        ports=frozenset({served.port}),
        let_in=frozenset({"127.0.0.1"}),
        resolve=lambda _host, _port: next(answers),
    )

    assert fetcher.fetch(f"http://feed.example:{served.port}/plain").content == b"hello"
    with pytest.raises(Forbidden, match="not on the public internet"):
        fetcher.fetch(f"http://feed.example:{served.port}/plain")


class Answers(BaseHTTPRequestHandler):
    """A host with every bad habit."""

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        getattr(self, "on_" + self.path.strip("/").split("?")[0].replace("/", "_"), self.on_none)()

    def do_POST(self):
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.sent.append((self.path, dict(self.headers), content))
        getattr(self, "on_" + self.path.strip("/"), self.on_none)()

    def answer(self, content=b"", status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def on_none(self):
        self.answer(b"no", 404)

    def on_plain(self):
        self.answer(b"hello", Content_Type="text/csv; charset=utf-8", Set_Cookie="a=b")

    def on_packed(self):
        self.answer(gzip.compress(b"hello" * 1000), Content_Encoding="gzip")

    def on_bomb(self):
        self.answer(gzip.compress(b"\0" * 50_000_000), Content_Encoding="gzip")

    def on_brotli(self):
        self.answer(b"xx", Content_Encoding="br")

    def on_broken(self):
        self.answer(b"\x1f\x8b broken", Content_Encoding="gzip")

    def on_large(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _chunk in range(200):
                self.wfile.write(b"x" * 100_000)
        except OSError:
            self.server.hung_up.set()

    def on_slow(self):
        self.send_response(200)
        self.end_headers()
        try:
            for _byte in range(600):
                self.wfile.write(b"x")
                time.sleep(0.02)
        except OSError:
            self.server.hung_up.set()

    def on_slow_headers(self):
        try:
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _byte in range(600):
                self.wfile.write(b"X")
                time.sleep(0.02)
        except OSError:
            self.server.hung_up.set()

    def on_here(self):
        self.answer(status=302, Location="/plain")

    def on_away(self):
        self.answer(status=302, Location=f"http://other.example:{self.server.server_port}/plain")

    def on_inside(self):
        self.answer(status=302, Location="http://169.254.169.254/latest")

    def on_file(self):
        self.answer(status=302, Location="file:///etc/passwd")

    def on_made(self):
        self.answer(b"made", 201, Link='</plain>; rel="next"')

    def on_other_port(self):
        self.answer(status=307, Location="http://feed.example:80/plain")

    def on_circle(self):
        self.answer(status=302, Location="/circle")

    def on_error(self):
        self.answer(b"secret trace", 500)

    def log_message(self, *_args):
        pass


@contextmanager
def running(handler):
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads, server.asked, server.sent = True, [], []
    server.hung_up, server.port = threading.Event(), server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def served():
    with running(Answers) as server:
        yield server


def asking(server, **given):
    return Fetcher(
        ports=frozenset({server.port, 80}),
        let_in=frozenset({"127.0.0.1"}),
        resolve=lambda _host, _port: ["127.0.0.1"],
        **given,
    )


def test_an_answer_comes_with_its_kind_and_without_a_cookie(served):
    served.asked.clear()
    fetcher = asking(served)
    address = f"http://feed.example:{served.port}/plain"

    answers = [fetcher.fetch(address) for _time in range(2)]

    assert [(each.content, each.media_type) for each in answers] == [(b"hello", "text/csv")] * 2
    for _path, headers in served.asked:
        assert headers["Host"] == f"feed.example:{served.port}"
        assert headers["User-Agent"].startswith("Tirnod/")
        assert "Cookie" not in headers
        assert "Authorization" not in headers


def test_a_proxy_of_the_environment_is_not_asked(served, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    assert asking(served).fetch(f"http://feed.example:{served.port}/plain").content == b"hello"


def test_what_is_packed_is_unpacked(served):
    fetched = asking(served).fetch(f"http://feed.example:{served.port}/packed")

    assert fetched.content == b"hello" * 1000


def test_within_one_host_an_answer_may_lead_on(served):
    fetched = asking(served).fetch(f"http://feed.example:{served.port}/here")

    assert (fetched.content, fetched.address.rsplit("/", 1)[1]) == (b"hello", "plain")


@pytest.mark.parametrize(
    ("path", "refusal", "words"),
    [
        ("bomb", Unreachable, "larger than 10 megabytes"),
        ("large", Unreachable, "larger than 10 megabytes"),
        ("brotli", Unreachable, "did not ask for"),
        ("broken", Unreachable, "damaged"),
        ("away", Forbidden, "another host"),
        ("inside", Forbidden, "not on the public internet"),
        ("file", Forbidden, "begins with https"),
        ("circle", Unreachable, "on and on"),
        ("error", Unreachable, "refusal \\(500\\)"),
        ("nothing", Unreachable, "refusal \\(404\\)"),
    ],
)
def test_an_answer_that_cannot_be_taken_is_refused_with_a_sentence(served, path, refusal, words):
    with pytest.raises(refusal, match=words) as refused:
        asking(served).fetch(f"http://feed.example:{served.port}/{path}")

    assert "secret" not in str(refused.value)


def test_who_allows_https_alone_and_no_leading_on_gets_just_that(served):
    with pytest.raises(Forbidden, match="begins with https://"):
        asking(served, schemes=frozenset({"https"})).fetch(
            f"http://feed.example:{served.port}/plain"
        )
    with pytest.raises(Unreachable, match="on and on"):
        asking(served, most_hops=1).fetch(f"http://feed.example:{served.port}/here")
    with pytest.raises(Unreachable, match="larger than 1 megabyte\\."):
        asking(served, most_bytes=1024 * 1024).fetch(f"http://feed.example:{served.port}/large")


def test_what_is_sent_arrives_as_it_is_and_says_who_sends_it(served):
    served.sent.clear()

    made = asking(served).send(
        f"http://feed.example:{served.port}/made",
        b'{"a": 1}',
        "application/json",
        accept="text/plain",
        authorization="Bearer x",
    )

    assert (made.content, made.link) == (b"made", '</plain>; rel="next"')
    ((_path, headers, content),) = served.sent
    assert content == b'{"a": 1}'
    assert headers["Content-Type"] == "application/json"
    assert headers["Accept"] == "text/plain"
    assert headers["Authorization"] == "Bearer x"
    assert headers["Host"] == f"feed.example:{served.port}"
    assert headers["User-Agent"].startswith("Tirnod/")
    assert "Cookie" not in headers


@pytest.mark.parametrize(
    ("path", "refusal", "words"),
    [
        ("bomb", Unreachable, "larger than 10 megabytes"),
        ("large", Unreachable, "larger than 10 megabytes"),
        ("here", Unreachable, "went no further"),
        ("away", Unreachable, "went no further"),
        ("inside", Unreachable, "went no further"),
        ("other_port", Unreachable, "went no further"),
        ("error", Declined, "refusal \\(500\\)"),
        ("nothing", Declined, "refusal \\(404\\)"),
    ],
)
def test_what_is_sent_is_sent_once_and_led_nowhere(served, path, refusal, words):
    served.asked.clear()
    served.sent.clear()

    with pytest.raises(refusal, match=words):
        asking(served).send(f"http://feed.example:{served.port}/{path}", b"a=b", "text/plain")

    assert served.asked == []
    assert [each[0] for each in served.sent] == [f"/{path}"]


def test_a_no_says_which_and_none_of_its_words(served):
    with pytest.raises(Declined) as refused:
        asking(served).fetch(f"http://feed.example:{served.port}/error")

    assert refused.value.answered == 500
    assert "secret" not in str(refused.value)


def test_who_asks_is_said_again_within_one_server_and_to_no_other(served):
    fetcher, address = asking(served), f"http://feed.example:{served.port}"

    served.asked.clear()
    assert fetcher.fetch(f"{address}/here", authorization="Bearer x").content == b"hello"
    assert [headers["Authorization"] for _path, headers in served.asked] == ["Bearer x"] * 2
    for path in ("other_port", "away", "inside"):
        served.asked.clear()
        with pytest.raises(Forbidden):
            fetcher.fetch(f"{address}/{path}", authorization="Bearer x")
        assert [each[0] for each in served.asked] == [f"/{path}"]


@pytest.mark.parametrize("value", ["Bearer a\r\nHost: b", "Bearer \u0131", "Bearer a\n"])
def test_nobody_writes_headers_of_ours(served, value):
    served.asked.clear()

    with pytest.raises(Unreachable):
        asking(served).fetch(f"http://feed.example:{served.port}/plain", authorization=value)

    assert served.asked == []


@pytest.mark.parametrize("path", ["slow", "slow_headers"])
def test_a_host_that_drips_is_hung_up_on(served, path):
    served.hung_up.clear()

    with pytest.raises(Unreachable):
        asking(served, most_seconds=0.3).fetch(f"http://feed.example:{served.port}/{path}")

    assert served.hung_up.wait(5), "the connection was closed"


def test_a_certificate_has_to_be_that_of_the_name(served):
    """What answers without one, at the right address, is not taken."""
    with pytest.raises(Unreachable):
        asking(served, most_seconds=1).fetch(f"https://feed.example:{served.port}/plain")
