"""What learners show: theirs to make, to try again and to delete; and files on their way in."""

import io
from datetime import date, timedelta
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.errors import Conflict, NotFound, TooMany
from badges.models import Skill
from evidence import jobs, service, store, uploads
from evidence.models import EvidencePiece, Kind, Size, State, Upload
from evidence.queries import (
    bytes_kept_for,
    earlier_tries,
    hello_of,
    may_be_shown,
    own_piece,
    pieces_for,
    pieces_of,
)
from evidence.remaking.findings import Reason
from evidence.service import About
from logbook.service import log_activity
from tests import factories
from tests.evidence import hostile
from tests.factories import NOW

DAY = date(2026, 5, 30)
MB = 1024 * 1024
QUOTA = 500 * MB


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren Jones")


def about(**given) -> About:
    return About(**{"title": "My bowl", "happened_on": DAY, "words": "I made this."} | given)


def tell(db, learner, follows=None, **given) -> EvidencePiece:
    return service.add_words(db, learner=learner, about=about(**given), follows=follows, now=NOW)


def spoken(db, learner, state=State.READY) -> EvidencePiece:
    """Sound of a learner's, without its file."""
    piece = EvidencePiece(
        learner=learner, kind=Kind.AUDIO, title="Hi", happened_on=DAY, state=state, made_at=NOW
    )
    db.add(piece)
    db.flush()
    return piece


def begin(db, learner, length=10, mark="", quota=QUOTA, now=NOW) -> Upload:
    return uploads.begin_upload(
        db, learner=learner, length=length, mark=mark, quota_bytes=quota, now=now
    )


def sent(db, learner, content: bytes) -> Upload:
    upload = begin(db, learner, len(content))
    uploads.receive(upload, io.BytesIO(content), offset=0)
    return upload


def show(db, learner, content: bytes | None = None, kind=Kind.PHOTO, **given) -> EvidencePiece:
    upload = sent(db, learner, content or hostile.jpeg_with_everything())
    return service.add_file(
        db, learner=learner, kind=kind, upload=upload, about=about(**given), now=NOW
    )


def logged(db, learner):
    return log_activity(
        db,
        learner=learner,
        title="Sorted tins",
        place="The food bank",
        description="",
        done_on=DAY,
        minutes=60,
        now=NOW,
    )


def waiting_jobs(db, name):
    asked = text("SELECT args FROM procrastinate_jobs WHERE task_name = :name ORDER BY id")
    return list(db.scalars(asked, {"name": name}))


@pytest.fixture(autouse=True)
def inside(app):
    with app.app_context():
        yield


class TestWords:
    def test_what_is_kept_is_the_learners_alone_and_newest_first(self, db, learner):
        other = factories.learner()
        tell(db, other)
        first, second = tell(db, learner), tell(db, learner, skills=[Skill.CREATIVITY])

        assert list(pieces_of(db, learner)) == [second, first]
        assert (second.state, second.skills) == (State.READY, ["creativity"])
        assert own_piece(db, other, first.uuid) is None

    @pytest.mark.parametrize(
        "given",
        [
            pytest.param({"words": ""}, id="no words"),
            pytest.param({"happened_on": date(2026, 6, 2)}, id="tomorrow"),
            pytest.param({"happened_on": date(1999, 6, 2)}, id="another life"),
        ],
    )
    def test_what_says_nothing_or_is_not_of_this_time_is_refused(self, db, learner, given):
        with pytest.raises(Conflict):
            tell(db, learner, **given)

    @pytest.mark.parametrize(
        ("link", "kept"),
        [
            ("https://example.org/my-bowl?x=1#y", "https://example.org/my-bowl?x=1#y"),
            *((link, None) for link in (
                "http://example.org", "javascript:alert(1)", "https://localhost/x", "https://",
                "https://127.0.0.1/", "https://[::1]/", "https://user:pw@example.org/", "example.org",
                "https://example.org:8443/", "https://example.org:x/", "data:text/html,x",
            )),
        ],
    )  # fmt: skip
    def test_a_link_is_an_https_page_with_a_name(self, db, learner, link, kept):
        if kept is None:
            with pytest.raises(Conflict):
                service.add_link(db, learner=learner, link=link, about=about(), now=NOW)
        else:
            piece = service.add_link(db, learner=learner, link=link, about=about(), now=NOW)
            assert (piece.link, piece.domain) == (kept, "example.org")

    def test_a_result_and_an_observation_say_whose_words_they_are(self, db, learner):
        said = about(source="Swimming club", words="I swam a mile.")

        seen = service.add_observation(db, learner=learner, about=said, now=NOW)
        given = service.add_result(
            db, learner=learner, about=about(source="Swimming club", words=""), now=NOW
        )

        assert (seen.kind, seen.source) == (Kind.OBSERVATION, "Swimming club")
        assert (given.kind, given.words) == (Kind.RESULT, "")

    def test_changing_says_something_else_and_only_the_own(self, db, learner):
        piece, noise = tell(db, learner), tell(db, learner)

        service.change_piece(
            db, learner=learner, uuid=piece.uuid, about=about(title="A cup", words="x"), now=NOW
        )

        assert (piece.title, noise.title) == ("A cup", "My bowl")
        with pytest.raises(NotFound):
            service.change_piece(
                db, learner=factories.learner(), uuid=piece.uuid, about=about(), now=NOW
            )
        with pytest.raises(Conflict):
            service.change_piece(
                db, learner=learner, uuid=piece.uuid, about=about(words=""), now=NOW
            )


class TestHello:
    def test_a_learner_says_hello_with_one_piece_that_is_spoken(self, db, learner):
        first, second, noise = (
            spoken(db, each) for each in (learner, learner, factories.learner())
        )
        service.say_hello(db, learner=noise.learner, uuid=noise.uuid)

        service.say_hello(db, learner=learner, uuid=first.uuid)
        service.say_hello(db, learner=learner, uuid=second.uuid)

        assert hello_of(db, learner) == second
        assert not second.is_shared
        service.take_hello_off(db, learner=learner, uuid=second.uuid)
        service.take_hello_off(db, learner=learner, uuid=second.uuid)
        assert hello_of(db, learner) is None
        assert hello_of(db, noise.learner) == noise

    def test_it_goes_with_its_piece(self, db, learner):
        piece = spoken(db, learner)
        service.say_hello(db, learner=learner, uuid=piece.uuid)

        service.delete_piece(db, learner=learner, uuid=piece.uuid)

        assert hello_of(db, learner) is None

    def test_what_is_not_spoken_or_not_theirs_says_no_hello(self, db, learner):
        for piece in (tell(db, learner), spoken(db, learner, state=State.WAITING)):
            with pytest.raises(Conflict):
                service.say_hello(db, learner=learner, uuid=piece.uuid)
            with pytest.raises(IntegrityError, match="hello_is_spoken"), db.begin_nested():
                db.execute(update(EvidencePiece).filter_by(id=piece.id).values(is_hello=True))
        with pytest.raises(NotFound):
            service.say_hello(db, learner=learner, uuid=spoken(db, factories.learner()).uuid)

    def test_the_database_lets_a_learner_say_hello_once(self, db, learner):
        both = [spoken(db, learner), spoken(db, learner)]

        with pytest.raises(IntegrityError, match="uq_evidence_piece_hello"), db.begin_nested():
            db.execute(
                update(EvidencePiece)
                .where(EvidencePiece.id.in_([each.id for each in both]))
                .values(is_hello=True)
            )


class TestBelonging:
    def test_it_belongs_with_one_thing_of_the_learners_own(self, db, learner):
        booking, activity = factories.booking(of=learner), logged(db, learner)
        with_booking = tell(db, learner, belongs_with=booking)
        with_activity = tell(db, learner, belongs_with=activity)
        tell(db, learner)

        found = pieces_for(db, learner, bookings=[booking.id], logged=[activity.id, 0])

        assert found.bookings == {booking.id: [with_booking]}
        assert found.logged == {activity.id: [with_activity]}
        assert found.credentials == {}

    def test_what_is_somebody_elses_is_refused_by_the_service_and_the_database(self, db, learner):
        theirs = factories.booking()
        with pytest.raises(NotFound):
            tell(db, learner, belongs_with=theirs)

        piece = tell(db, learner)
        for column, value in (
            ("booking_id", theirs.id),
            ("logged_activity_id", logged(db, factories.learner()).id),
            ("follows_id", tell(db, factories.learner()).id),
        ):
            with pytest.raises(DBAPIError, match="belongs with what is theirs"), db.begin_nested():
                db.execute(
                    text(f"UPDATE evidence_piece SET {column} = :value WHERE id = :id"),
                    {"value": value, "id": piece.id},
                )

    def test_many_are_asked_for_at_once(self, db, learner, count_queries):
        bookings = [factories.booking(of=learner) for _ in range(3)]
        for booking in bookings:
            tell(db, learner, belongs_with=booking)
        db.expire_all()
        _ = learner.id
        count_queries.clear()

        found = pieces_for(db, learner, bookings=[booking.id for booking in bookings])

        assert len(found.bookings) == 3
        assert len(count_queries) <= 6


class TestTryingAgain:
    def test_the_later_try_stands_for_the_earlier_which_stays(self, db, learner):
        first = tell(db, learner, title="First", is_try=True)
        second = tell(db, learner, title="Second", follows=first)
        third = tell(db, learner, title="Third", follows=second)

        assert list(pieces_of(db, learner)) == [third]
        assert earlier_tries(db, third) == [second, first]
        with pytest.raises(Conflict):
            tell(db, learner, follows=first)
        with pytest.raises(NotFound):
            tell(db, learner, follows=tell(db, factories.learner()))

    def test_a_try_deleted_from_the_middle_leaves_the_rest_together(self, db, learner):
        first = tell(db, learner)
        second = tell(db, learner, follows=first)
        third = tell(db, learner, follows=second)

        service.delete_piece(db, learner=learner, uuid=second.uuid)

        assert earlier_tries(db, third) == [first]
        service.delete_piece(db, learner=learner, uuid=third.uuid)
        assert list(pieces_of(db, learner)) == [first]

    def test_nobody_else_is_shown_a_private_try_or_what_is_not_ready(self, db, learner):
        shown, private, waiting = (
            tell(db, learner),
            tell(db, learner, is_try=True),
            show(db, learner),
        )
        earlier = tell(db, learner)
        later = tell(db, learner, follows=earlier)

        assert set(pieces_of(db, learner, only_shown=True)) == {shown, later}
        every = (shown, private, waiting, earlier, later)
        assert [may_be_shown(db, each) for each in every] == [True, False, False, False, True]
        assert len(pieces_of(db, learner)) == 4


class TestFiles:
    def test_a_photo_is_made_anew_kept_and_what_came_is_gone(self, db, learner):
        came = hostile.jpeg_with_everything()
        piece = show(db, learner, came)
        upload = db.query(Upload).one()
        assert (piece.state, uploads.path_of(upload).read_bytes()) == (State.WAITING, came)
        assert waiting_jobs(db, "evidence.remake") == [{"piece_id": piece.id}]
        db.commit()

        jobs.remake(piece.id)
        jobs.remake(piece.id)

        piece = own_piece(db, learner, piece.uuid)
        kept = b"".join(store.read(piece, Size.FULL, 0, piece.full.bytes))
        assert (piece.state, piece.full.content_type) == (State.READY, "image/webp")
        assert (piece.full.width, piece.thumb.width, len(kept)) == (240, 240, piece.full.bytes)
        assert kept[8:12] == b"WEBP"
        assert hostile.MARKER.encode() not in kept
        assert bytes_kept_for(db, learner) == piece.full.bytes + piece.thumb.bytes
        assert not uploads.path_of(upload).exists()

    def test_what_is_refused_says_why_and_nothing_of_it_stays(self, db, learner):
        piece = show(db, learner, hostile.SVG)
        path = uploads.path_of(db.query(Upload).one())
        db.commit()

        jobs.remake(piece.id)

        piece = own_piece(db, learner, piece.uuid)
        assert (piece.state, piece.reason) == (State.REFUSED, Reason.OTHER_KIND)
        assert (path.exists(), _kept(piece)) == (False, [])

    def test_one_film_and_one_other_file_are_made_at_a_time(self, db, learner):
        film, photo = show(db, learner, b"x" * 50, kind=Kind.VIDEO), show(db, learner)

        asked = text("SELECT lock, args FROM procrastinate_jobs WHERE lock IS NOT NULL ORDER BY id")
        assert [tuple(row) for row in db.execute(asked)] == [
            ("evidence.remake_film", {"piece_id": film.id}),
            ("evidence.remake", {"piece_id": photo.id}),
        ]

    def test_where_the_store_does_not_answer_it_is_tried_again_and_in_the_end_given_up(
        self, db, learner, monkeypatch
    ):
        piece = show(db, learner)
        db.commit()
        with monkeypatch.context() as without:
            without.setattr(store, "keep", _does_not_answer)
            with pytest.raises(OSError, match="no answer"):
                jobs.remake(piece.id)

        for minutes, asked in ((40, 1), (60, 2), (370, 2)):
            monkeypatch.setattr(jobs.clock, "now", lambda at=minutes: NOW + timedelta(minutes=at))
            jobs.tidy()
            assert len(waiting_jobs(db, "evidence.remake")) == asked

        piece = own_piece(db, learner, piece.uuid)
        assert (piece.state, piece.reason) == (State.REFUSED, Reason.FAILED)

    def test_there_is_room_for_so_much_and_no_more(self, db, learner, app, monkeypatch):
        first = show(db, learner)
        second = show(db, learner)
        db.commit()
        jobs.remake(first.id)
        room = (bytes_kept_for(db, learner) + 10) / MB
        settings = app.extensions["settings"]
        monkeypatch.setitem(app.extensions, "settings", _with_quota(settings, room))

        jobs.remake(second.id)

        second = own_piece(db, learner, second.uuid)
        assert (second.state, second.reason, _kept(second)) == (State.REFUSED, Reason.NO_ROOM, [])
        with pytest.raises(Conflict, match="no room"):
            begin(db, learner, quota=bytes_kept_for(db, learner))
        begin(db, factories.learner(), quota=1)

    def test_a_deleted_piece_takes_its_files_along(self, db, learner):
        piece, noise = show(db, learner), show(db, learner)
        db.commit()
        jobs.remake(piece.id)
        jobs.remake(noise.id)
        uuid = piece.uuid

        service.delete_piece(db, learner=factories.learner(), uuid=uuid)
        assert waiting_jobs(db, "evidence.forget") == []
        service.delete_piece(db, learner=learner, uuid=uuid)
        service.delete_piece(db, learner=learner, uuid=uuid)

        assert waiting_jobs(db, "evidence.forget") == [{"piece_uuid": str(uuid)}]
        jobs.forget(str(uuid))
        jobs.forget(str(uuid))
        assert _kept_of(uuid) == []
        assert len(_kept(own_piece(db, learner, noise.uuid))) == 2

    def test_a_piece_deleted_while_its_file_is_made_leaves_nothing(self, db, learner, monkeypatch):
        piece = show(db, learner)
        db.commit()
        uuid, put = piece.uuid, store.keep

        def keep_then_delete(*given):
            put(*given)
            service.delete_piece(db, learner=learner, uuid=uuid)
            jobs.forget(str(uuid))
            put(*given)

        monkeypatch.setattr(store, "keep", keep_then_delete)
        jobs.remake(piece.id)

        assert _kept_of(uuid) == []

    def test_what_nobody_knows_is_swept_up_and_what_is_new_is_left(self, db, learner, monkeypatch):
        left, known = uuid4(), show(db, learner)
        db.commit()
        jobs.remake(known.id)
        store.keep(left, Size.FULL, io.BytesIO(b"left"))

        jobs.sweep()
        assert len(_kept_of(left)) == 1
        monkeypatch.setattr(jobs, "_SURELY_LEFT", -timedelta(days=400))
        monkeypatch.setattr(jobs.clock, "now", lambda: NOW + timedelta(days=400))
        jobs.sweep()

        assert (_kept_of(left), len(_kept_of(known.uuid))) == ([], 2)

    def test_an_unfinished_file_is_not_taken_nor_another_learners_nor_twice(self, db, learner):
        half, theirs = begin(db, learner, 10), sent(db, factories.learner(), b"0123456789")
        uploads.receive(half, io.BytesIO(b"01234"), offset=0)
        for upload, refusal in ((half, Conflict), (theirs, NotFound)):
            with pytest.raises(refusal):
                service.add_file(
                    db, learner=learner, kind=Kind.PHOTO, upload=upload, about=about(), now=NOW
                )
        whole = sent(db, learner, b"0123456789")
        take = {
            "learner": learner,
            "kind": Kind.PHOTO,
            "upload": whole,
            "about": about(),
            "now": NOW,
        }
        service.add_file(db, **take)
        with pytest.raises(Conflict):
            service.add_file(db, **take)

    def test_a_photo_may_not_be_as_large_as_a_film(self, db, learner):
        large = begin(db, learner, 26 * MB)

        with pytest.raises(Conflict, match="25 MB"):
            service.add_file(
                db, learner=learner, kind=Kind.PHOTO, upload=large, about=about(), now=NOW
            )


class TestUploads:
    @settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        content=st.binary(min_size=1, max_size=99),
        steps=st.lists(
            st.tuples(st.one_of(st.just(0), st.integers(-3, 60)), st.integers(0, 60)), max_size=12
        ),
    )
    def test_however_it_is_sent_what_stands_there_is_the_beginning_of_the_file(
        self, db, learner, content, steps
    ):
        """Each step offers a part from somewhere: only one that goes on from where we stand is taken."""
        with db.begin_nested() as undone:
            upload = begin(db, learner, len(content))
            stands_at = 0
            for offset, length in steps:
                part = io.BytesIO(content[max(offset, 0) : max(offset, 0) + length])
                if offset == stands_at:
                    stands_at = uploads.receive(upload, part, offset=offset)
                else:
                    with pytest.raises(uploads.OutOfStep):
                        uploads.receive(upload, part, offset=offset)
                assert uploads.path_of(upload).read_bytes() == content[:stands_at]
            uploads.receive(upload, io.BytesIO(content[stands_at:] + b"more"), offset=stands_at)
            assert uploads.path_of(upload).read_bytes() == content
            assert uploads.is_whole(upload)
            undone.rollback()

    def test_a_connection_that_drops_leaves_what_came(self, db, learner):
        class Dropping(io.RawIOBase):
            sent = 0

            def read(self, size=-1):
                self.sent += 1
                if self.sent > 2:
                    raise ConnectionResetError
                return b"abc"

        upload = begin(db, learner, 100)

        assert uploads.receive(upload, Dropping(), offset=0) == 6
        assert uploads.received(upload) == 6

    def test_two_requests_do_not_write_at_once(self, db, learner):
        upload = begin(db, learner, 100)

        with uploads._held(upload), pytest.raises(uploads.Busy):
            uploads.receive(upload, io.BytesIO(b"abc"), offset=0)
        assert uploads.receive(upload, io.BytesIO(b"abc"), offset=0) == 3

    def test_the_same_file_begun_again_goes_on(self, db, learner):
        upload = begin(db, learner, 10, mark="10-1700")

        assert begin(db, learner, 10, mark="10-1700") is upload
        assert begin(db, learner, 11, mark="10-1700") is not upload
        assert begin(db, factories.learner(), 10, mark="10-1700") is not upload
        assert begin(db, learner, 10, mark="10-1700", now=NOW + uploads.LASTS) is not upload

    def test_three_are_on_their_way_at_most_and_one_can_be_given_up(self, db, learner):
        first, *_ = [begin(db, learner) for _ in range(3)]
        uploads.receive(first, io.BytesIO(b"abc"), offset=0)
        with pytest.raises(Conflict, match="Three"):
            begin(db, learner)

        uploads.give_up(db, learner=factories.learner(), uuid=first.uuid, now=NOW)
        assert uploads.received(first) == 3
        uploads.give_up(db, learner=learner, uuid=first.uuid, now=NOW)

        assert uploads.received(first) == 0
        with pytest.raises(NotFound):
            uploads.open_upload(db, learner=learner, uuid=first.uuid, now=NOW)
        begin(db, learner)

    @pytest.mark.parametrize(("length", "many"), [(1, 60), (250 * MB, 4)])
    def test_a_day_has_its_measure(self, db, learner, length, many):
        for _ in range(many):
            upload = begin(db, learner, length)
            uploads.give_up(db, learner=learner, uuid=upload.uuid, now=NOW)

        with pytest.raises(TooMany):
            begin(db, learner, 250 * MB)
        begin(db, learner, 250 * MB, now=NOW + timedelta(hours=25))

    @pytest.mark.parametrize("length", [0, 250 * MB + 1])
    def test_nothing_and_too_much_are_refused(self, db, learner, length):
        with pytest.raises(Conflict):
            begin(db, learner, length)

    def test_what_is_never_finished_is_forgotten(self, db, learner, monkeypatch):
        old, waiting = begin(db, learner), show(db, learner)
        uploads.receive(old, io.BytesIO(b"abc"), offset=0)
        path, stays = (
            uploads.path_of(old),
            uploads.path_of(db.query(Upload).filter_by(piece_id=waiting.id).one()),
        )
        stray = path.with_name(str(uuid4()))
        stray.write_bytes(b"x")
        db.commit()
        monkeypatch.setattr(jobs, "_SURELY_LEFT", -timedelta(days=400))

        monkeypatch.setattr(jobs.clock, "now", lambda: NOW + timedelta(hours=5))
        jobs.tidy()
        assert (path.exists(), stays.exists(), stray.exists()) == (True, True, False)
        monkeypatch.setattr(jobs.clock, "now", lambda: NOW + timedelta(hours=25))
        jobs.tidy()
        jobs.tidy()

        assert (path.exists(), stays.exists(), db.query(Upload).count()) == (False, False, 0)
        piece = own_piece(db, learner, waiting.uuid)
        assert (piece.state, piece.reason) == (State.REFUSED, Reason.FAILED)


def _does_not_answer(*_given):
    raise OSError("no answer")


def _with_quota(settings, megabytes):
    from dataclasses import replace

    return replace(settings, evidence_quota_mb=megabytes)


def _kept(piece) -> list:
    return _kept_of(piece.uuid)


def _kept_of(uuid) -> list[str]:
    return [each.path for some in store.all_kept() for each in some if each.piece_uuid == str(uuid)]
