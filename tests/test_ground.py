"""The ground floor."""

import pytest

from tests import factories


def test_a_page_that_is_not_there_says_so_in_words(client):
    page = client.get("/no-such-page")

    assert page.status_code == 404


def test_rows_can_be_made(db):
    scheduled = factories.scheduled_session()
    factories.booking(on=scheduled)

    assert scheduled.remaining_capacity == 2


@pytest.mark.parametrize("address", ["/p/%00", "/a/x%00y", "/c/%00", "/map/%00.js"])
def test_a_zero_byte_in_a_path_is_answered_and_never_asked_of_the_database(client, address):
    assert client.get(address).status_code == 404
