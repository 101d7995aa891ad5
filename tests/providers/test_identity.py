"""Numbers of public registers, as people type them and as they are kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sqlalchemy import text

from providers.identity import NoSuchNumber, register_page, registration_number
from providers.models import Register
from tests import factories


@pytest.mark.parametrize(
    ("register", "typed", "kept"),
    [
        (Register.CHARITY_ENGLAND_WALES, "1134 567", "1134567"),
        (Register.CHARITY_ENGLAND_WALES, "206244", "206244"),
        (Register.CHARITY_SCOTLAND, "sc 012345", "SC012345"),
        (Register.CHARITY_NORTHERN_IRELAND, "nic100123", "NIC100123"),
        (Register.COMPANY, "1234567", "01234567"),
        (Register.COMPANY, "SC123456", "SC123456"),
        (Register.SCHOOL, "100000", "100000"),
    ],
)
def test_a_number_is_kept_as_its_register_writes_it(db, register, typed, kept):
    assert registration_number(register, typed) == kept
    factories.provider(registered_with=register, registration_number=kept)
    assert register_page(register, kept).startswith("https://")
    assert kept.lstrip("NIC") in register_page(register, kept)


@pytest.mark.parametrize(
    ("register", "typed"),
    [
        (Register.CHARITY_ENGLAND_WALES, ""),
        (Register.CHARITY_ENGLAND_WALES, "12345"),
        (Register.CHARITY_ENGLAND_WALES, "SC012345"),
        (Register.CHARITY_SCOTLAND, "012345"),
        (Register.COMPANY, "123"),
        (Register.COMPANY, "../../x"),
        (Register.SCHOOL, "=1+1"),
        (Register.SCHOOL, "١٢٣٤٥٦"),
        (Register.COMPANY, "1" * 10_000),
    ],
)
def test_what_is_no_number_is_refused_with_an_example(app, register, typed):
    with app.test_request_context(), pytest.raises(NoSuchNumber, match="Type a number like"):
        registration_number(register, typed)


@given(some.sampled_from(Register), some.text(max_size=12))
def test_whatever_is_typed_is_a_number_that_the_database_takes_or_none(register, typed):
    try:
        kept = registration_number(register, typed)
    except (NoSuchNumber, RuntimeError):  # no page, so no language to say it in
        return
    assert kept.isascii()
    assert kept.isalnum()
    assert "<" not in register_page(register, kept)


def test_the_database_takes_no_other_form(db):
    written = db.scalar(
        text(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_provider_number_of_register'"
        )
    )
    assert all(register.value in written for register in Register)
