"""The proof's page: which mutant breaks which promise, and what the proof still lacks."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup

from .observed import seconds
from .proof import Proof

TEMPLATES = Path(__file__).with_name("templates")
FILE = "prove.html"

MARKS = {
    "broke": "broke, as it must",
    "missed": "was to break, and did not",
    "foreign": "broke or could not be decided, though the mutant does not name it",
    "unobservable": "cannot be observed here, also in the unchanged stack",
    "unseen": "not looked at for this mutant: another mutant breaks it",
}


def write(proof: Proof, path: Path) -> None:
    """Write the page of *proof*; everything that comes from outside is escaped."""
    path.write_text(render(proof), encoding="utf-8")


def render(proof: Proof) -> str:
    """Return the page of *proof*."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["seconds"] = seconds
    # Our own file: it is part of the page, not data in it.
    css = (TEMPLATES / "report.css").read_text(encoding="utf-8")
    return env.get_template("prove.html.j2").render(
        proof=proof,
        run=proof.run,
        marks=MARKS,
        css=Markup(css),  # noqa: S704
    )
