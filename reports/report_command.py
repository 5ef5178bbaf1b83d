"""`stackproof report`: render the formats again from a report.json or a prove.json."""

from __future__ import annotations

from pathlib import Path

import click

from . import document, proof, proof_html, writing
from .document import BadReport


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--format",
    "formats",
    default=",".join(writing.FILES),
    show_default=True,
    help="Formats to write, with commas.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write into; by default the one that FILE is in.",
)
def report(file: Path, formats: str, out: Path | None) -> None:
    """Render HTML, JUnit XML, Markdown and SARIF again from the report.json FILE.

    Of a prove.json, which `stackproof prove` writes, the page of its kill matrix.
    """
    wanted = [name.strip() for name in formats.split(",")]
    unknown = [name for name in wanted if name not in writing.FILES]
    if unknown:
        known = ", ".join(writing.FILES)
        raise click.BadParameter(f"{unknown[0]!r} is none of {known}", param_hint="--format")
    try:
        if proof.is_proof(file):
            written = [(out or file.parent) / proof_html.FILE]
            proof_html.write(proof.load(file), written[0])
        else:
            read = document.load(file)
            written = writing.write_formats(read, wanted, out or file.parent)
    except BadReport as error:
        click.echo(f"stackproof report: {error}", err=True)
        raise SystemExit(2) from None
    except OSError as error:
        click.echo(f"stackproof report: {error.filename}: {error.strerror}", err=True)
        raise SystemExit(2) from None
    for path in written:
        click.echo(path)
