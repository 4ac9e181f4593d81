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
