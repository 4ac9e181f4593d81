"""A synthetic project of any number of chapters, for measuring how the build grows.

One small chapter is really run; the record of each other one is that record with the chapter's name replaced, as its
code is the same. The prose differs from chapter to chapter.
"""

from collections.abc import Sequence
from pathlib import Path

import project

from snippets._engine.commands.record import record_chapters
from snippets._engine.project.tree import Tree

PARTS = ("basics", "from_numpy", "models", "training", "beyond")
CODE = '''# %% numbers
# vi: mười số đầu tiên
# en: the first ten numbers
numbers = [n * n for n in range(10)]
print(numbers)

# %% total
answer = sum(numbers)
print("total:", answer)

# %% mean
mean = answer / len(numbers)
print(f"mean: {mean:.2f}")

# %% function
def scaled(values, factor):
    """Multiply every value by a factor."""
    return [value * factor for value in values]


scaled(numbers, 0.5)[:4]

# %% plot-numbers
import matplotlib.pyplot as plt

fig, ax = plt.subplots()
ax.plot(numbers)
ax.set_xlabel("n")
plt.show()

# %% missing raises="IndexError"
numbers[10]

# %% words
words = "one two three".split()
print({word: len(word) for word in words})
'''


def names(count: int) -> list[str]:
    """The chapters, in parts of equal size."""
    return [f"{PARTS[number * len(PARTS) // count]}/chapter_{number:03}" for number in range(count)]


def make(root: Path, count: int) -> Tree:
    """A project of so many recorded chapters.

    Raises:
        RuntimeError: the one chapter that is run failed.
    """
    chapters = names(count)
    tree = project.write(root, dict.fromkeys(chapters, CODE))
    _record(tree, chapters)
    return tree


def extend(tree: Tree, count: int) -> None:
    """Add so many recorded chapters to a project, as its part "beyond".

    Raises:
        RuntimeError: the one chapter that is run failed.
    """
    chapters = [f"beyond/chapter_{number:03}" for number in range(count)]
    project.extend(tree, "beyond", dict.fromkeys(chapters, CODE))
    _record(tree, chapters)


def _record(tree: Tree, chapters: Sequence[str]) -> None:
    first, *others = chapters
    done = record_chapters(tree, [first])
    if done.problems:
        raise RuntimeError(str(done.problems[0]))
    text = tree.record(first).read_text("utf-8")
    for name in others:
        tree.record(name).parent.mkdir(parents=True, exist_ok=True)
        tree.record(name).write_text(text.replace(f'"{first}"', f'"{name}"'), "utf-8", newline="\n")
