"""What a learner kept, where others may see it: in a pack, and on the page of an adult who helps."""

import re

import pytest

from app.errors import Conflict, NotFound
from evidence import service as evidence
from evidence.service import About
from packs.queries import contents_of
from packs.service import MOST_PIECES, choose_pieces, share
from record.queries import page_of, strands_for
from supporters.models import SupportScope
from tests import factories
from tests.factories import NOW
from tests.record.there import logged
from tests.supporters.people import helped, supporter


@pytest.fixture
def learner(db):
    return factories.learner()


def _kept(db, learner, title="The pot I made", **more):
    about = About(title=title, words="It held water.", happened_on=NOW.date(), **more)
    return evidence.add_words(db, learner=learner, about=about, now=NOW)


def _pack(db, learner):
    keys = [line.key for line in page_of(db, learner, strands_for(db, learner)).lines]
    given = {"label": "x", "shows_name": False, "shows_hours": False, "days": 7}
    return share(db, learner=learner, line_keys=keys, secret="s", now=NOW, **given)


def test_a_pack_shows_the_pieces_that_were_chosen_beside_their_line(db, learner):
    activity = logged(db, learner)
    piece, _other = _kept(db, learner, belongs_with=activity), _kept(db, learner, "Kept back")
    pack = _pack(db, learner)

    choose_pieces(db, learner=learner, uuid=pack.uuid, pieces=[piece.uuid])

    contents = contents_of(db, pack)
    assert list(contents.pieces) == [piece]
    assert contents.pieces_of(contents.lines[0]) == [piece]
    evidence.delete_piece(db, learner=learner, uuid=piece.uuid)
    db.expire_all()
    assert list(contents_of(db, pack).pieces) == []


def test_no_private_try_and_nobody_elses_piece_gets_into_a_pack(db, learner):
    logged(db, learner)
    pack = _pack(db, learner)
    private, theirs = _kept(db, learner, is_try=True), _kept(db, factories.learner())

    for piece in (private, theirs):
        with pytest.raises(NotFound):
            choose_pieces(db, learner=learner, uuid=pack.uuid, pieces=[piece.uuid])
    many = [_kept(db, learner, f"Piece {number}").uuid for number in range(MOST_PIECES + 1)]
    with pytest.raises(Conflict):
        choose_pieces(db, learner=learner, uuid=pack.uuid, pieces=many)
    with pytest.raises(Conflict):
        evidence.let_see(db, learner=learner, uuid=private.uuid, is_shared=True)


def test_adults_see_what_was_shared_where_the_learner_let_them_see_evidence(db, sign_in, learner):
    shared, _own = _kept(db, learner), _kept(db, learner, "Kept back")
    sees, other = supporter(), supporter()
    helped(db, learner, sees, scopes=[SupportScope.SEE_EVIDENCE], now=NOW)
    helped(db, learner, other, scopes=[SupportScope.SEE_RECORD], now=NOW)
    db.commit()
    address = f"/support/{learner.uuid}"

    assert "The pot I made" not in sign_in(sees).get(address).text
    sign_in(learner).post(f"/me/evidence/{shared.uuid}/seen/yes")
    page = sign_in(sees).get(address).text
    assert "The pot I made" in page
    assert "Kept back" not in page
    assert "The pot I made" not in sign_in(other).get(address).text
    sign_in(learner).post(f"/me/evidence/{shared.uuid}/seen/no")
    assert "The pot I made" not in sign_in(sees).get(address).text


def test_whoever_opens_a_pack_sees_a_piece_and_no_other(db, sign_in, learner):
    activity = logged(db, learner)
    piece, other = _kept(db, learner, belongs_with=activity), _kept(db, learner, "Kept back")
    db.commit()
    me = sign_in(learner)
    made = me.post(
        "/me/sharing/new",
        data={"lines": f"logged_{activity.uuid}", "days": "30", "label": "college"},
    ).location
    me.post(f"{made}/pieces", data={"pieces": str(piece.uuid)})
    address = re.search(r'href="http://localhost(/s/[^"]+)"', me.get(made).text)[1]

    assert "The pot I made" in me.get(address).text
    assert "The pot I made" in me.get(f"{address}/line/logged/{activity.uuid}").text
    assert "It held water." in me.get(f"{address}/piece/{piece.uuid}").text
    assert me.get(f"{address}/piece/{other.uuid}").status_code == 404
