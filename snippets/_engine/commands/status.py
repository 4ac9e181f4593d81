"""`status`: everything that can be told without running."""

import click

from ..audit.audit import audit
from ..project.tree import Tree
from .cli import counted, tree_option


@click.command("status")
@tree_option
def status_command(tree: Tree) -> None:
    """List all that is wrong, stale, unused, not parallel or behind."""
    findings = audit(tree)
    for finding in findings:
        click.echo(f"{finding.severity}: {finding}")
    click.echo(f"{counted(tree.chapters(), 'chapter')}, {counted(findings, 'finding')}")
