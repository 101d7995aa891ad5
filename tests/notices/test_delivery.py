"""E-mails reach a real mail server, whole, once, whatever it does."""

import socket
from contextlib import closing
from datetime import timedelta
from email import message_from_bytes
from email.policy import default
from threading import Thread

import pytest

from accounts.models import Role
from notices import delivery
from notices.delivery import send_due
from notices.kinds import NoticeKind
from notices.mailer import SmtpMailer
from notices.writing import written
from tests import factories
from tests.notices.conftest import AFTERNOON, VALUES


@pytest.fixture
def jo(db):
    return factories.adult(Role.PROVIDER_ADMIN, name="Jo", email="jo@example.org")


def _send_all(app, mailer, now=AFTERNOON):
    """Send what is due; return how many were sent, will be tried again and were given up, and why it ended."""
    with app.app_context():
        outcome = list(send_due(lambda: now, mailer))[-1]
    return outcome.sent, outcome.failed, outcome.given_up, outcome.stopped


def _read(raw):
    return message_from_bytes(raw, policy=default)


def test_an_e_mail_arrives_and_what_it_said_stays_in_the_inbox(mailing, inbox, smtp_url, jo, told):
    notice = told(jo)

    assert _send_all(mailing(smtp_url), SmtpMailer(smtp_url)) == (1, 0, 0, "")
    (raw,) = inbox.messages
    mail = _read(raw)
    assert inbox.to == [["jo@example.org"]]
    assert (mail["From"], mail["To"]) == ("Tirnod <post@tirnod.example>", "Jo <jo@example.org>")
    assert mail["Subject"] == "You are checked: Pot House"
    assert mail["Message-ID"] == f"<notice-{notice.uuid}@localhost>"
    assert mail["Auto-Submitted"] == "auto-generated"
    lines = mail.get_content().splitlines()
    assert lines[0] == "Hello Jo,"
    assert lines[2].startswith("The council has checked Pot House.")
    assert "http://localhost/provide" in lines
    assert (notice.sent_at, notice.claimed_at) == (AFTERNOON, None)
    assert notice.details == {"organisation": "Pot House"}


def test_what_was_said_to_a_bare_address_is_forgotten(mailing, inbox, smtp_url, told):
    notice = told("new@example.org", NoticeKind.INVITED)

    assert _send_all(mailing(smtp_url), SmtpMailer(smtp_url)) == (1, 0, 0, "")
    assert (notice.sent_at, notice.details) == (AFTERNOON, {})


def test_nothing_is_sent_twice(mailing, inbox, smtp_url, jo, told):
    told(jo)
    app = mailing(smtp_url)

    assert _send_all(app, SmtpMailer(smtp_url))[0] == 1
    assert _send_all(app, SmtpMailer(smtp_url)) == (0, 0, 0, "")
    assert len(inbox.messages) == 1


def test_a_sender_that_dies_after_handing_over_says_the_same_again_under_the_same_name(
    mailing, inbox, smtp_url, jo, told, monkeypatch
):
    told(jo)
    app = mailing(smtp_url)

    def pull_the_plug(*_given, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(delivery.service, "mark_sent", pull_the_plug)
        with pytest.raises(KeyboardInterrupt):
            _send_all(app, SmtpMailer(smtp_url))
    at_once = _send_all(app, SmtpMailer(smtp_url), AFTERNOON + timedelta(minutes=1))
    later = _send_all(app, SmtpMailer(smtp_url), AFTERNOON + timedelta(minutes=15))

    assert (at_once[0], later[0]) == (0, 1)
    first, second = map(_read, inbox.messages)
    assert first["Message-ID"] == second["Message-ID"]
    assert first.as_bytes() == second.as_bytes()


def test_a_server_that_dies_after_the_data_is_asked_again_later(mailing, inbox, smtp_url, jo, told):
    notice = told(jo)
    inbox.dies = True

    assert _send_all(mailing(smtp_url), SmtpMailer(smtp_url)) == (0, 1, 0, "")
    assert notice.last_error == "no answer: SMTPServerDisconnected"
    inbox.dies = False
    assert _send_all(mailing(smtp_url), SmtpMailer(smtp_url), notice.due_at) == (1, 0, 0, "")
    assert len({_read(raw)["Message-ID"] for raw in inbox.messages}) == 1


@pytest.mark.parametrize(
    ("given", "outcome", "reason"),
    [
        ({"rcpt_answer": "550 no <jo@example.org> here"}, (0, 0, 1, ""), "550 no <…> here"),
        ({"rcpt_answer": "450 mailbox busy"}, (0, 1, 0, ""), "450 mailbox busy"),
        ({"answer": "554 looks like spam"}, (0, 0, 1, ""), "554 looks like spam"),
        ({"answer": "451 try later"}, (0, 1, 0, ""), "451 try later"),
    ],
)
def test_a_server_that_refuses_is_believed(
    mailing, inbox, smtp_url, jo, told, given, outcome, reason
):
    vars(inbox).update(given)
    notice = told(jo)

    assert _send_all(mailing(smtp_url), SmtpMailer(smtp_url)) == outcome
    assert notice.last_error == reason
    assert inbox.messages == []


def test_one_that_is_refused_does_not_hold_up_the_next(mailing, inbox, smtp_url, jo, told):
    broken = factories.adult(Role.PROVIDER_ADMIN, email="a@b\r\nbcc: c@d.example")
    gone = told(broken, key="broken", due_at=AFTERNOON - timedelta(hours=1))
    told(jo)

    assert _send_all(mailing(smtp_url), SmtpMailer(smtp_url)) == (1, 0, 1, "")
    assert inbox.to == [["jo@example.org"]]
    assert gone.last_error.startswith("cannot be written")


def test_whoever_closed_the_account_is_not_written_to(mailing, inbox, smtp_url, jo, told):
    notice = told(jo)
    jo.disabled_at = AFTERNOON

    assert _send_all(mailing(smtp_url), SmtpMailer(smtp_url)) == (0, 0, 1, "")
    assert (notice.last_error, inbox.messages) == ("the account is closed", [])


def test_a_server_out_of_reach_ends_the_run_and_counts_no_try(mailing, jo, told):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        url = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
    notice = told(jo)

    *numbers, stopped = _send_all(mailing(url), SmtpMailer(url))

    assert numbers == [0, 0, 0]
    assert stopped.startswith("The mail server cannot be used: ")
    assert (notice.attempts, notice.claimed_at, notice.due_at) == (0, None, AFTERNOON)


def test_a_server_that_hangs_is_left(mailing, jo, told):
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        url = f"smtp://127.0.0.1:{silent.getsockname()[1]}"
        told(jo)

        *numbers, stopped = _send_all(mailing(url), SmtpMailer(url, timeout_s=0.2))

    assert numbers == [0, 0, 0]
    assert stopped == "The mail server cannot be used: Connection unexpectedly closed: timed out."


def test_a_server_that_hangs_after_the_data_is_asked_again_later(mailing, jo, told):
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        hanging = Thread(target=_hang_after_data, args=[server])
        hanging.start()
        url = f"smtp://127.0.0.1:{server.getsockname()[1]}"
        notice = told(jo)

        outcome = _send_all(mailing(url), SmtpMailer(url, timeout_s=0.5))
        hanging.join()

    assert outcome == (0, 1, 0, "")
    assert notice.last_error == "no answer: SMTPServerDisconnected"


def _hang_after_data(server):
    """Speak SMTP as far as the end of one message, and then say nothing more."""
    connection, _address = server.accept()
    with connection, connection.makefile("rwb") as lines:
        lines.write(b"220 here\r\n")
        lines.flush()
        is_data = False
        for line in lines:
            if is_data and line != b".\r\n":
                continue
            if is_data:
                break
            is_data = line.upper().startswith(b"DATA")
            lines.write(b"354 go on\r\n" if is_data else b"250 yes\r\n")
            lines.flush()
        # Until the other side has had enough.
        while connection.recv(1024):
            pass


def test_a_password_is_not_sent_in_the_open(app):
    mailer = SmtpMailer("smtp://me:secret@mail.example:2525")
    import smtplib

    class Open(smtplib.SMTP):
        def __init__(self):
            self.esmtp_features = {"auth": "PLAIN"}
            self.ehlo_resp, self.helo_resp = b"mail.example", None

    from urllib.parse import urlsplit

    from notices.mailer import _introduce

    with pytest.raises(smtplib.SMTPException, match="in the open"):
        _introduce(Open(), urlsplit(mailer.url))
    assert "secret" not in repr(mailer)


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("kind", list(NoticeKind))
def test_each_kind_has_words(mailing, jo, told, kind, language):
    jo.language = language
    notice = told(jo, kind)

    with mailing().app_context():
        mail = _read(written(notice).as_bytes())

    body = mail.get_content().replace("\r\n", "\n")
    assert mail["Content-Language"] == language
    assert mail["Subject"]
    assert max(map(len, body.splitlines())) < 300
    assert "\n\n\n" not in body.strip().replace("\n\n\n--", "")
    assert ("http://localhost/cy/" in body) == (language == "cy")
    for value in VALUES[kind].values():
        assert not isinstance(value, str) or value in body or value in str(mail["Subject"])


HOSTILE = "Eve\r\nBcc: all@example.org\r\n\r\n<b>Hi</b>\u202e\u2028\x00"


@pytest.mark.parametrize("kind", list(NoticeKind))
def test_nothing_that_people_type_becomes_a_header(mailing, jo, told, kind):
    values = {
        name: HOSTILE.replace("\x00", "") if isinstance(value, str) and name != "path" else value
        for name, value in VALUES[kind].items()
    }
    jo.name = HOSTILE.replace("\x00", "")
    notice = told(jo, kind, values=values)

    with mailing().app_context():
        raw = written(notice).as_bytes()

    mail = _read(raw)
    assert mail["Bcc"] is None
    assert len(mail.keys()) == len(set(mail.keys())) == 10
    assert [each.addr_spec for each in mail["To"].addresses] == ["jo@example.org"]
    assert "\n" not in mail["Subject"]


@pytest.mark.parametrize(
    "email", ["jo@example.org\r\nBcc: x@example.org", "jo", "", "a@b, c@d", "jo@example.org\n"]
)
def test_no_address_carries_another(mailing, inbox, smtp_url, told, email):
    told(email)

    assert _send_all(mailing(smtp_url), SmtpMailer(smtp_url)) == (0, 0, 1, "")
    assert inbox.messages == []
