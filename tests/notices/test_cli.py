"""`flask notices send` and `tidy`, and what `flask check` says of e-mail."""

import json
import socket
from contextlib import closing
from datetime import timedelta

import pytest

from accounts.models import Role
from app import clock
from app.config import MissingSetting, read_settings
from tests import factories
from tests.notices.conftest import AFTERNOON


@pytest.fixture
def run(mailing, db, monkeypatch):
    """Run a command with a mail server; return its exit status and what it said, without progress."""
    monkeypatch.setattr(clock, "now", lambda: AFTERNOON)

    def run(*arguments, url=""):
        db.commit()
        result = mailing(url).test_cli_runner().invoke(args=list(arguments))
        return result.exit_code, result.stdout

    return run


@pytest.fixture
def jo(db):
    return factories.adult(Role.PROVIDER_ADMIN)


def test_it_sends_and_says_how_many(run, inbox, smtp_url, jo, told):
    told(jo, key="one")
    told(jo, key="two")
    told(jo, key="later", due_at=AFTERNOON + timedelta(hours=1))

    assert run("notices", "send", url=smtp_url) == (
        0,
        "Sent: 2. To be tried again: 0. Given up: 0. Waiting: 1.\n",
    )
    code, said = run("notices", "send", "--json", url=smtp_url)
    assert (code, json.loads(said)) == (
        0,
        {"sent": 0, "failed": 0, "given_up": 0, "stopped": "", "waiting": 1},
    )
    assert len(inbox.messages) == 2


def test_a_dry_run_sends_nothing_and_names_nobody(run, inbox, smtp_url, jo, told):
    told(jo)

    assert run("notices", "send", "--dry-run", url=smtp_url) == (
        0,
        "Would be sent now: published 1. Waiting: 1.\n",
    )
    assert json.loads(run("notices", "send", "--dry-run", "--json")[1]) == {
        "would_send": {"published": 1},
        "waiting": 1,
    }
    assert inbox.messages == []


def test_without_a_mail_server_nothing_is_sent_and_it_says_so(run, jo, told):
    notice = told(jo)

    assert run("notices", "send")[0] == 1
    assert notice.claimed_at is None
    assert "No e-mail is sent, since SMTP_URL is empty" in run("check")[1]


def test_with_one_the_check_says_so(run):
    assert "E-mail goes out as Tirnod" in run("check", url="smtp://127.0.0.1:1")[1]


def test_a_mail_server_out_of_reach_is_a_failure(run, jo, told):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        url = f"smtp://127.0.0.1:{taken.getsockname()[1]}"
    told(jo)

    code, said = run("notices", "send", url=url)

    assert (code, said) == (1, "Sent: 0. To be tried again: 0. Given up: 0. Waiting: 1.\n")


def test_tidy_deletes_what_is_old(run, db, jo, told):
    told(jo).sent_at = AFTERNOON - timedelta(days=91)
    told(jo, key="young").sent_at = AFTERNOON - timedelta(days=89)

    assert run("notices", "tidy") == (0, "Notices deleted: 1.\n")
    assert run("notices", "tidy", "--json") == (0, '{"notices": 0}\n')


@pytest.mark.parametrize(
    ("url", "sender", "wrong"),
    [
        ("smtp://me:secret@mail.example:587", "", "MAIL_FROM"),
        ("smtp://mail.example", "Tirnod", "MAIL_FROM"),
        ("smtp://mail.example", "Tirnod <a@b.example>\nBcc: c@d.example", "MAIL_FROM"),
        ("http://me:secret@mail.example", "post@tirnod.example", "SMTP_URL"),
        ("mail.example:587", "post@tirnod.example", "SMTP_URL"),
    ],
)
def test_half_a_post_office_stops_the_start_without_saying_the_password(url, sender, wrong):
    given = {"DATABASE_URL": "x", "SECRET_KEY": "x", "KEYS_SECRET": "x"}

    with pytest.raises(MissingSetting, match=wrong) as refused:
        read_settings(given | {"SMTP_URL": url, "MAIL_FROM": sender})

    assert "secret" not in str(refused.value)


def test_a_whole_one_is_taken():
    given = {"DATABASE_URL": "x", "SECRET_KEY": "x", "KEYS_SECRET": "x"}
    mail = {"SMTP_URL": "smtps://me:s%40t@mail.example:465", "MAIL_FROM": "Tirnod <post@t.example>"}

    assert read_settings(given | mail).mail_from == "Tirnod <post@t.example>"
