"""Everything the verifier can find has its words."""

from itertools import chain

import pytest
from flask import Flask
from flask_babel import Babel

from badges.findings import Finding
from badges.verifier import Check, Outcome, Subject
from badges.wording import in_words

THINGS = list(chain(Finding, Subject, Outcome))


@pytest.fixture(autouse=True)
def english():
    app = Flask(__name__)
    Babel(app)
    with app.test_request_context():
        yield


@pytest.mark.parametrize("thing", THINGS, ids=str)
def test_everything_has_its_words(thing):
    assert str(in_words(thing))


@pytest.mark.parametrize("finding", Finding, ids=str)
def test_a_finding_is_a_plain_sentence(finding):
    sentence = str(in_words(finding))

    assert sentence.endswith(".")
    assert "!" not in sentence
    assert max(len(part.split()) for part in sentence.split(". ")) <= 17


def test_no_two_things_share_a_word():
    assert len({str(thing) for thing in THINGS}) == len(THINGS)


def test_few_findings_are_good_news():
    good = [f for f in Finding if Check(Subject.SHAPE, f).outcome is Outcome.PASSED]

    assert sorted(good) == [
        Finding.DATES_GOOD,
        Finding.ENDORSEMENT_SOUND,
        Finding.ENDORSEMENTS_GOOD,
        Finding.INSIDE_GOOD,
        Finding.ISSUER_SHOWS_IT,
        Finding.KEY_IS_THE_ISSUERS,
        Finding.MADE_HERE,
        Finding.OLDER_SOUND,
        Finding.RECIPIENT_MATCHES,
        Finding.RECORD_SOUND,
        Finding.SAME_RECIPIENT,
        Finding.SHAPE_SOUND,
        Finding.SHOWN_BY_ISSUER,
        Finding.SIGNATURE_HOLDS,
        Finding.STATUS_GOOD,
        Finding.STATUS_NOT_USED,
        Finding.TRUSTED_HERE,
        Finding.TRUSTED_LISTED,
    ]
