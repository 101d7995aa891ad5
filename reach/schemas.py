"""What somebody of an authority decides about reports: what they are sent, the budget, a correction."""

from flask_babel import lazy_gettext as _l
from marshmallow import fields, validate

from app.forms import FormSchema
from app.screening import only_words
from app.terms import PeriodKind
from cube.budget import LEAST_BUDGET, MOST_BUDGET
from cube.corrections import REASON_LENGTH

_A_NUMBER = _l("Type a number from 0.1 to 4, like 1.25.")


class MailForm(FormSchema):
    """Of which lengths of periods somebody wants to be told; none is an answer too."""

    kinds = fields.List(
        fields.Enum(
            PeriodKind, by_value=True, error_messages={"unknown": _l("Choose from the list.")}
        ),
        load_default=list,
    )


class BudgetForm(FormSchema):
    """What a school year may spend."""

    rho = fields.Float(
        required=True,
        allow_nan=False,
        validate=validate.Range(LEAST_BUDGET, MOST_BUDGET, error=_A_NUMBER),
        error_messages={"required": _A_NUMBER, "invalid": _A_NUMBER, "special": _A_NUMBER},
    )


class CorrectionForm(FormSchema):
    """Which period is to be counted again, and why."""

    of_period = fields.String(
        required=True, error_messages={"required": _l("Choose which period to count again.")}
    )
    reason = fields.String(
        required=True,
        validate=[
            validate.Length(
                max=REASON_LENGTH, error=_l("Use %(max)s characters or fewer.", max=REASON_LENGTH)
            ),
            # Anybody may read it, on the public page of the city.
            only_words,
        ],
        error_messages={
            "required": _l(
                "Say why it is corrected: everyone who reads the numbers reads that too."
            )
        },
    )
