"""The pages of what learners show, and the door for their files, as a browser and a program see them."""

import io
import re
import time
from base64 import b64encode
from dataclasses import replace
from uuid import uuid4

import pytest

from evidence import jobs
from evidence.models import EvidencePiece, State, Upload
from tests import factories
from tests.evidence import hostile
from tests.factories import NOW

TYPED = {"title": "My bowl", "happened_on": "30/05/2026", "words": "It leaks a little."}
TUS = {"Tus-Resumable": "1.0.0"}
PART = TUS | {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture
def learner(db):
    return factories.learner(name="Seren Jones")


@pytest.fixture
def me(sign_in, learner):
    return sign_in(learner)


def show(client, kind="words", content=None, **typed):
    data = TYPED | typed
    if content is not None:
        data["file"] = (io.BytesIO(content), "IMG_2041 Seren at Hill Street.jpg")
    return client.post(f"/me/evidence/new?kind={kind}", data=data)


def send_form(client, megabytes):
    """Send a form so large. What stands in it is read by nobody."""
    return client.post(
        "/me/evidence/new?kind=photo",
        data=bytes(megabytes * 1024 * 1024),
        content_type="multipart/form-data; boundary=x",
    )


def only(db) -> EvidencePiece:
    return db.query(EvidencePiece).one()


@pytest.fixture
def remade(app, db):
    """Do what a worker does with the one piece that waits, and return it."""

    def remade() -> EvidencePiece:
        piece = only(db)
        db.commit()
        with app.app_context():
            jobs.remake(piece.id)
        return only(db)

    return remade


class TestShowing:
    def test_from_two_taps_to_words_that_stand_there(self, me, db):
        assert 'href="/me/evidence/new"' in me.get("/me").text
        assert 'href="/me/evidence/new?kind=words"' in me.get("/me/evidence/new").text

        added = show(me, stem="proud", skills=["creativity", "teamwork"])
        page = me.get(added.location)

        assert added.status_code == 303
        assert "I was proud of this. It leaks a little." in page.text
        assert "Creativity, Teamwork" in page.text
        assert "My bowl" in me.get("/me/evidence").text

    def test_one_tap_on_a_sentence_is_enough(self, me, db):
        assert show(me, stem="hard", words="").status_code == 303
        assert only(db).words == "This was hard, and I kept going."

    @pytest.mark.parametrize(
        ("kind", "typed", "said"),
        [
            ("words", {"title": ""}, "Give it a name."),
            ("words", {"words": ""}, "Write some words."),
            ("words", {"happened_on": "02/06/2026"}, "That day is still to come."),
            ("words", {"words": "x" * 4001}, "Use 4000 characters or fewer."),
            ("link", {"link": "http://example.org"}, "It begins with https://"),
            ("photo", {}, "Choose a file."),
            ("photo", {"upload": str(uuid4())}, "Choose it again."),
            ("photo", {"upload": "x"}, "Choose the file again."),
        ],
    )
    def test_what_is_missing_is_said_and_nothing_typed_is_lost(self, me, db, kind, typed, said):
        page = show(me, kind, **{"alt_text": "A round bowl"} | typed)

        assert page.status_code == 422
        assert said in page.text
        assert TYPED["title"] in page.text or "title" in typed
        assert db.query(EvidencePiece).count() == 0

    def test_a_link_shows_whose_page_it_is_and_is_never_asked_for(self, me, db):
        page = me.get(show(me, "link", link="https://example.org/bowl").location)

        assert 'rel="noopener noreferrer nofollow ugc">example.org</a>' in page.text

    def test_it_belongs_with_what_one_did(self, me, db):
        added = me.post(
            "/me/add",
            data={
                "kind": "activity", "title": "Sorted tins", "place": "Food bank", "done_on": "30/05/2026", "minutes": "60",
            },
        )  # fmt: skip
        logged = f"logged:{added.location.rsplit('/', 1)[1]}"

        asked = me.get(f"/me/evidence/new?kind=words&with={logged}").text
        piece = me.get(show(me, belongs_with=logged).location).text

        assert re.search(rf'value="{logged}" selected', asked)
        assert "<dt>Belongs with</dt><dd>Sorted tins</dd>" in piece

    def test_trying_again_keeps_the_try_before(self, me, db):
        first = show(me, title="First", is_try="yes")
        form = me.get(f"/me/evidence/new?again={first.location.rsplit('/', 1)[1]}")
        second = me.post(form.request.full_path, data=TYPED | {"title": "Second"})

        assert 'value="First"' in form.text
        listed = me.get("/me/evidence").text
        assert ("Second" in listed, "First" in listed) == (True, False)
        assert "First" in me.get(second.location).text
        assert "Look at the newer try" in me.get(first.location).text

    def test_it_can_be_changed_and_deleted(self, me, db):
        added = show(me).location
        assert me.post(f"{added}/edit", data=TYPED | {"title": "A cup"}).status_code == 303
        assert me.post(f"{added}/edit", data=TYPED | {"words": ""}).status_code == 422
        assert "A cup" in me.get(added).text

        me.post(f"{added}/delete")
        me.post(f"{added}/delete")

        assert me.get(added).status_code == 404
        assert "Nothing here yet" in me.get("/me/evidence").text

    def test_many_stand_on_pages_and_cost_no_more_questions(self, me, db, count_queries):
        def questions(page):
            count_queries.clear()
            text = me.get(page).text
            return text, len(count_queries)

        show(me)
        _text, of_one = questions("/me/evidence")
        for number in range(21):
            show(me, title=f"Piece {number}")
        first, of_many = questions("/me/evidence")
        second, _number = questions("/me/evidence?page=2")

        assert of_many == of_one
        assert me.get("/me/evidence?page=99999999999999999999").status_code == 200
        assert ("Piece 20" in first, "My bowl" in first, "My bowl" in second) == (True, False, True)


class TestFiles:
    def test_a_photo_from_a_phone_without_scripts(self, me, db, remade):
        added = show(me, "photo", hostile.jpeg_with_everything(), alt_text="A round bowl")
        assert "Being worked on" in me.get(added.location).text
        assert me.get(f"{added.location}/full").status_code == 404

        piece = remade()
        page, full = me.get(added.location), me.get(f"{added.location}/full")

        assert 'alt="A round bowl"' in page.text
        assert "media-src 'self'" in page.headers["Content-Security-Policy"]
        assert (full.mimetype, len(full.data)) == ("image/webp", piece.full.bytes)
        assert me.get(f"{added.location}/thumb").mimetype == "image/webp"
        assert "Hill Street" not in page.text + me.get("/me/evidence").text

    def test_a_file_can_do_nothing_in_a_browser_and_stays_in_no_cache(self, me, db, remade):
        added = show(me, "file", hostile.pdf())
        remade()

        told = me.get(f"{added.location}/full").headers

        policy = told["Content-Security-Policy"]
        assert ("sandbox" in policy, "default-src 'none'" in policy) == (True, True)
        assert "script-src" not in policy
        assert told["X-Content-Type-Options"] == "nosniff"
        assert told["Content-Disposition"] == "attachment"
        assert told["Cross-Origin-Resource-Policy"] == "same-origin"
        assert "no-store" in told["Cache-Control"]

    def test_files_can_come_from_a_name_of_their_own_for_a_while(
        self, me, db, remade, app, monkeypatch
    ):
        added = show(me, "photo", hostile.jpeg()).location
        remade()
        settings = replace(app.extensions["settings"], media_url="https://files.example")
        monkeypatch.setitem(app.extensions, "settings", settings)

        page = me.get(added)
        address = re.search(r'src="https://files\.example(/evidence/files/[\w.-]+)"', page.text)[1]
        stranger = app.test_client()
        full = stranger.get(address)

        policy = page.headers["Content-Security-Policy"]
        assert "img-src 'self' https://files.example;" in policy
        assert "media-src 'self' https://files.example" in policy
        assert (full.status_code, full.mimetype) == (200, "image/webp")
        assert full.headers["Cross-Origin-Resource-Policy"] == "same-site"
        assert "sandbox" in full.headers["Content-Security-Policy"]
        assert "Set-Cookie" not in full.headers
        assert f"{added}/full" not in page.text
        assert stranger.get(address.replace("files/", "files/x")).status_code == 404
        later = time.time() + 16 * 60
        with monkeypatch.context() as then:
            then.setattr(time, "time", lambda: later)
            assert stranger.get(address).status_code == 404
        assert stranger.get(address).status_code == 200
        me.post(f"{added}/delete")
        assert stranger.get(address).status_code == 404

    def test_sound_comes_in_the_parts_that_are_asked_for(self, me, db, remade):
        tone = hostile.recorded(hostile.Kind.AUDIO, format="mp3", codec="libmp3lame")
        address = show(me, "audio", tone).location + "/full"
        length = remade().full.bytes
        whole = me.get(address).data

        def part(asked):
            answer = me.get(address, headers={"Range": f"bytes={asked}"})
            return answer.status_code, answer.headers.get("Content-Range"), answer.data

        assert part("0-9") == (206, f"bytes 0-9/{length}", whole[:10])
        assert part(f"{length - 5}-") == (
            206,
            f"bytes {length - 5}-{length - 1}/{length}",
            whole[-5:],
        )
        assert part("-5")[2] == whole[-5:]
        assert part(f"{length}-")[0] == 416
        assert part("0-1,4-5")[::2] == (200, whole)
        assert me.head(address).headers["Content-Length"] == str(length)

    def test_a_hello_plays_at_the_top_of_the_own_profile_and_is_taken_off(self, me, db, remade):
        assert "Say hello in your own voice" in me.get("/me").text
        tone = hostile.recorded(hostile.Kind.AUDIO, format="mp3", codec="libmp3lame")
        added = show(me, "audio", tone, transcript="I am <Seren>, and I like clay.").location
        assert "Make it my hello" not in me.get(added).text
        assert me.post(f"{added}/hello/yes").status_code == 409
        remade()
        assert "Make it my hello" in me.get(added).text

        me.post(f"{added}/hello/yes")

        answer = me.get("/me")
        sound = re.search(r'<audio controls preload="none"[^>]+src="([^"]+)"', answer.text)[1]
        assert "/evidence/files/" in sound
        assert me.get(sound).content_type == only(db).full.content_type
        assert "media-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.text.index("I am &lt;Seren&gt;") < answer.text.index("data-next")
        assert "Say hello in your own voice" not in answer.text

        me.post(f"{added}/hello/no")
        assert "<audio" not in me.get("/me").text
        assert only(db).transcript

    def test_nobody_elses_piece_says_hello(self, sign_in, me, db, remade):
        tone = hostile.recorded(hostile.Kind.AUDIO, format="mp3", codec="libmp3lame")
        added = show(me, "audio", tone).location
        remade()
        stranger = sign_in(factories.learner())

        assert stranger.post(f"{added}/hello/yes").status_code == 404
        assert "<audio" not in stranger.get("/me").text

    def test_what_is_refused_says_what_helps_and_names_the_next_step(self, me, db, remade):
        added = show(me, "file", hostile._zip())
        remade()

        page = me.get(added.location).text

        assert "Save it as a PDF" in page
        assert 'href="/me/evidence/new?kind=file">Send it again</a>' in page

    def test_a_file_need_not_be_sent_again_where_another_box_was_wrong(self, me, db):
        page = show(me, "photo", hostile.jpeg(), title="")
        held = re.search(r'name="upload" value="([^"]+)"', page.text)[1]

        assert "Your file is here." in page.text
        assert show(me, "photo", upload=held).status_code == 303
        assert db.query(Upload).one().piece is only(db)

    def test_more_than_a_form_takes_is_refused(self, me, db):
        page = send_form(me, 27)

        assert (page.status_code, db.query(Upload).count()) == (413, 0)

    def test_nobody_who_is_signed_out_sends_files(self, client, db):
        assert send_form(client, 3).status_code == 303
        assert client.post("/me/evidence/uploads", headers=TUS).status_code == 303

    def test_somebody_elses_looks_as_if_it_were_not_there(
        self, client, sign_in, learner, db, remade
    ):
        added = show(sign_in(learner), "photo", hostile.jpeg()).location
        remade()
        other = sign_in(factories.learner())

        missing = f"/me/evidence/{uuid4()}"
        for path in ("", "/full", "/thumb", "/edit"):
            theirs, none = other.get(added + path), other.get(missing + path)
            assert (theirs.status_code, none.status_code) == (404, 404)
        other.post(f"{added}/delete")
        again = added.rsplit("/", 1)[1]
        assert other.get(f"/me/evidence/new?again={again}").status_code == 404
        assert only(db).state is State.READY
        assert sign_in(factories.officer()).get(added).status_code == 403


class TestParts:
    """The door for files that come in parts, as any program that speaks tus 1.0.0 finds it."""

    def begin(self, me, length=10, mark=""):
        told = {
            "Upload-Metadata": f"kind {b64encode(b'x').decode()},mark {b64encode(mark.encode()).decode()}"
        }
        return me.post("/me/evidence/uploads", headers=TUS | told | {"Upload-Length": str(length)})

    def send(self, me, where, offset, content):
        return me.patch(where, data=content, headers=PART | {"Upload-Offset": str(offset)})

    def test_a_file_comes_in_parts_and_becomes_a_piece(self, me, db, remade):
        content = hostile.jpeg_with_everything()
        begun = self.begin(me, len(content))
        where = begun.location

        first = self.send(me, where, 0, content[:100])
        stands = me.head(where, headers=TUS)
        rest = self.send(me, where, 100, content[100:])

        assert (begun.status_code, first.status_code, rest.status_code) == (201, 204, 204)
        assert (stands.headers["Upload-Offset"], stands.headers["Upload-Length"]) == (
            "100",
            str(len(content)),
        )
        assert stands.headers["Cache-Control"] == "no-store"
        assert first.headers["Upload-Expires"] == "Tue, 02 Jun 2026 12:00:00 GMT"
        assert rest.headers["Tus-Resumable"] == "1.0.0"
        show(me, "photo", upload=where.rsplit("/", 1)[1])
        assert remade().state is State.READY
        assert NOW.isoformat().startswith("2026-06-01")

    def test_it_says_what_it_can(self, me):
        told = me.options("/me/evidence/uploads")

        assert told.status_code == 204
        assert told.headers["Tus-Version"] == "1.0.0"
        assert told.headers["Tus-Extension"] == "creation,expiration,termination"
        assert told.headers["Tus-Max-Size"] == str(250 * 1024 * 1024)

    def test_the_same_file_chosen_again_goes_on_where_it_was(self, me):
        where = self.begin(me, mark="10-17").location
        self.send(me, where, 0, b"abc")

        again = self.begin(me, mark="10-17").location

        assert again == where
        assert me.head(again, headers=TUS).headers["Upload-Offset"] == "3"
        assert self.begin(me, mark="other").location != where

    def test_what_does_not_fit_is_refused_with_what_the_protocol_says(self, me):
        where = self.begin(me).location
        self.send(me, where, 0, b"abc")

        assert self.send(me, where, 0, b"abc").status_code == 409
        assert self.send(me, where, "x", b"abc").status_code == 409
        assert me.patch(where, data=b"x", headers=TUS | {"Upload-Offset": "3"}).status_code == 415
        assert me.head(where).status_code == 412
        assert me.head(where, headers={"Tus-Resumable": "0.2.2"}).status_code == 412
        assert self.begin(me, 250 * 1024 * 1024 + 1).status_code == 409
        assert self.begin(me, 0).status_code == 409
        assert self.send(me, where, 3, bytes(9 * 1024 * 1024)).status_code == 413
        assert me.head(where, headers=TUS).headers["Upload-Offset"] == "3"

    @pytest.mark.parametrize("mark", ["\0", "a\nb", "x" * 500])
    def test_a_strange_mark_is_no_mark(self, me, mark):
        assert self.begin(me, mark=mark).status_code == 201

    def test_no_more_comes_than_was_said(self, me):
        where = self.begin(me, 5).location

        assert self.send(me, where, 0, b"0123456789").headers["Upload-Offset"] == "5"

    def test_it_is_given_up_by_a_program_or_from_the_page(self, me, db):
        first, second = self.begin(me).location, self.begin(me).location
        assert "is not all here yet" in me.get("/me/evidence/new?kind=video").text

        assert me.delete(first, headers=TUS).status_code == 204
        assert me.post(f"{second}/stop").status_code == 303

        assert [me.head(each, headers=TUS).status_code for each in (first, second)] == [404, 404]
        assert "is not all here yet" not in me.get("/me/evidence/new?kind=video").text

    def test_another_learner_neither_sees_nor_adds_to_it(self, sign_in, learner, db):
        where = self.begin(sign_in(learner)).location
        other = sign_in(factories.learner())

        assert other.head(where, headers=TUS).status_code == 404
        assert self.send(other, where, 0, b"abc").status_code == 404
        other.delete(where, headers=TUS)
        assert sign_in(learner).head(where, headers=TUS).headers["Upload-Offset"] == "0"
