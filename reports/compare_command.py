"""`stackproof compare`: which promises changed their verdict from one report to the next."""

from __future__ import annotations

from pathlib import Path

import click

from . import comparing, document
from .document import BadReport


@click.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
def compare(old: Path, new: Path) -> None:
    """List the promises whose verdict in NEW is not that of OLD; both are report.json files.

    Exit code 1: a promise broke, or a finding is out of date. 2: a file is no report.
    """
    try:
        made = comparing.compare(document.load(old), document.load(new))
    except BadReport as error:
        click.echo(f"stackproof compare: {error}", err=True)
        raise SystemExit(2) from None
    click.echo(comparing.told(made))
    raise SystemExit(made.exit_code)
