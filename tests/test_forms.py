"""What a form takes as typed."""

import pytest
from werkzeug.datastructures import MultiDict

from app.forms import read_form
from opportunities.fund_schemas import FundForm


def named(typed):
    return read_form(
        FundForm(), MultiDict({"name": typed, "starts_on": "2026-09-01", "ends_on": "2027-07-31"})
    )


@pytest.mark.parametrize("typed", ["", "  ", "\u200b", " \u2060\ufeff ", "\0", "\u2028"])
def test_what_leaves_nothing_on_a_page_is_nothing(app, typed):
    with app.test_request_context():
        assert set(named(typed).errors) == {"name"}


@pytest.mark.parametrize("typed", ["Ana", "\u200bAna", "عل\u200cی", "👩\u200d🚀"])
def test_signs_that_join_letters_stay_where_there_are_letters(app, typed):
    with app.test_request_context():
        assert named(typed).data["name"] == typed
