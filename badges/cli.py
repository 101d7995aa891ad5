"""Commands that draw a badge and check one."""

import json
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import TextIO
from uuid import UUID

import click
from flask import Flask, current_app
from flask.cli import AppGroup
from flask_babel import gettext as _

from app import clock
from app.db import current_db, unit_of_work
from app.errors import NotFound
from badges.art import STRANDS, badge_svg, icon_names
from badges.bake import LARGEST_UPLOAD_BYTES
from badges.custody import rotate_host_key, rotate_keys, withdraw_key
from badges.frameworks import load_framework
from badges.keys import KeyLocked
from badges.log import all_lines, first_break, last_line
from badges.queries import (
    badge_with,
    issuer_named,
    issuers_with_keys,
    key_named,
    trusted_issuers,
)
from badges.resolver import FETCHER, Asking, check_address, check_upload
from badges.service import distrust_issuer, reissue, trust_issuer
from badges.signing import seal_anew, signing_host
from badges.verifier import Verification
from badges.views import issuing_host
from badges.wording import in_words, sum_inside

_MINUTES = ["%Y-%m-%dT%H:%M"]

badges = AppGroup("badges", help="Draw badges, and find out whether one is real.")


def init_app(app: Flask) -> None:
    app.cli.add_command(badges)


@badges.command()
@click.argument("slug")
@click.option("--strand", type=click.Choice(sorted(STRANDS)), default="explore", show_default=True)
@click.option("--level", type=click.IntRange(1, 4), default=1, show_default=True)
@click.option("--icon", type=click.Choice(icon_names()), default="award", show_default=True)
@click.option("--out", type=click.Path(dir_okay=False, writable=True, path_type=Path))
def draw(slug: str, strand: str, level: int, icon: str, out: Path | None) -> None:
    """Draw the picture of the badge SLUG as SVG."""
    svg = str(badge_svg(slug, strand, level=level, icon=icon))
    if out:
        out.write_text(svg)
    else:
        click.echo(svg)


@badges.command()
@click.argument("badge")
@click.option("--email", default="", help="Compare whom it is for with this address.")
@click.option("--json", "as_json", is_flag=True, help="Say what was found as JSON.")
@click.pass_context
def verify(context: click.Context, badge: str, email: str, as_json: bool) -> None:
    """Check BADGE: a file (JSON, JWT, PNG or SVG; - for what is piped in) or an https address.

    Exit status 1 unless every check passed.
    """
    asking = Asking(
        issuing_host(), clock.now(), current_app.extensions.get("badge_fetcher", FETCHER)
    )
    if badge.startswith("https://"):
        found = check_address(badge, asking, email=email)
    else:
        found = check_upload(_content_of(badge), asking, email=email)
    if as_json:
        checks = {check.subject: [check.outcome, check.finding] for check in found.checks}
        inside = Counter(each.outcome for each in found.inside)
        click.echo(json.dumps({"outcome": found.outcome, "checks": checks, "inside": inside}))
    else:
        _say(found)
        if found.inside:
            click.echo(f"\n{sum_inside(found)}")
        for number, each in enumerate(found.inside, start=1):
            if not each.is_valid:
                click.echo(f"\n{number}. {each.issuer_domain or each.issuer_id}:")
                _say(each)
        for endorsement in found.endorsements:
            click.echo(f"\n{endorsement.issuer_domain or endorsement.issuer_id}:")
            _say(endorsement)
    context.exit(0 if found.is_valid else 1)


@badges.command()
@click.argument("issuer_id")
@click.argument("name")
def trust(issuer_id: str, name: str) -> None:
    """Put an issuer elsewhere on the list of those that are known, by its did:web or https id."""
    with unit_of_work() as db:
        trust_issuer(db, issuer_id=issuer_id, name=name)
    click.echo(f"{issuer_id} is known as {name}.")


@badges.command()
@click.argument("issuer_id")
def distrust(issuer_id: str) -> None:
    """Take an issuer from the list of those that are known."""
    with unit_of_work() as db:
        distrust_issuer(db, issuer_id=issuer_id)
    click.echo(f"{issuer_id} is no longer on the list.")


@badges.command()
def trusted() -> None:
    """List the issuers elsewhere that are known."""
    for known in trusted_issuers(current_db()):
        click.echo(f"{known.issuer_id}  {known.name}")


@badges.command("rotate-key")
@click.argument("organisation", required=False)
@click.option("--all", "every", is_flag=True, help="Each organisation that has signed anything.")
@click.option("--host", "own", is_flag=True, help="This site itself, which signs records.")
@click.option("--json", "as_json", is_flag=True, help="Say the new keys as JSON.")
def rotate_key(organisation: str | None, every: bool, own: bool, as_json: bool) -> None:
    """Give ORGANISATION, by its address, new keys to sign with.

    What the old ones signed still counts, since they stay in its did.json. Once a year, and when
    somebody leaves who could read them.
    """
    if every + own + bool(organisation) != 1:
        raise click.UsageError("Name an organisation, or say --all or --host.")
    if own:
        with unit_of_work() as db:
            key = rotate_host_key(db, host=signing_host(), now=clock.now())
        click.echo(json.dumps({"key": key.multikey}) if as_json else key.multikey)
        return
    slugs = [each.slug for each in issuers_with_keys(current_db())] if every else [organisation]
    for slug in slugs:
        with unit_of_work() as db:
            issuer = issuer_named(db, slug or "")
            if issuer is None:
                raise NotFound(_("We cannot find that organisation."))
            key, token_key = rotate_keys(db, issuer=issuer, host=signing_host(), now=clock.now())
            names = {"organisation": slug, "key": key.multikey, "token_key": token_key.name}
        click.echo(json.dumps(names) if as_json else " ".join(map(str, names.values())))


@badges.command()
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, help="Say what happens as JSON.")
def compromised(key: str, as_json: bool) -> None:
    """Let nothing count any more that KEY signed: its address, did:web:…#…, or z6Mk….

    It leaves did.json at once. script/worker signs its badges anew, or takes them back, within
    fifteen minutes.
    """
    with unit_of_work() as db:
        found = key_named(db, key)
        if found is None:
            raise NotFound(_("We know no such key."))
        count = withdraw_key(db, key=found, now=clock.now())
    if as_json:
        click.echo(json.dumps({"key": key, "badges": count}))
    else:
        click.echo(f"{key} counts no more. To be signed anew: {count} badges.")


@badges.command("change-secret")
@click.option("--old", envvar="OLD_KEYS_SECRET", prompt=True, hide_input=True)
def change_secret(old: str) -> None:
    """Lock every key with KEYS_SECRET that was locked with OLD_KEYS_SECRET until now.

    Stop the workers first. A site whose words of concerns were locked with the old one as well keeps
    that as CONCERNS_SECRET: what locks keys is then the workers' alone.
    """
    try:
        with unit_of_work() as db:
            count = seal_anew(db, host=signing_host(), old_secret=old)
    except KeyLocked as locked:
        raise click.ClickException(str(locked)) from None
    click.echo(f"{count} keys are locked with the new secret.")


@badges.command()
@click.argument("uuid", type=click.UUID)
@click.option("--started", type=click.DateTime(_MINUTES), help="When it really began, in London.")
@click.option("--ended", type=click.DateTime(_MINUTES), help="When it really ended, in London.")
def correct(uuid: UUID, started: datetime | None, ended: datetime | None) -> None:
    """Issue the badge UUID again: same address, newer date, and what is known today.

    Its files from before still pass; whoever asks its address gets the new one.
    """
    with unit_of_work() as db:
        credential = badge_with(db, uuid)
        if credential is None:
            raise NotFound(_("We cannot find that badge."))
        reissue(
            db,
            credential=credential,
            now=clock.now(),
            activity_started_at=_in_london(started),
            activity_ended_at=_in_london(ended),
        )
    click.echo(f"{uuid} is issued again.")


@badges.command("load-framework")
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@click.option("--code", required=True, help="Short, and the same for each edition: esco.")
@click.option("--edition", required=True, help="Like 1.2.")
@click.option("--name", required=True, help="What people call it.")
@click.option("--publisher", required=True, help="The address of whoever publishes it.")
def read_framework(file: TextIO, code: str, edition: str, name: str, publisher: str) -> None:
    """Read one edition of a list of skills from FILE, a CSV of ESCO's or with code,name,description,url.

    A file is read as a whole or not at all. Read again, it brings its lines up to date.
    """
    with unit_of_work() as db:
        count = load_framework(db, code=code, version=edition, name=name, url=publisher, lines=file)
    click.echo(f"{name}, {edition}: {count} lines.")


@badges.command("check-log")
@click.pass_context
def check_log(context: click.Context) -> None:
    """Follow the log of signatures from its first line. Exit status 1 where it breaks."""
    broken = first_break(all_lines(current_db()))
    last = last_line(current_db())
    if broken is not None:
        click.echo(f"Line {broken} does not follow from the one before.")
        context.exit(1)
    click.echo(f"{last.number} lines, the last {last.hash}" if last else "Nothing is signed yet.")


def _in_london(moment: datetime | None) -> datetime | None:
    return moment.replace(tzinfo=clock.LONDON) if moment else None


def _content_of(file: str) -> bytes:
    with click.open_file(file, "rb") as opened:
        return opened.read(LARGEST_UPLOAD_BYTES + 1)


def _say(found: Verification) -> None:
    for check in found.checks:
        click.echo(
            f"{in_words(check.subject)}: {in_words(check.outcome)}. "
            f"{in_words(check.finding, found.kind)}"
        )
