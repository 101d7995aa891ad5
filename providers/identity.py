"""Numbers of the public registers: how each is written, and where anyone can look it up."""

import re
from dataclasses import dataclass

from flask_babel import gettext as _

from app.errors import Refusal
from providers.models import Register


class NoSuchNumber(Refusal):
    """It is not written like a number of that register."""


@dataclass(frozen=True)
class _Numbers:
    #: As it is kept, and as the database's own constraint has it (migration 0008).
    written: str
    example: str
    page: str


_NUMBERS = {
    Register.CHARITY_ENGLAND_WALES: _Numbers(
        r"\d{6,7}",
        "1134567",
        "https://register-of-charities.charitycommission.gov.uk/charity-details/?regid={}&subid=0",
    ),
    Register.CHARITY_SCOTLAND: _Numbers(
        r"SC\d{6}",
        "SC012345",
        "https://www.oscr.org.uk/about-charities/search-the-register/charity-details?number={}",
    ),
    Register.CHARITY_NORTHERN_IRELAND: _Numbers(
        r"NIC\d{6}",
        "NIC100123",
        "https://www.charitycommissionni.org.uk/charity-details/?regId={digits}&subId=0",
    ),
    Register.COMPANY: _Numbers(
        r"\d{8}|[A-Z]{2}\d{6}",
        "01234567",
        "https://find-and-update.company-information.service.gov.uk/company/{}",
    ),
    Register.SCHOOL: _Numbers(
        r"\d{6}",
        "123456",
        "https://get-information-schools.service.gov.uk/Establishments/Establishment/Details/{}",
    ),
}


def registration_number(register: Register, typed: str) -> str:
    """Return a number as its register writes it.

    :raises NoSuchNumber: it is not written like one; the message gives an example.
    """
    tidy = re.sub(r"[\s./-]", "", typed).upper()
    if register is Register.COMPANY and re.fullmatch(r"\d{6,7}", tidy):
        # People leave the noughts out that the register begins with.
        tidy = tidy.zfill(8)
    if not re.fullmatch(_NUMBERS[register].written, tidy, re.ASCII):
        raise NoSuchNumber(_("Type a number like %(example)s.", example=_NUMBERS[register].example))
    return tidy


def register_page(register: Register, number: str) -> str:
    """Return the address at which the register itself tells of an organisation."""
    digits = re.sub(r"\D", "", number)
    return _NUMBERS[register].page.format(number, digits=digits)
