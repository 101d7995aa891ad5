"""GOV.UK Notify takes our e-mail: once, whatever it answers, and nobody else reads its key."""

import json
import logging
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest

from accounts.models import Role
from app.config import MissingSetting, read_settings
from notices.delivery import send_due
from notices.govuk import NotifyMailer
from notices.kinds import NoticeKind
from notices.mailer import SmtpMailer
from notices.post import mailer_of
from tests import factories
from tests.notices.conftest import AFTERNOON

SERVICE = "11111111-2222-3333-4444-555555555555"
SECRET = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
KEY = f"our-key-{SERVICE}-{SECRET}"
TEMPLATE = "99999999-8888-7777-6666-555555555555"
NEEDED = {"DATABASE_URL": "x", "SECRET_KEY": "x", "KEYS_SECRET": "x"}


class Notify(ThreadingHTTPServer):
    """As much of GOV.UK Notify as we speak to: it keeps what it is sent, and can be told to refuse."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Answers)
        self.taken, self.tokens = [], []
        #: The status and the answer to what is sent, and to what is asked, in place of taking it.
        self.refuses_sent = self.refuses_asked = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"


class Answers(BaseHTTPRequestHandler):
    def do_GET(self):
        (reference,) = parse_qs(urlsplit(self.path).query)["reference"]
        known = [each for each in self.server.taken if each["reference"] == reference]
        self._answer(self.server.refuses_asked or (200, {"notifications": known}))

    def do_POST(self):
        sent = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.server.refuses_sent is None:
            self.server.taken.append(sent)
        self._answer(self.server.refuses_sent or (201, {"id": "x"}))

    def _answer(self, answer):
        self.server.tokens.append(self.headers["Authorization"].removeprefix("Bearer "))
        status, said = answer
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_given):
        """Say nothing: the requests stand in the test."""


@pytest.fixture
def notify():
    with Notify() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def jo(db):
    return factories.adult(Role.PROVIDER_ADMIN, name="Jo", email="jo@example.org")


@pytest.fixture
def send(mailing, notify):
    """Send what is due; return how many were sent, will be tried again and were given up, and why it ended."""

    def send(now=AFTERNOON, url=None):
        mailer = NotifyMailer(KEY, TEMPLATE, url or notify.url)
        with mailing().app_context():
            outcome = list(send_due(lambda: now, mailer))[-1]
        return outcome.sent, outcome.failed, outcome.given_up, outcome.stopped

    return send


def _refusal(status, message):
    return status, {"status_code": status, "errors": [{"error": "X", "message": message}]}


def test_an_e_mail_is_handed_over_with_its_words_and_its_name(send, notify, jo, told):
    notice = told(jo)

    assert send() == (1, 0, 0, "")
    (taken,) = notify.taken
    body = taken["personalisation"].pop("body")
    assert taken == {
        "email_address": "jo@example.org",
        "template_id": TEMPLATE,
        "personalisation": {"subject": "You are checked: Pot House"},
        "reference": f"<notice-{notice.uuid}@localhost>",
    }
    assert body.startswith("Hello Jo,\n\nThe council has checked Pot House.")
    assert "http://localhost/provide" in body.splitlines()
    claims = [jwt.decode(token, SECRET, algorithms=["HS256"]) for token in notify.tokens]
    assert {claim["iss"] for claim in claims} == {SERVICE}


def test_what_notify_has_already_it_is_not_given_twice(send, notify, jo, told):
    notice = told(jo)
    notify.taken.append({"reference": f"<notice-{notice.uuid}@localhost>"})

    assert send() == (1, 0, 0, "")
    assert len(notify.taken) == 1
    assert notice.sent_at == AFTERNOON


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (
            _refusal(400, "email_address jo@example.org is not valid"),
            (0, 0, 1, ""),
            "email_address … is not valid",
        ),
        (_refusal(429, "Exceeded rate limit"), (0, 1, 0, ""), "Exceeded rate limit"),
        (_refusal(500, "Internal server error"), (0, 1, 0, ""), "Internal server error"),
    ],
)
def test_what_notify_does_not_take_is_tried_again_or_given_up(
    send, notify, jo, told, answer, outcome, reason
):
    notify.refuses_sent = answer
    notice = told(jo)

    assert send() == outcome
    assert reason in notice.last_error
    assert "jo@example.org" not in notice.last_error


@pytest.mark.parametrize("status", [403, 503])
def test_a_notify_that_does_not_know_us_ends_the_run_and_counts_no_try(
    send, notify, jo, told, status
):
    notify.refuses_asked = _refusal(status, "Invalid token: API key not found")
    notice = told(jo)

    assert send() == (0, 0, 0, f"GOV.UK Notify cannot be used: it answers {status}.")
    assert (notice.attempts, notice.claimed_at, notify.taken) == (0, None, [])


def test_a_notify_out_of_reach_ends_the_run(send, jo, told):
    told(jo)

    *numbers, stopped = send(url="http://127.0.0.1:1")

    assert (numbers, stopped) == ([0, 0, 0], "GOV.UK Notify cannot be used: it answers 503.")


def test_no_log_says_the_key_or_whom_we_wrote_to(send, notify, jo, told, caplog):
    caplog.set_level(logging.DEBUG)
    notify.refuses_sent = _refusal(400, "email_address jo@example.org is not valid")
    told(jo)

    send()

    assert [each for each in (SECRET, SERVICE, "jo@example.org") if each in caplog.text] == []
    assert SECRET not in repr(NotifyMailer(KEY, TEMPLATE, notify.url))


def test_a_guardian_without_an_account_is_written_to(send, notify, told):
    told("nain@example.org", NoticeKind.GUARDIAN_ASKED, language="cy")

    assert send() == (1, 0, 0, "")
    (taken,) = notify.taken
    assert taken["email_address"] == "nain@example.org"
    assert taken["personalisation"]["body"].startswith("Helo,")


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"NOTIFY_KEY": KEY}, "NOTIFY_TEMPLATE"),
        ({"NOTIFY_TEMPLATE": TEMPLATE}, "NOTIFY_KEY"),
        ({"NOTIFY_KEY": SECRET, "NOTIFY_TEMPLATE": TEMPLATE}, "NOTIFY_KEY"),
        ({"NOTIFY_KEY": KEY, "NOTIFY_TEMPLATE": "ours"}, "NOTIFY_TEMPLATE"),
        (
            {"NOTIFY_KEY": KEY, "NOTIFY_TEMPLATE": TEMPLATE}
            | {"SMTP_URL": "smtp://mail.example", "MAIL_FROM": "a@b.example"},
            "SMTP_URL or NOTIFY_KEY",
        ),
    ],
)
def test_half_of_it_stops_the_start_without_saying_the_key(given, wrong):
    with pytest.raises(MissingSetting, match=wrong) as refused:
        read_settings(NEEDED | given)

    assert SECRET not in str(refused.value)


def test_the_settings_say_which_way_e_mail_goes():
    notify = {"NOTIFY_KEY": KEY, "NOTIFY_TEMPLATE": TEMPLATE}
    smtp = {"SMTP_URL": "smtp://mail.example", "MAIL_FROM": "a@b.example"}

    assert [mailer_of(read_settings(NEEDED | given)) for given in (notify, smtp, {})] == [
        NotifyMailer(KEY, TEMPLATE, "https://api.notifications.service.gov.uk"),
        SmtpMailer("smtp://mail.example"),
        None,
    ]
