// This runs before the theme's own script.

// Light, dark, or what the device prefers; the theme's names and its place for what was chosen.
const dark = matchMedia("(prefers-color-scheme: dark)")
const colours = [...document.querySelectorAll("[data-palette] input")]
const hints = ["theme-color", "color-scheme"].map((name) => Object.assign(document.createElement("meta"), { name }))
document.head.append(...hints)
const paint = () => {
  const chosen = colours[__md_get("__palette")?.index ?? 0]
  for (const input of colours) input.nextElementSibling.hidden = input !== chosen
  chosen.checked = true
  const automatic = chosen.dataset.mdColorMedia === "(prefers-color-scheme)"
  const scheme = automatic ? (dark.matches ? "slate" : "default") : chosen.dataset.mdColorScheme
  hints[0].content = scheme === "slate" ? "#1e2129" : "#ffffff"
  hints[1].content = scheme === "slate" ? "dark" : "light"
  if (document.body.dataset.mdColorScheme !== scheme) document.body.dataset.mdColorScheme = scheme
}
colours.forEach((input, index) => {
  input.addEventListener("change", () => {
    const { mdColorMedia: media, mdColorScheme: scheme } = input.dataset
    __md_set("__palette", { index, color: { media, scheme, primary: "custom", accent: "custom" } })
    paint()
  })
  input.addEventListener("keydown", (event) => {
    const next = colours[(index + 1) % colours.length]
    if (event.key === "Enter") { event.preventDefault(); next.click(); next.focus() }
  })
})
dark.addEventListener("change", paint)
paint()

// The language switch keeps the section: pointerdown serves new tabs and copied links, click serves the keyboard.
for (const type of ["pointerdown", "click"])
  addEventListener(type, (event) => { const link = event.target.closest?.("a[data-keep-section]"); if (link) link.hash = location.hash }, true)

// The theme makes a landmark of every code block's buttons and leaves its annotations without a name.
const note = document.documentElement.lang === "vi" ? "Chú thích" : "Note"
new MutationObserver(() => {
  for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) nav.role = "none"
  for (const link of document.querySelectorAll(".md-annotation__index:not([aria-label])"))
    link.ariaLabel = `${note} ${link.querySelector("[data-md-annotation-id]")?.dataset.mdAnnotationId ?? ""}`
}).observe(document.querySelector("article"), { childList: true, subtree: true })

// A link opens every fold around what it leads to and, where that is a cell, the cell's guess: whoever follows it is past it.
const linked = () => {
  const id = location.hash.slice(1)
  try { return document.getElementById(id) ?? document.getElementById(decodeURIComponent(id)) } catch { return null }
}
const unfold = () => {
  const target = linked()
  if (!target) return
  const around = [...document.querySelectorAll("details:not([open])")].filter((fold) => fold !== target && fold.contains(target))
  for (const fold of around) fold.open = true
  for (const guess of document.querySelectorAll("details.guess"))
    if (target.contains(guess) || (target.dataset.cell && target.dataset.cell === guess.dataset.cell)) guess.open = true
  if (around.length) target.scrollIntoView()
}
addEventListener("hashchange", unfold)
addEventListener("click", ({ target }) => { if (target.closest?.("a")?.hash === location.hash) unfold() }) // no hashchange
unfold()

// A search hit opens the guesses of its section that hold a word of it; the theme marks these once its index has come.
if (new URLSearchParams(location.search).has("h")) {
  const heading = (one) => { while (one && !/^H[1-6]$/.test(one.tagName)) one = one.previousElementSibling ?? one.parentElement; return one }
  new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) {
        const guess = node.nodeName === "MARK" && node.closest("details.guess")
        if (guess && heading(guess) === (linked() ?? document.querySelector("h1"))) guess.open = true
      }
  }).observe(document.querySelector("article"), { childList: true, subtree: true })
}

// Long outputs fold; without a script they stand open.
const [more, less] = document.documentElement.lang === "vi" ? ["Hiện cả # dòng", "Thu gọn"] : ["Show all # lines", "Show less"]
for (const output of document.querySelectorAll("[data-lines]")) {
  const button = Object.assign(document.createElement("button"), { className: "folds__button", type: "button" })
  const show = (open) => {
    output.classList.toggle("folds--open", open)
    button.ariaExpanded = open
    button.textContent = open ? less : more.replace("#", output.dataset.lines)
  }
  output.classList.add("folds")
  button.addEventListener("click", () => show(button.ariaExpanded !== "true"))
  show(false)
  output.append(button)
}
