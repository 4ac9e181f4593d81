// Search; this runs before the theme's own script.
//
// It comes when somebody is about to search, in two steps: a small index answers first, the rest of the texts comes behind
// it. The theme wants a worker and an index at once: it gets a worker that starts later, and, as it looks for the search
// form by name, no index to load; but for ?h=, where it marks words of the page and needs to know how a text is cut.
//
// A disk allows neither worker nor request: a site built for one has the same as scripts, and searches in the page.
{
  const SETUP = 0, READY = 1
  const form = document.forms.namedItem("search")
  const RealWorker = Worker
  const offline = document.documentElement.hasAttribute("data-offline")
  const failed = (document.documentElement.lang === "vi"
    ? ["Không tải được dữ liệu tìm kiếm. Bạn thử lại khi có mạng.", "Không đọc được thư mục search bên cạnh trang này. Bạn giải nén lại cả thư mục nhé."]
    : ["The search could not be loaded. Try again when you are online.", "The folder search beside this page cannot be read. Unpack the whole folder again."]
  )[+offline]

  // All that search loads, it loads here.
  const settings = JSON.parse(document.querySelector("#__config").textContent)
  async function load(name) {
    if (offline) {
      await run(name)
      return { search_index: self.__index, search_rest: self.__rest }[name]
    }
    const answer = await fetch(new URL(`search/${name}.json`, new URL(settings.base, location)))
    if (!answer.ok) throw new Error(`${name}: ${answer.status}`)
    return answer.json()
  }

  function run(name) {
    const script = document.createElement("script")
    script.src = new URL(`search/${name}.js`, new URL(settings.base, location))
    document.head.append(script)
    return new Promise((resolve, reject) => Object.assign(script, { onload: resolve, onerror: () => reject(new Error(name)) }))
  }

  // The worker's program in the page; it answers later, as a worker does, so that what was typed is shown first.
  class PageWorker extends EventTarget {
    constructor() {
      super()
      self.__search.worker((_, take) => { this.take = take }, (data) => this.dispatchEvent(new MessageEvent("message", { data })), self.__search.words)
    }
    postMessage(data) {
      setTimeout(() => this.take({ data }).catch(() => this.dispatchEvent(new Event("error"))))
    }
    terminate() {}
  }

  // A worker with an index, which answers one question after another.
  class Engine {
    waiting = []
    constructor(url, { config, docs }) {
      this.worker = offline ? new PageWorker() : new RealWorker(url)
      this.worker.addEventListener("message", ({ data }) => this.waiting.shift()?.resolve(data))
      this.worker.addEventListener("error", () => this.waiting.shift()?.reject(new Error("the worker failed")))
      this.ready = this.ask({ type: SETUP, data: { config, docs, options: { suggest: false } } })
    }
    ask(message) {
      this.worker.postMessage(message)
      return new Promise((resolve, reject) => this.waiting.push({ resolve, reject }))
    }
    end() {
      this.worker.terminate()
    }
  }

  // What a page opened from a hit marks: the words as they stand in it, however they were typed.
  const MARK = /<mark>(.*?)<\/mark>/g
  function asFound(item) {
    const found = [...`${item.title} ${item.text}`.matchAll(MARK)].map(([, word]) => [word.toLowerCase(), true])
    const missing = Object.entries(item.terms).filter(([, held]) => !held)
    return found.length ? { ...item, terms: Object.fromEntries([...found, ...missing]) } : item
  }

  // Pages that are shown stay where they are; what the whole index finds besides comes behind them.
  function joined(shown, found) {
    const page = ([{ location }]) => location.split("#")[0]
    const more = new Map(found.map((items) => [page(items), items]))
    const kept = shown.map((items) => {
      const there = new Set(items.map(({ location }) => location)), least = Math.min(...items.map(({ score }) => score))
      const others = (more.get(page(items)) ?? []).filter(({ location }) => !there.has(location))
      more.delete(page(items))
      return [...items, ...others.map((item) => ({ ...item, score: Math.min(item.score, least) }))]
    })
    return [...kept, ...more.values()]
  }

  class SearchWorker extends EventTarget {
    constructor(url) {
      super()
      self.Worker = RealWorker
      this.url = url
      const begin = () => this.begin()
      form.addEventListener("focusin", begin)
      form.addEventListener("pointerenter", begin)
      document.querySelector('[data-md-toggle="search"]').addEventListener("change", begin)
    }

    // From the theme: its index, where it loaded one, or what was typed.
    postMessage(message) {
      if (message.type === SETUP) return
      this.query = message
      this.answer().catch(() => {})
    }

    async begin() {
      if (this.loading) return
      this.loading = true
      try {
        if (!this.engine) {
          const first = await load("search_index")
          if (offline) await run("search_worker")
          const named = first.docs.map((doc) => ({ ...doc, text: doc.text + (doc.names ? `<p>${doc.names}</p>` : "") }))
          const engine = new Engine(this.url, { ...first, docs: named })
          const ready = await engine.ready
          Object.assign(this, { engine, first })
          this.dispatch(ready)
        }
        await this.complete()
      } catch {
        this.loading = false // the next time somebody turns to the search
        this.whole = !!this.engine // as whole as it gets, meanwhile
        if (this.engine) this.answer()
        else document.querySelector(".md-search-result__meta").textContent = failed
      }
    }

    async complete() {
      const { config, docs } = this.first
      const rest = await load("search_rest")
      const whole = docs.map((doc) => ({ ...doc, text: doc.text + (rest[doc.location] ?? "") }))
      const engine = new Engine(this.url, { config, docs: whole })
      await engine.ready
      this.engine.end()
      Object.assign(this, { engine, whole: true, first: null })
      if (this.query && !this.read()) this.answer()
    }

    // Whether somebody reads what is shown: then it stays as it is.
    read() {
      const list = document.querySelector(".md-search-result__list")
      const inside = list.contains(document.activeElement) || list.matches(":hover") || list.querySelector("[open]")
      const scrolled = document.querySelector(".md-search__scrollwrap").scrollTop > 0
      return this.shown?.query === this.query && !!(inside || scrolled)
    }

    // The small index alone answers where it is sure: where words stand side by side, and none is missing.
    async answer() {
      const { engine, query, whole } = this
      const { type, data } = await engine.ask(query)
      if (query !== this.query || engine !== this.engine) return
      if (!whole && query.data.trim() && !data.items[0]?.[0].sure) return
      let items = data.items.map((page) => page.map(asFound))
      if (this.shown?.query === query) items = joined(this.shown.items, items)
      this.shown = { query, items }
      this.dispatch({ type, data: { ...data, items } })
    }

    dispatch(data) {
      this.dispatchEvent(new MessageEvent("message", { data }))
    }
  }

  if (form && (offline || location.protocol !== "file:")) {
    self.Worker = SearchWorker
    if (!new URLSearchParams(location.search).has("h")) {
      form.removeAttribute("name")
      addEventListener("DOMContentLoaded", () => form.setAttribute("name", "search"))
    }
  }
}
