"""The command `stackproof`: its subcommands, each imported when it is asked for."""

from __future__ import annotations

import importlib
from typing import ClassVar

import click

PACKAGE = (__package__ or "").removesuffix("suites")


class Lazy(click.Group):
    """Imports a command when it is asked for: the folders never import one another.

    The pattern of click's manual, "Lazily Loading Subcommands".
    """

    commands_at: ClassVar[dict[str, str]] = {
        "check": "fixtures.check_command:check",
        "compare": "reports.compare_command:compare",
        "doctor": "fixtures.doctor_command:doctor",
        "explain": "fixtures.explain_command:explain",
        "init": "fixtures.init_command:init",
        "images": "fixtures.images_command:images",
        "prove": "fixtures.prove_command:prove",
        "report": "reports.report_command:report",
        "schema": "fixtures.schema_command:schema",
        "verify": "fixtures.verify_command:verify",
    }

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands."""
        del ctx
        return list(self.commands_at)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of that name, imported now, or None."""
        del ctx
        place = self.commands_at.get(cmd_name)
        if place is None:
            return None
        module, _, name = place.partition(":")
        command: click.Command = getattr(importlib.import_module(f"{PACKAGE}{module}"), name)
        return command


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="stackproof")
def main() -> None:
    """Check what an infrastructure document promises against the stack it describes."""


if __name__ == "__main__":
    main(prog_name="stackproof")
