"""Handing a finished e-mail over, and to a mail server: the only file that speaks SMTP."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Protocol
from urllib.parse import SplitResult, unquote, urlsplit

#: A server that says nothing for so long is taken for gone.
TIMEOUT_S = 20.0
_PORTS = {"smtp": 587, "smtps": 465}
#: Four hundred and something: not now. Five hundred and something: never (RFC 5321, 4.2.1).
_FIRST_FINAL_CODE = 500
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class Unreachable(Exception):
    """There is no mail server that we can speak to: no message was handed over."""


class NotTaken(Exception):
    """The mail server did not take this message, or said nothing of having taken it."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        super().__init__(reason)
        #: Whether it will not take it another time either.
        self.is_final = is_final


class Mailer(Protocol):
    def send(self, message: EmailMessage) -> None:
        """Hand a message over.

        :raises Unreachable: there is nobody to hand it to.
        :raises NotTaken: it was not taken, or may not have been.
        """


@dataclass(frozen=True)
class SmtpMailer:
    """A mail server by its address: `smtp://user:password@host:port`, or `smtps://`."""

    url: str = field(repr=False)
    timeout_s: float = TIMEOUT_S

    def send(self, message: EmailMessage) -> None:
        with self._connection() as server:
            try:
                server.send_message(message)
            except smtplib.SMTPRecipientsRefused as refusal:
                raise _refused(*next(iter(refusal.recipients.values())), message) from refusal
            except smtplib.SMTPResponseException as refusal:
                raise _refused(refusal.smtp_code, refusal.smtp_error, message) from refusal
            except smtplib.SMTPNotSupportedError as refusal:
                raise NotTaken("the server takes no such address", is_final=True) from refusal
            except (smtplib.SMTPException, OSError) as silence:
                # It may have the message and have died before saying so. The next try carries the
                # same Message-ID.
                raise NotTaken(f"no answer: {type(silence).__name__}") from silence

    @contextmanager
    def _connection(self) -> Iterator[smtplib.SMTP]:
        try:
            server = self._greeted(urlsplit(self.url))
        except (smtplib.SMTPException, OSError) as error:
            raise Unreachable(f"The mail server cannot be used: {_in_words(error)}.") from error
        try:
            yield server
        finally:
            # What it says in parting changes nothing of what it took.
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _greeted(self, at: SplitResult) -> smtplib.SMTP:
        host, port = at.hostname or "", at.port or _PORTS[at.scheme]
        if at.scheme == "smtps":
            context = ssl.create_default_context()
            server = smtplib.SMTP_SSL(host, port, timeout=self.timeout_s, context=context)
        else:
            server = smtplib.SMTP(host, port, timeout=self.timeout_s)
        try:
            _introduce(server, at)
        except BaseException:
            server.close()
            raise
        return server


def _introduce(server: smtplib.SMTP, at: SplitResult) -> None:
    server.ehlo_or_helo_if_needed()
    is_private = at.scheme == "smtps" or at.hostname in _LOOPBACK
    if at.scheme == "smtp" and server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        is_private = True
    if at.username is None:
        return
    if not is_private:
        raise smtplib.SMTPException("it would read our password in the open, without STARTTLS")
    server.login(unquote(at.username), unquote(at.password or ""))


def _refused(code: int, said: bytes | str, message: EmailMessage) -> NotTaken:
    words = said.decode("ascii", "replace") if isinstance(said, bytes) else said
    reason = without_addresses(f"{code} {words}", message)
    return NotTaken(reason, is_final=code >= _FIRST_FINAL_CODE)


def without_addresses(words: str, message: EmailMessage) -> str:
    """Return what was said of a message on one line, without whom it was for.

    It is kept for longer than whom it says it of.
    """
    for address in message["To"].addresses:
        words = words.replace(address.addr_spec, "…")
    return " ".join(words.split())


def _in_words(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "it does not know our name and password"
    return str(error).rstrip(".") or type(error).__name__
