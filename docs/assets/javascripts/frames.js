// Explorable figures: one frame of many is shown, a slider a variable leads through them, and the address keeps which.

for (const box of document.querySelectorAll(".frames")) {
  const frames = [...box.children].filter((one) => one.tagName === "FIGURE")
  const sliders = [...box.querySelectorAll("input")]
  const names = box.dataset.slider.split(" ")
  const valueOf = (frame, i) => frame.getAttribute(`data-${names[i]}`)
  const axes = names.map((_, i) => [...new Set(frames.map((frame) => valueOf(frame, i)))])
  const at = (places) => frames.find((frame) => axes.every((axis, i) => valueOf(frame, i) === axis[places[i]]))
  let shown = frames[0]

  const show = (frame) => {
    shown = frame
    for (const other of frames) other.classList.toggle("frames__shown", other === frame)
    sliders.forEach((slider, i) => {
      slider.value = axes[i].indexOf(valueOf(frame, i))
      slider.ariaValueText = slider.nextElementSibling.textContent = `${names[i]} = ${valueOf(frame, i)}`
    })
  }

  const keep = () => { if (shown.id) history.replaceState(history.state, "", `#${shown.id}`) }

  // Pictures come when the first move shows that somebody explores. Those of the colours not on screen stay lazy.
  const load = () => {
    const painted = [...shown.querySelectorAll("img")].find((image) => image.offsetParent)
    const { hash } = new URL(painted?.src ?? "#only-light", location)
    for (const image of box.querySelectorAll(`img[src$="${hash}"]`)) image.loading = "eager"
  }

  // Where a variable has no such value, the nearest stands for it; for text, the first.
  const place = (axis, value) => {
    const far = axis.map((one) => (one === value ? 0 : Math.abs(one - value)))
    const near = Math.min(...far)
    return Math.max(0, Number.isNaN(near) ? axis.indexOf(value) : far.indexOf(near))
  }

  const fromAddress = () => {
    const start = shown.id.slice(0, shown.id.indexOf(":") + 1)
    let hash = location.hash.slice(1)
    try { if (!hash.startsWith(start)) hash = decodeURIComponent(hash) } catch { return }
    if (!start || !hash.startsWith(start)) return
    const asked = new URLSearchParams(hash.slice(start.length).replaceAll("+", "%2B"))
    show(at(names.map((name, i) => place(axes[i], asked.get(name) ?? axes[i][0]))))
    keep()
    for (let up = box; (up = up.parentElement.closest("details")); ) up.open = true
    box.scrollIntoView()
  }

  box.addEventListener("input", () => { load(); show(at(sliders.map((slider) => slider.value))) })
  box.addEventListener("change", keep)
  addEventListener("hashchange", fromAddress)
  addEventListener("pageshow", () => show(shown)) // a browser that restores forms moves the slider alone
  box.classList.add("frames--on")
  fromAddress()
}

// While a chosen frame is on screen, the theme's navigation.tracking must not put the heading into the address instead.
const { replaceState } = history
history.replaceState = function (state, title, url) {
  const [before, after] = [location.hash, new URL(url ?? "", location).hash]
  const box = !after.includes(":") && document.getElementById(before.slice(1))?.closest(".frames")?.getBoundingClientRect()
  if (!box || box.bottom < 0 || box.top > innerHeight) replaceState.call(this, state, title, url)
}
