"""From a snippet to a page: plain Python, no mkdocs. Each room imports only the rooms above it (tests/test_rooms.py).

project    files, findings, what is kept between runs    a wrong path or message, half a file, exceptions.toml
chapters   a snippet as cells, what running it gives     a cell or option misread, the form of a value, a figure's inks
run        the caller's side: starts, hands out, gathers the order, threads, data, imports or deadline of a run
child      the processes of a run                        a chapter that hangs; an output or value wrong when run
records    the notebook on disk                          right when run, wrong in docs/notebooks; stale or not
diffs      two runs held against each other              a change unnoticed, or told where there is none
pages      what a page asks for                          a directive, value, invitation, heading or formula misread
render     what a page becomes; all addresses            right in the record, wrong on the page; alt text missing
copies     a page as plain Markdown, as a notebook       wrong text or link in the .ipynb or .md readers take away
terms      the glossary                                  a term not found, a word banned by mistake
audit      what can be told without running anything     parity, typed numbers, stale, behind: missed, or a false alarm
commands   one file a command                            what `python -m snippets …` does, says, leaves as status
live       recording while somebody edits                a saved cell not run, or run slowly, in `mkdocs serve`

An output goes down through run, child, records, render. `_site` frames it, builds, caches and serves: a slow build, a
look, a wrong menu are mended there (its own map). What a snippet may hold stands in chapters/cells.py, what a page
may ask for in pages/directives.py, where it may stand in pages/holders.py, how values are written in pages/values.py,
what it invites to in pages/links.py (project/tries.py finds the tests, tests/snippets/attempts.py runs them),
what must be there once it is rendered in audit/counted.py, what may differ between two runs in diffs/compare.py, why
they differ in diffs/causes.py, which record a page shows first in records/chosen.py, which fault is an error, a warning
or a note in project/errors.py. How long a chapter may run is set in run/scheduler.py and held in child/supervisor.py
(run/spawn.py without fork). A slow audit is mended where `Library.kept` and `made` are asked. Which values are read at
once stands in child/reading.py; the others are evaluated in child/forked.py, or in runs of their own (run/outcome.py).
What a script and a notebook do not share is told by chapters/source.py (no Python), records/keeping.py (without a run)
and child/promises.py (when run).
"""
