"""The MkDocs plugin: the one part of the project that imports mkdocs. Each room imports only the rooms above it.

quiet.py   what others say without need          a notice at every start, or one too many of a build
cache      what one build keeps for the next      a slow build; a page that does not follow its change
build      the site around its pages              a file, title, style or message missing or wrong; a wrong language
search     what a search finds, and in which files   a word or message not found; an index too large
offline    the site as a folder, and its archive      a link that a disk cannot follow; no search there
port.py    the address of `mkdocs serve`         one malformed or taken, told late or in many lines
serve      `mkdocs serve`                         a save not followed, a browser not reloaded, a failure not told
pages      one page, from Markdown to HTML        formulas, terms, marks, notebook view wrong on a page
frame      what stands around a page's text       head, foot, navigation or layout wrong
plugin.py  the hooks, in MkDocs' order            something done too early or too late

What an output, a value or a sentence of a page says is mended in `_engine`; how it is framed, in docs/overrides.

What MkDocs and its libraries do not promise and the site uses all the same stands below, to be gone through with every
new version, and by whoever leaves MkDocs. tests/site/test_borrowed.py finds the uses of the first two kinds.

Private names:
    _rebuild_cond, _want_rebuild, _shutdown    serve/server.py       to build when we say so, and to see who else asks
    _epoch_cond, _visible_epoch                serve/server.py       to reload only who shows the language just built
    _wanted_epoch, _inject_js_into_html        serve/server.py       to show a failure, and reload it when it is mended
    _content                                   serve/site_folder.py  to copy a generated file only when it changed
    _title_from_render                         cache/page_cache.py   to keep the title of a page that is not rendered
    _title_from_render                         pages/notebook.py     to have none for a page that is no Markdown

Functions replaced:
    Page.render                                cache/page_cache.py   to render only what changed
    Files.get_file_from_path                   cache/page_cache.py   to note which files a page links to
    SearchIndex.add_entry_from_context         search/index.py       to leave out code, and parse only what changed
    SearchIndex.generate_search_index          search/index.py       to write two files, a small one first
    Theme.get_env                              cache/templates.py    to cache byte code, and list no icons
    Environment.get_template                   frame/layout.py       to render a template only for a page that changed
    Page.render                                pages/notebook.py     to convert a notebook in place of Markdown
    serve.build                                serve/preview.py      to show why the first build failed
    serve.build                                port.py               to look at the address before anything is built
    IpAddress.run_validation                   port.py               to tell an address that is none in one line
    utils.get_themes                           serve/preview.py      to ask the installed packages once, not each build
    Files.copy_static_files                    serve/site_folder.py  to copy only what changed
    utils.clean_directory, utils.write_file    serve/site_folder.py  to leave what did not change where it is

Words and parts relied on:
    free names of Material's search worker     offline/folder.py     to run it in a page that may start no worker
    text of warnings about links               build/findings.py     to give them a line
    DuplicateFilter.msgs                       serve/failure.py      to hear again what the last build said
    a line of Material's partials/nav.html     cache/templates.py    to render each part of the navigation once
    NO_MKDOCS_2_WARNING                        quiet.py              to have no notice of the theme at every start
    "Documentation built in"                   quiet.py              to hear it once for both languages
    names of Material's stylesheets            build/styles.py       to make one file of them
    settings.templates_dir, `<style>` at end   pages/converter.py    to get a notebook's HTML without the rest
"""
