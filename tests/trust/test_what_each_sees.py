"""Who sees which text of a learner's on which page: the matrix, and nothing beside it."""

import tomllib
from pathlib import Path

import pytest

from accounts.models import AgeBand
from tests.trust.seen_world import world_of

MATRIX = tomllib.loads(Path(__file__).with_name("what_each_sees.toml").read_text())
#: Texts that stand on none of the pages.
NOBODY = MATRIX.pop("nobody")
#: Readers whose part depends on how old the learner is.
AGES = {
    "guardian of a child": ("guardian", AgeBand.FROM_11_TO_12),
    "guardian of a teenager": ("guardian", AgeBand.FROM_13_TO_15),
    "guardian after 18": ("guardian", AgeBand.FROM_18_TO_24),
}


def seen_by(world, client):
    """Return, for each page, the texts whose marks stand on it."""
    seen = {}
    for name, (address, sent) in world.pages.items():
        answer = client.get(address) if sent is None else client.post(address, data=sent)
        found = sorted(text for text, mark in world.marks.items() if mark in answer.text)
        if found:
            seen[name] = found
    return seen


@pytest.mark.parametrize("reader", MATRIX)
def test_each_sees_what_the_matrix_says_and_nothing_else(db, client, sign_in, reader):
    who, age_band = AGES.get(reader, (reader, AgeBand.FROM_13_TO_15))
    world = world_of(db, age_band)
    user = world.readers[who]
    db.commit()
    if user is not None:
        sign_in(user)

    said = {page: sorted(texts) for page, texts in MATRIX[reader].items()}

    assert seen_by(world, client) == said


def test_every_reader_and_every_text_is_in_the_matrix(db):
    world = world_of(db, AgeBand.FROM_13_TO_15)
    told = {AGES.get(reader, (reader, None))[0] for reader in MATRIX}
    texts = {text for pages in MATRIX.values() for found in pages.values() for text in found}

    assert told == set(world.readers)
    assert texts | {*NOBODY} == set(world.marks)
