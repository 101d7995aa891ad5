"""What the forms of organisations and of the council's officers take in."""

import re
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from marshmallow import ValidationError, fields, validate, validates_schema

from accounts.schemas import email_address, new_password, person_name
from app.forms import FormSchema
from app.screening import only_words
from providers.models import AssuranceKind, CheckLevel, MemberRole, ProviderKind, Register

DESCRIPTION_LENGTH = 300
EVIDENCE_LENGTH = 300
REASON_LENGTH = 500
#: What the choice of a register says for a group that is on none.
NO_REGISTER = "none"

_DAY = re.compile(r"(\d{1,2})[ /.-](\d{1,2})[ /.-](\d{4})", re.ASCII)
#: As many digits as the number of a certificate has, where they are no part of an address.
_CERTIFICATE = re.compile(r"(?<![\w/=.+-])\d(?: ?\d){11}(?![\w/-])", re.ASCII)
#: Beyond these nobody means what they typed, and reckoning with days comes to an end.
_FIRST, _LAST = date(1990, 1, 1), date(2100, 1, 1)
_PAPER = _l("Leave the number of the certificate out. We must not keep it.")


class Act(StrEnum):
    """What an officer does about an organisation as a whole."""

    IDENTITY = "identity"
    APPROVE = "approve"
    REFUSE = "refuse"
    SUSPEND = "suspend"


class Verdict(StrEnum):
    """What an officer does about pieces of evidence."""

    ACCEPT = "accept"
    REFUSE = "refuse"


def no_certificate(text: str) -> None:
    """Refuse what looks like the number of a certificate."""
    if _CERTIFICATE.search(text):
        raise ValidationError(str(_PAPER))


class Day(fields.Field):
    """A day, as browsers send it or as people type it: `2026-11-28`, `28/11/2026`."""

    def _deserialize(self, value: Any, attr, data, **_more) -> date:
        day = _read(value)
        if day is None or not _FIRST <= day <= _LAST:
            raise ValidationError(_("Type a day, like 28/11/2026."))
        return day


def _read(typed: str) -> date | None:
    written = _DAY.fullmatch(typed)
    try:
        if written:
            day, month, year = (int(part) for part in written.groups())
            return date(year, month, day)
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _choice(kind, missing) -> fields.Enum:
    return fields.Enum(
        kind,
        by_value=True,
        required=True,
        error_messages={"required": missing, "unknown": missing},
    )


def _description() -> fields.String:
    return fields.String(
        required=True,
        error_messages={"required": _l("Say what young people can do with you.")},
        # It may change after officers looked at it, so it is a form that refuses.
        validate=[
            validate.Length(max=DESCRIPTION_LENGTH, error=_l("Use 300 characters or fewer.")),
            only_words,
        ],
    )


def _reason() -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Length(max=REASON_LENGTH, error=_l("Use 500 characters or fewer.")),
    )


class Application(FormSchema):
    """The one page on which an organisation joins."""

    organisation = fields.String(
        required=True,
        error_messages={"required": _l("Type the name of your organisation.")},
        validate=[
            validate.Length(max=80, error=_l("Use 80 characters or fewer.")),
            validate.Predicate("isprintable", error=_l("Use letters, numbers and spaces.")),
            only_words,
        ],
    )
    kind = fields.Enum(
        ProviderKind,
        by_value=True,
        required=True,
        error_messages={
            "required": _l("Choose what kind of organisation you are."),
            "unknown": _l("Choose what kind of organisation you are."),
        },
    )
    #: Asked only where there is more than one.
    city = fields.String(load_default="")
    description = _description()
    safeguarding_lead = person_name(_l("Type the name of your safeguarding lead."))
    name = person_name(_l("Type your name."))
    email = email_address()
    password = new_password()


class Details(FormSchema):
    """What an organisation says of itself."""

    register = fields.String(
        required=True,
        error_messages={"required": _l("Choose your register, or say that you are on none.")},
        validate=validate.OneOf(
            [*(each.value for each in Register), NO_REGISTER],
            error=_l("Choose your register, or say that you are on none."),
        ),
    )
    number = fields.String(
        load_default="", validate=validate.Length(max=40, error=_l("Use 40 characters or fewer."))
    )
    description = _description()
    safeguarding_lead = person_name(_l("Type the name of your safeguarding lead."))

    @validates_schema
    def a_register_has_a_number(self, data, **_more) -> None:
        if data.get("register") not in (None, NO_REGISTER) and not data.get("number"):
            raise ValidationError(_("Type your number in that register."), "number")


class PaperForm(FormSchema):
    """One thing that an organisation has in place, of a kind that is about nobody."""

    seen_on = Day(required=True, error_messages={"required": _l("Type the day.")})
    seen_by = person_name(_l("Type who made it or saw it."))
    evidence = fields.String(
        required=True,
        error_messages={"required": _l("Say where an officer can find it.")},
        validate=[
            validate.Length(max=EVIDENCE_LENGTH, error=_l("Use 300 characters or fewer.")),
            no_certificate,
        ],
    )


class InsuranceForm(PaperForm):
    """Insurance has a last day of its own."""

    expires_on = Day(required=True, error_messages={"required": _l("Type the last day.")})


class TrainingForm(PaperForm):
    """The training of somebody who is named."""

    person = person_name(_l("Type their name."))


class CheckForm(TrainingForm):
    """The check of somebody's record: its level, and never its number."""

    level = _choice(CheckLevel, _l("Choose which check it was."))


#: The form of each kind.
PAPER_FORMS: dict[AssuranceKind, type[PaperForm]] = {
    AssuranceKind.SAFEGUARDING_POLICY: PaperForm,
    AssuranceKind.SAFEGUARDING_LEAD: TrainingForm,
    AssuranceKind.INSURANCE: InsuranceForm,
    AssuranceKind.RISK_ASSESSMENT: PaperForm,
    AssuranceKind.STAFF_CHECK: CheckForm,
}


class InvitationForm(FormSchema):
    """Whom to invite, and what they will do."""

    email = email_address()
    role = _choice(MemberRole, _l("Choose what they will do."))


class NewcomerForm(FormSchema):
    """Somebody who was invited and has no account yet."""

    name = person_name(_l("Type your name."))
    password = new_password()


class RoleForm(FormSchema):
    """What somebody does from now on."""

    role = _choice(MemberRole, _l("Choose what they will do."))


class AskForm(FormSchema):
    """Which organisation to ask."""

    name = fields.String(
        required=True,
        error_messages={"required": _l("Type the name of the organisation.")},
        validate=validate.Length(max=200, error=_l("Use 200 characters or fewer.")),
    )


class AnswerForm(FormSchema):
    """Yes or no to a body that asks."""

    answer = fields.String(
        required=True,
        error_messages={"required": _l("Choose yes or no.")},
        validate=validate.OneOf(["yes", "no"], error=_l("Choose yes or no.")),
    )


class DecisionForm(FormSchema):
    """What an officer decides about an organisation, and why."""

    act = _choice(Act, _l("Choose what you decide."))
    reason = _reason()


class EvidenceForm(FormSchema):
    """What an officer decides about some pieces of evidence, and why."""

    paper = fields.List(
        fields.UUID(error_messages={"invalid_uuid": _l("Choose at least one.")}),
        required=True,
        error_messages={"required": _l("Choose at least one.")},
    )
    verdict = _choice(Verdict, _l("Choose whether it will do."))
    paper_reason = _reason()
