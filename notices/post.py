"""Which way our e-mail goes, as the settings say."""

from app.config import Settings
from notices.govuk import NotifyMailer
from notices.mailer import Mailer, SmtpMailer


def mailer_of(settings: Settings) -> Mailer | None:
    """Return what takes our e-mail, or nothing: then what is to be told by e-mail waits."""
    if settings.notify_key:
        return NotifyMailer(settings.notify_key, settings.notify_template, settings.notify_url)
    return SmtpMailer(settings.smtp_url) if settings.smtp_url else None
