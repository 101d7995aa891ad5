"""The ground floor."""

from tests import factories


def test_a_page_that_is_not_there_says_so_in_words(client):
    page = client.get("/no-such-page")

    assert page.status_code == 404


def test_rows_can_be_made(db):
    scheduled = factories.scheduled_session()
    factories.booking(on=scheduled)

    assert scheduled.remaining_capacity == 2
