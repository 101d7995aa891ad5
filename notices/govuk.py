"""Handing a finished e-mail to GOV.UK Notify: the only file that speaks its API.

The service there has one template for all we send, whose subject is `((subject))` and whose message
is `((body))`.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from notices.mailer import TIMEOUT_S, NotTaken, Unreachable, without_addresses

#: Its own name for what it does not take as it is: the address, or the template.
_BAD_REQUEST = 400

# It would repeat what Notify answers, and that may hold the address that was written to.
logging.getLogger("notifications_python_client").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class NotifyMailer:
    """GOV.UK Notify, by the key and the template of a service there."""

    key: str = field(repr=False)
    template: str
    url: str
    timeout_s: float = TIMEOUT_S

    def send(self, message: EmailMessage) -> None:
        """Hand a message over, unless Notify has it already.

        A sender may have died after it handed it over. So Notify is asked first, by the name of the
        message: what it has, it does not get twice.
        """
        notify = NotificationsAPIClient(self.key, self.url, timeout=self.timeout_s)
        with _reached():
            known = notify.get_all_notifications(reference=message["Message-ID"])
        if known["notifications"]:
            return
        try:
            notify.send_email_notification(
                message["To"].addresses[0].addr_spec,
                self.template,
                personalisation={"subject": message["Subject"], "body": message.get_content()},
                reference=message["Message-ID"],
            )
        except APIError as refusal:
            raise _refused(refusal, message) from refusal


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except APIError as error:
        reason = f"GOV.UK Notify cannot be used: it answers {error.status_code}."
        raise Unreachable(reason) from error


def _refused(refusal: APIError, message: EmailMessage) -> NotTaken:
    reason = without_addresses(f"{refusal.status_code} {refusal.message}", message)
    return NotTaken(reason, is_final=refusal.status_code == _BAD_REQUEST)
