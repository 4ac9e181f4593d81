"""`agree`: declare that sections say the same in both languages."""

import click

from ..audit.declared import agree
from ..project.tree import Tree
from .cli import WrongCallError, tree_option


@click.command("agree")
@click.argument("section", metavar="PART/CHAPTER[#ID]")
@tree_option
def agree_command(tree: Tree, section: str) -> None:
    """Declare sections equal in both languages.

    All sections of a page, or the one whose id is given.
    """
    name, _, ident = section.partition("#")
    if not tree.page("vi", name).is_file() or not tree.page("en", name).is_file():
        no_page = f"no page `{name}` in both languages"
        raise WrongCallError(f"docs/vi/{name}.md", None, no_page, "name it as part/chapter")
    path = agree(tree, f"{name}.md", ident)
    click.echo(f"wrote {tree.relative(path)}")
