// A term opens its meaning in place, at a tap, a click, the keyboard's focus or a pointer that rests on it. Without this, or in
// a browser without popovers, it stays a link to the glossary, its meaning in the title.
if (HTMLElement.prototype.showPopover) {
  const more = document.documentElement.lang === "vi" ? "Xem trong bảng thuật ngữ" : "See it in the glossary"
  const make = (name, properties) => Object.assign(document.createElement(name), properties)
  const card = make("span", { className: "meaning", popover: "manual" }) // a phrase, as it stands in paragraphs
  let shown, pinned, waiting

  for (const term of document.querySelectorAll("a.term")) {
    term.role = "button"
    term.ariaExpanded = false
    term.setAttribute("aria-description", term.title) // heard as before; the browser's own tooltip would cover the card
    term.removeAttribute("title")
  }

  const place = () => {
    const lines = shown.getClientRects(), first = lines[0], last = lines[lines.length - 1], gap = 6
    const { offsetWidth: width, offsetHeight: height } = card
    const below = last.bottom + gap + height <= innerHeight || first.top < height + 3 * gap
    const left = Math.max(gap, Math.min(last.left, document.documentElement.clientWidth - width - 2 * gap))
    card.style.left = `${left + scrollX}px`
    card.style.top = `${(below ? last.bottom + gap : first.top - gap - height) + scrollY}px`
  }

  const close = () => {
    clearTimeout(waiting)
    if (!shown) return
    shown.ariaExpanded = false
    card.hidePopover()
    shown = undefined
  }

  const open = (term, pin) => {
    clearTimeout(waiting)
    pinned = pin || (pinned && shown === term)
    if (shown === term) return
    close()
    shown = term
    const name = make("b", { textContent: term.textContent })
    if (term.dataset.en) name.append(" · ", make("i", { lang: "en", textContent: term.dataset.en }))
    const meaning = make("span", { textContent: term.getAttribute("aria-description") })
    card.replaceChildren(name, meaning, make("a", { href: term.href, textContent: more }))
    term.after(card) // so that the next Tab, and the next thing read aloud, is the card
    card.showPopover()
    term.ariaExpanded = true
    place()
  }

  const termOf = (target) => target.closest?.("a.term")
  addEventListener("click", (event) => {
    const term = termOf(event.target)
    if (!term || event.ctrlKey || event.metaKey || event.shiftKey) return
    event.preventDefault()
    if (event.detail && pinned && shown === term) close() // a key only opens: its focus has opened the card already
    else open(term, true)
  })
  addEventListener("keydown", (event) => {
    const term = termOf(event.target)
    if (event.key === " " && term) { event.preventDefault(); open(term, true) }
    if (event.key !== "Escape" || !shown) return
    if (card.contains(document.activeElement)) shown.focus()
    close()
  })
  addEventListener("focusin", ({ target }) => {
    if (termOf(target) && target.matches(":focus-visible")) open(target, true)
    else if (shown && target !== shown && !card.contains(target)) close()
  })
  // A finger that scrolls ends in no pointerup.
  addEventListener("pointerup", ({ target }) => { if (shown && !shown.contains(target) && !card.contains(target)) close() })
  addEventListener("pointerover", ({ target, pointerType }) => {
    if (pointerType !== "mouse") return
    clearTimeout(waiting)
    const term = termOf(target)
    if (term) waiting = setTimeout(open, 250, term, false)
    else if (shown && !pinned && !card.contains(target)) waiting = setTimeout(close, 300)
  })
  addEventListener("resize", () => shown && place())
}
