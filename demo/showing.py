"""What Seren shows: a photo that is drawn, a tune that is worked out, and words."""

import math
import wave
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw
from sqlalchemy.orm import Session

from accounts.models import User
from app.clock import LONDON
from badges.models import Skill
from badges.queries import badges_of
from evidence import jobs, service, uploads
from evidence.models import EvidencePiece, Kind
from evidence.queries import attended_by
from evidence.service import About, BelongsWith

_RATE = 16_000
#: Of a tune: how many half tones above the lowest, and how many beats.
_TUNE = ((0, 1), (4, 1), (7, 1), (12, 2), (7, 1), (9, 1), (7, 2), (4, 1), (0, 2))


def show_some(db: Session, seren: User, *, now: datetime) -> None:
    """Let Seren have something of each kind to show, with what she did. Flushes."""
    today = now.astimezone(LONDON).date()
    came, badges = attended_by(db, seren, limit=3), badges_of(db, seren)
    went = came[0] if came else None
    _write(db, seren, went, now)
    _try_twice(db, seren, now)
    _pass_on(db, seren, today, now)
    _send(
        db,
        seren,
        Kind.AUDIO,
        _tune(),
        About(
            title="A tune I made up",
            happened_on=today - timedelta(days=9),
            words="I changed how I did it. The end goes down now, so that it sounds finished.",
            transcript="No words: eleven notes on a keyboard.",
            skills=[Skill.CREATIVITY, Skill.ADAPTING],
        ),
        now - timedelta(days=9),
    )
    _send(
        db,
        seren,
        Kind.PHOTO,
        _bowl(),
        About(
            title="My first bowl that holds water",
            happened_on=today - timedelta(days=3),
            words="I was proud of this. Two before it cracked, so I let this one dry for a week.",
            alt_text="A round blue bowl on a wooden table, with a wavy white line around it.",
            skills=[Skill.CREATIVITY, Skill.PROBLEM_SOLVING],
            belongs_with=badges[0] if badges else None,
        ),
        now - timedelta(days=3),
    )
    _say_hello(db, seren, today, now)


def _say_hello(db: Session, seren: User, today: date, now: datetime) -> None:
    about = About(
        title="Hello",
        happened_on=today - timedelta(days=2),
        transcript="Four notes that I played. I am Seren. I like the sea, clay and making things with"
        " other people. Just now I am learning to talk in front of a room.",
        skills=[Skill.SPEAKING],
    )
    made_at = now - timedelta(days=2)
    piece = _send(db, seren, Kind.AUDIO, _tune(_TUNE[:4]), about, made_at)
    service.say_hello(db, learner=seren, uuid=piece.uuid)


def _write(db: Session, seren: User, went: BelongsWith | None, now: datetime) -> None:
    about = About(
        title="How we shared out the work",
        happened_on=(now - timedelta(days=20)).astimezone(LONDON).date(),
        words="This was hard, and I kept going. Nobody wanted to begin, so I asked each person what"
        " they liked doing. Then it went quickly.",
        skills=[Skill.TEAMWORK, Skill.LEADERSHIP],
        belongs_with=went,
    )
    service.add_words(db, learner=seren, about=about, now=now - timedelta(days=20))


def _try_twice(db: Session, seren: User, now: datetime) -> None:
    first = About(
        title="My talk about otters",
        happened_on=(now - timedelta(days=16)).astimezone(LONDON).date(),
        words="I read it all from my sheet and forgot to look up.",
        skills=[Skill.SPEAKING],
        is_try=True,
    )
    again = About(
        title="My talk about otters, without the sheet",
        happened_on=(now - timedelta(days=12)).astimezone(LONDON).date(),
        words="I changed how I did it. Three cards with one word each. Somebody asked a question,"
        " and I knew the answer.",
        skills=[Skill.SPEAKING, Skill.PLANNING],
    )
    early, later = now - timedelta(days=16), now - timedelta(days=12)
    earlier = service.add_words(db, learner=seren, about=first, now=early)
    service.add_words(db, learner=seren, about=again, follows=earlier, now=later)


def _pass_on(db: Session, seren: User, today: date, now: datetime) -> None:
    seen = About(
        title="How I showed the little ones the ropes",
        happened_on=today - timedelta(days=14),
        source="Sam, my sailing coach",
        words="You went down on your knees to be as tall as they are. They listened to you at once.",
        skills=[Skill.LEADERSHIP, Skill.SPEAKING],
    )
    given = About(
        title="A mile in the pool", happened_on=today - timedelta(days=40), source="Swimming club"
    )
    page = About(title="Our newsletter: page 3 is mine", happened_on=today - timedelta(days=30))
    service.add_result(db, learner=seren, about=given, now=now - timedelta(days=40))
    service.add_link(
        db,
        learner=seren,
        link="https://news.example.org/spring",
        about=page,
        now=now - timedelta(days=30),
    )
    service.add_observation(db, learner=seren, about=seen, now=now - timedelta(days=14))


def _send(
    db: Session, seren: User, kind: Kind, content: bytes, about: About, made_at: datetime
) -> EvidencePiece:
    upload = uploads.begin_upload(
        db, learner=seren, length=len(content), mark="", quota_bytes=10**9, now=made_at
    )
    uploads.receive(upload, BytesIO(content), offset=0)
    piece = service.add_file(db, learner=seren, kind=kind, upload=upload, about=about, now=made_at)
    jobs.remake_within(db, piece)
    return piece


def _bowl() -> bytes:
    """Return a picture of a bowl on a table, as a JPEG."""
    picture = Image.new("RGB", (1600, 1200), "#efe6d8")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 820, 1600, 1200), fill="#b98a5e")
    for at in range(860, 1200, 70):
        draw.line((0, at, 1600, at + 12), fill="#a87a50", width=5)
    draw.ellipse((430, 900, 1170, 1010), fill="#8f6640")
    draw.chord((350, 60, 1250, 1000), 0, 180, fill="#2f6f8f")
    draw.ellipse((350, 470, 1250, 590), fill="#1f4f68")
    draw.ellipse((400, 490, 1200, 575), fill="#5fa3c0")
    wave_line = [(x, 690 + 22 * math.sin(x / 38)) for x in range(390, 1212, 6)]
    draw.line(wave_line, fill="#f4f1ea", width=16, joint="curve")
    content = BytesIO()
    picture.save(content, "JPEG", quality=88)
    return content.getvalue()


def _tune(notes: Sequence[tuple[int, int]] = _TUNE) -> bytes:
    """Return a short tune, as a WAV."""
    samples = bytearray()
    for half_tones, beats in notes:
        length = _RATE * beats // 3
        step = 2 * math.pi * 261.6 * 2 ** (half_tones / 12) / _RATE
        for number in range(length):
            fading = 1 - number / length
            samples += int(9000 * fading * math.sin(step * number)).to_bytes(
                2, "little", signed=True
            )
    content = BytesIO()
    with wave.open(content, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(_RATE)
        written.writeframes(bytes(samples))
    return content.getvalue()
