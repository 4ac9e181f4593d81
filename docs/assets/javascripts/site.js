// The language switch keeps the section: pointerdown serves new tabs and copied links, click serves the keyboard.
for (const type of ["pointerdown", "click"])
  addEventListener(type, (event) => { const link = event.target.closest?.("a[data-keep-section]"); if (link) link.hash = location.hash }, true)
