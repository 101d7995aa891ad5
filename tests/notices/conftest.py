"""A mail server on loopback that keeps what it is sent, and can be told to misbehave."""

import socket
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from aiosmtpd.controller import Controller

from notices import service
from notices.kinds import NoticeKind
from tests.factories import NOW

#: A Monday at half past four in the afternoon in London, in term: anything may come.
AFTERNOON = datetime(2026, 6, 1, 15, 30, tzinfo=UTC)


class Inbox:
    """What aiosmtpd asks: whether to take a recipient, and whether to take a message."""

    def __init__(self):
        self.messages = []
        self.to = []
        self.answer = "250 taken"
        self.rcpt_answer = "250 known"
        self.dies = False

    async def handle_RCPT(self, server, session, envelope, address, _options):  # noqa: N802
        if self.rcpt_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.rcpt_answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.answer.startswith("250"):
            self.messages.append(envelope.content)
            self.to.append(envelope.rcpt_tos)
        if self.dies:
            server.transport.abort()
        return self.answer


@contextmanager
def listening(inbox):
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}"
    finally:
        controller.stop()


@pytest.fixture
def inbox():
    return Inbox()


@pytest.fixture
def smtp_url(inbox):
    with listening(inbox) as url:
        yield url


@pytest.fixture
def mailing(app, monkeypatch):
    """Give the application a mail server and a sender."""

    def mailing(url=""):
        settings = replace(
            app.extensions["settings"], smtp_url=url, mail_from="Tirnod <post@tirnod.example>"
        )
        monkeypatch.setitem(app.extensions, "settings", settings)
        return app

    return mailing


_SPOKEN_FOR = {
    "organisation": "Pot House",
    "other": "Mill Works",
    "subject": "Clay Hand",
    "path": "/provide/endorsements",
}
#: What each kind of notice is told with.
VALUES = {
    NoticeKind.STILL_RIGHT: {
        "organisation": "Pot House",
        "listings": [{"title": "Pottery", "path": "/provide/still-right/abc"}],
        "more": 2,
        "pauses_on": NOW.date(),
        "is_last": False,
    },
    NoticeKind.SAID_CLOSED: {"title": "Pottery", "path": "/provide/still-right/abc"},
    NoticeKind.LISTING_REPORTED: {"title": "Pottery", "organisation": "Pot House"},
    NoticeKind.SAFETY_REPORTED: {"title": "Pottery", "organisation": "Pot House"},
    NoticeKind.CONCERN_RAISED: {"path": "/authority/concerns/abc"},
    NoticeKind.QUESTION_ASKED: {
        "title": "Pottery",
        "organisation": "Pot House",
        "path": "/provide/questions/abc",
    },
    NoticeKind.ANSWER_HELD: {"path": "/authority/questions/abc"},
    NoticeKind.SUPPORT_TAKEN_UP: {"path": "/me/supporters"},
    NoticeKind.SUPPORT_AGREED: {"path": "/support"},
    NoticeKind.GUARDIAN_LINKED: {"path": "/family"},
    NoticeKind.GUARDIAN_OVER: {"path": "/family"},
    NoticeKind.FEEDBACK_GIVEN: {"path": "/me/feedback"},
    NoticeKind.FEEDBACK_ASKED: {"path": "/support/feedback"},
    NoticeKind.FEEDBACK_ANSWERED: {"path": "/support/feedback"},
    NoticeKind.BUNDLE_READY: {"path": "/me/export"},
    NoticeKind.INVITED: {
        "inviter": "Jo",
        "organisation": "Pot House",
        "path": "/provide/invitations/abc",
        "until": NOW.date(),
    },
    NoticeKind.PUBLISHED: {"organisation": "Pot House"},
    NoticeKind.SUSPENDED: {"organisation": "Pot House", "words": "We have had a worry."},
    NoticeKind.ENDORSEMENT_ASKED: _SPOKEN_FOR,
    NoticeKind.ENDORSEMENT_GIVEN: _SPOKEN_FOR,
    NoticeKind.ENDORSEMENT_TAKEN_DOWN: _SPOKEN_FOR | {"words": "It promises a job."},
    NoticeKind.SENT_BACK: {"organisation": "Pot House", "words": "The policy is from 2019."},
    NoticeKind.LAPSING: {"organisation": "Pot House", "what": "Insurance", "on": NOW.date()},
    NoticeKind.LAPSED: {"organisation": "Pot House", "what": "Insurance", "on": NOW.date()},
}

_SESSION = {"title": "Pottery", "starts_at": NOW, "path": "/me/bookings/abc"}
VALUES |= {
    NoticeKind.PLACE_CONFIRMED: _SESSION,
    NoticeKind.PLACE_ASKED: _SESSION | {"path": "/provide/asks/abc"},
    NoticeKind.PLACE_ANSWERED: _SESSION | {"said_yes": True},
    NoticeKind.PLACE_OFFERED: _SESSION | {"until": NOW},
    NoticeKind.SESSION_MOVED: _SESSION | {"was_at": NOW - timedelta(days=1)},
    NoticeKind.SESSION_CALLED_OFF: _SESSION | {"alternatives": [_SESSION | {"title": "Clay"}]},
    NoticeKind.BADGE_GIVEN: {"badge": "Potter", "path": "/me/badges/abc"},
    NoticeKind.BADGE_ASKED: {"badge": "Potter", "path": "/me/badges/abc"},
    NoticeKind.BADGE_ANSWERED: {"badge": "Potter", "path": "/me/badges/abc"},
}

VALUES |= {
    NoticeKind.CONCERN_RAISED: {"path": "/authority/concerns"},
    NoticeKind.QUESTION_ASKED: {
        **{"title": "Pottery", "organisation": "Pot House"},
        "path": "/provide/questions",
    },
    NoticeKind.ANSWER_HELD: {"path": "/authority/questions"},
}

_SAID = {
    "about": "York: Summer 2026",
    "headline": "Young people take part about as often.",
    "numbers": ["Took part at least once: 300", "Per 1,000 young people: Fewer than 10"],
    "why_again": "A provider confirmed late.",
}
VALUES |= {
    NoticeKind.REPORT_RELEASED: {
        "said": {"en": _SAID, "cy": _SAID},
        "path": "/reach/report.pdf?release=abc",
    },
}

_FOR = {"title": "Pottery", "path": "/a/pottery/ask/guardian", "is_school": False}
VALUES |= {
    NoticeKind.GUARDIAN_ASKED: _FOR
    | {"organisation": "Pot House", "until": NOW.date(), "path": "/agree/abc"}
    | {"is_reminder": False},
    NoticeKind.GUARDIAN_ANSWERED: _FOR | {"said_yes": True, "counts_from": NOW},
    NoticeKind.YES_NEEDED: _FOR | {"is_reminder": False},
    NoticeKind.YES_GONE: _FOR | {"by_adult": True},
    NoticeKind.YES_MISSING: _SESSION,
    NoticeKind.PLACE_FREE_AGAIN: _SESSION | {"path": "/provide"},
}


@pytest.fixture
def told(db):
    """Tell somebody something, and return the notice."""

    def told(to, kind=NoticeKind.PUBLISHED, key="a key", now=AFTERNOON, values=None, **given):
        service.tell(db, to=to, kind=kind, key=key, values=values or VALUES[kind], now=now, **given)
        return db.query(service.Notice).order_by(service.Notice.id.desc()).first()

    return told
