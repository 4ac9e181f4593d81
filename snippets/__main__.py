"""The command line. What a command takes and does stands in `_engine/commands`, one file a command."""

import io
import sys

import click

from snippets._engine.commands.agree import agree_command
from snippets._engine.commands.check import check_command
from snippets._engine.commands.cli import Commands, root_option
from snippets._engine.commands.new import new_command
from snippets._engine.commands.record import record_command
from snippets._engine.commands.run import run_command
from snippets._engine.commands.status import status_command


@click.group(
    cls=Commands,
    commands=[record_command, check_command, status_command, agree_command, run_command, new_command],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@root_option
def main() -> None:
    """Run, record and check the snippets that the pages show."""


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a locale that lacks a letter must not end the command
    main(prog_name="python -m snippets")
