"""What axe finds on a page.

Nine tenths of its time goes into the contrast of thousands of words that look alike. Here that is asked of
three of those that are alike in all that contrast depends on, they and everything around them.
"""

from importlib import resources

from playwright.sync_api import Page

_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
_LOOKS = """roots => {
    const names = ["color", "backgroundColor", "backgroundImage", "backgroundClip", "opacity", "fontSize", "fontWeight",
        "textShadow", "display", "visibility", "position", "zIndex", "overflow", "filter", "mixBlendMode", "clipPath"]
    const numbers = new Map(), numbered = new Map(), alike = new Map()
    const look = one => {
        if (!one) return 0
        if (!numbered.has(one)) {
            const style = getComputedStyle(one), seen = [one.tagName, one.className, ...names.map(name => style[name])]
            const key = [look(one.parentElement), one.checkVisibility({visibilityProperty: true}), ...seen].join("|")
            if (!numbers.has(key)) numbers.set(key, numbers.size + 1)
            numbered.set(one, numbers.get(key))
        }
        return numbered.get(one)
    }
    for (const one of roots.flatMap(root => [root, ...root.querySelectorAll("*")])) {
        const texts = [...one.childNodes].filter(node => node.nodeType === Node.TEXT_NODE)
        const text = texts.map(node => node.data).join("").trim()
        if (!text && !one.matches("input, select, textarea, button")) continue
        // axe is not sure of a single letter, nor of signs, and asks nothing of full stops: none stands for words
        const {hasUnicode, removeUnicode} = axe.commons.text
        const words = removeUnicode(text, {emoji: true, nonBmp: false, punctuations: true}).trim() !== ""
        const key = [look(one), words, text.length > 1, hasUnicode(text, {nonBmp: true})].join("|")
        alike.set(key, [...(alike.get(key) || []), one])
    }
    const some = all => [all[0], all[all.length >> 1], all[all.length - 1]]
    return [...new Set([...alike.values()].flatMap(some))]
}"""
_FIND = f"""async ([within, tags]) => {{
    const named = within.flatMap(one => [...document.querySelectorAll(one)])
    const roots = within.length ? named : [document.documentElement]
    const options = {{resultTypes: ["violations"], elementRef: false}}
    const rest = {{runOnly: tags, rules: {{"color-contrast": {{enabled: false}}}}, ...options}}
    const looks = ({_LOOKS})(roots)
    const found = [await axe.run(within.length ? {{include: roots}} : document, rest)]
    if (looks.length) found.push(await axe.run({{include: looks}}, {{runOnly: ["color-contrast"], ...options}}))
    return found.flatMap(one => one.violations).map(rule => [rule.id, rule.nodes.map(node => node.html.slice(0, 200))])
}}"""


def load(page: Page) -> None:
    """Let a page that was opened be looked through."""
    page.evaluate(resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8"))


def violations(page: Page, *within: str) -> list[tuple[str, list[str]]]:
    """Each rule that is broken, with three of the places; in the elements of some selectors, or on the whole page."""
    return [(rule, places[:3]) for rule, places in page.evaluate(_FIND, [list(within), _TAGS])]
