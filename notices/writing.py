"""Writing a notice: as an e-mail of plain text in the language of whoever reads it, or for an inbox.

Both say the same words, of one template; a letter has a greeting and our name around them.

Names and titles are other people's words. In a header they are put on one line before they get
there, and the policy of `EmailMessage` refuses a line end that came through all the same.
"""

import re
from collections.abc import Callable
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from typing import Any
from urllib.parse import urlsplit

from flask import current_app, render_template
from flask_babel import force_locale, get_locale
from marshmallow import ValidationError

from app.config import Settings
from app.web import public_url
from notices.kinds import MANNERS
from notices.models import Notice

_NOT_ON_A_LINE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
_SUBJECT_LENGTH = 150
#: What an officer writes may have lines of its own.
_IN_PARAGRAPHS = "words"


class Unwritable(Exception):
    """A notice that cannot be an e-mail: nobody reads it, or its words are missing."""


def written(notice: Notice) -> EmailMessage:
    """Return a notice as the message that a mail server takes.

    Written again it is the same message, by its Message-ID.

    :raises Unwritable: whom it is for has no account or address any more, or what it tells cannot
        be read.
    """
    message = EmailMessage(policy=SMTP)
    try:
        message["To"] = _addressed(notice)
        if sender := _sender():
            message["From"] = sender
        with force_locale(notice.language):
            subject, body = words_of(notice, "notices/_letter.txt", _address_for(notice.language))
        message["Subject"] = subject
    except (ValueError, LookupError, MessageError, ValidationError) as error:
        raise Unwritable(f"cannot be written: {type(error).__name__}") from error
    message["Date"] = format_datetime(notice.told_at)
    message["Message-ID"] = f"<notice-{notice.uuid}@{urlsplit(public_url()).hostname}>"
    # Holiday messages answer to people, not to us (RFC 3834).
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(body)
    message["Content-Language"] = notice.language
    return message


def on_one_line(words: str) -> str:
    """Return other people's words without line ends, or marks that turn the line around."""
    return _NOT_ON_A_LINE.sub(" ", words).strip()


def words_of(notice: Notice, layout: str, address: Callable[[str], str]) -> tuple[str, str]:
    """Return the subject and the text of a notice, in the language of the moment.

    :param layout: the template that the words stand in.
    :param address: how a path of ours is written.
    :raises ValidationError: its details are not those of its kind.
    """
    manner = MANNERS[notice.kind]
    details = _tamed(manner.details().load(notice.details))
    subject = (str(manner.subject) % details)[:_SUBJECT_LENGTH]
    body = render_template(
        f"notices/{notice.kind.value}.txt",
        **details,
        layout=layout,
        language=str(get_locale()),
        name=on_one_line(notice.user.name) if notice.user else "",
        address=address,
    )
    return subject, body


def _addressed(notice: Notice) -> Address:
    if notice.user is None:
        return Address(addr_spec=notice.email or "")
    if not notice.user.is_active or notice.user.email is None:
        raise Unwritable("the account is closed")
    return Address(on_one_line(notice.user.name), addr_spec=notice.user.email)


def _sender() -> Address | None:
    settings: Settings = current_app.extensions["settings"]
    name, address = parseaddr(settings.mail_from)
    # GOV.UK Notify knows by itself whom it writes for.
    return Address(name, addr_spec=address) if address else None


def _tamed(value: Any, name: str = "") -> Any:
    """Return details with each name and title on one line, so that none passes for our own words."""
    if isinstance(value, dict):
        return {name: _tamed(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [_tamed(each) for each in value]
    if isinstance(value, str):
        lines = value.splitlines() if name == _IN_PARAGRAPHS else [value]
        return "\n".join(on_one_line(line) for line in lines)
    return value


def _address_for(language: str) -> Callable[[str], str]:
    def address(path: str) -> str:
        """Return the address of a page in the language of the e-mail."""
        return public_url(("/cy" if language == "cy" else "") + path)

    return address
