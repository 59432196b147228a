"""The site in a real browser: wide and narrow, light and dark, with and without JavaScript.

Needs Chromium (found on the PATH, or Playwright's own) and, for axe-core, npm; a machine without
them skips these tests and says so.
"""

import pytest
from browsing import violations

SIZES = {"wide": (1280, 900), "narrow": (360, 740)}
PAGES = [
    "index.html",
    "posts/index.html",
    "posts/spectra/index.html",
    "rooms/alpha.html",
    "problem-sets/alpha.html",
    "guide/use.html",
    "ledger.html",
    "ledger/alpha.html",
    "404.html",
    "api/groundwork/core/timing.html",
]
POST = "posts/spectra/index.html"
CASES = [(size, theme) for size in SIZES for theme in ("light", "dark")]


@pytest.fixture
def visit(browser, built):
    """Opens a page of the site; console errors and requests to elsewhere fail the test at its end."""
    contexts, faults = [], []

    def open_page(path, *, size="wide", **more):
        width, height = SIZES[size]
        context = browser.new_context(viewport={"width": width, "height": height}, **more)
        contexts.append(context)
        page = context.new_page()
        page.on(
            "console", lambda m: faults.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "request",
            lambda r: faults.append(r.url) if not r.url.startswith(("file:", "data:")) else None,
        )
        page.goto((built / path).as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not faults


@pytest.mark.parametrize(("size", "theme"), CASES)
def test_pages_fit_and_are_accessible(visit, axe, size, theme):
    page = visit("index.html", size=size, color_scheme=theme)
    base = page.url.removesuffix("index.html")
    for path in PAGES:
        page.goto(base + path)
        width = page.evaluate("document.documentElement.scrollWidth")
        assert width <= SIZES[size][0], f"{path} scrolls sideways at {size}: {width} px"
        assert violations(page, axe) == [], f"{path}, {size}, {theme}"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_of_the_reference_can_be_read(visit, built, axe, theme):
    """Signatures hold every kind of token, each in a colour of its own: all pages are looked at."""
    page = visit("index.html", color_scheme=theme)
    base = page.url.removesuffix("index.html")
    found = {}
    for path in sorted((built / "api").rglob("*.html")):
        name = path.relative_to(built).as_posix()
        page.goto(base + name)
        if name == "api/index.html":  # it only sends the reader on, at any moment from here
            page.wait_for_url("**/api/groundwork.html")
        found[name] = violations(page, axe)
    assert len(found) > 20
    assert {name: faults for name, faults in found.items() if faults} == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_figures_follow_the_theme(visit, theme):
    page = visit(POST, color_scheme=theme)
    other = {"light": "dark", "dark": "light"}[theme]
    assert page.locator(f"#fig-spectrum .on-{theme}").is_visible()
    assert not page.locator(f"#fig-spectrum .on-{other}").is_visible()


def test_the_switch_changes_the_theme_and_remembers(visit):
    page = visit(POST, color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(paper)
    page.get_by_role("button", name="Dark theme").click()
    assert page.evaluate(paper) != before
    assert page.locator("#fig-spectrum .on-dark").is_visible()
    page.reload()
    assert page.evaluate(paper) != before
    assert page.get_by_role("button", name="Dark theme").get_attribute("aria-pressed") == "true"


def test_search_finds_a_theorem_by_name(visit):
    page = visit("index.html")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox")
    box.fill("eckart mirsky")
    first = page.locator("dialog.search li a").first
    assert "Theorem 1 (Eckart, Young, Mirsky)" in first.inner_text().replace("\u00a0", " ")
    page.keyboard.press("Enter")
    page.wait_for_url("**/problem-sets/alpha.html#thm-eym")


def test_search_says_when_there_is_nothing(visit):
    page = visit("ledger/alpha.html")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("searchbox").fill("zzzz")
    assert page.get_by_role("status").inner_text() == "0 results"
    page.keyboard.press("Escape")
    assert not page.locator("dialog.search").is_visible()


def test_a_number_shows_where_it_came_from(visit):
    page = visit(POST)
    link = page.locator("a.claim").first
    link.hover()
    tip = page.get_by_role("tooltip")
    assert "rule alpha_spectra" in tip.inner_text()
    page.mouse.move(0, 0)
    assert not tip.is_visible()
    link.focus()
    assert "commit 012345678" in tip.inner_text()
    link.click()
    page.wait_for_url("**/ledger/alpha.html#alpha.spectra.top")


def test_the_keyboard_reaches_everything_with_a_visible_focus(visit):
    page = visit(POST)
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, [tabindex=\"0\"]')]"
        ".filter(e => e.offsetParent && getComputedStyle(e).visibility !== 'hidden').length"
    )
    reached = set()
    for _ in range(wanted + 20):
        page.keyboard.press("Tab")
        state = page.evaluate(
            "(() => { const e = document.activeElement, s = getComputedStyle(e);"
            " if (e === document.body) return null; e.dataset.n ??= String(Math.random());"
            " return [e.dataset.n, s.outlineStyle, s.outlineWidth, e.outerHTML.slice(0, 90)]; })()"
        )
        if state:
            reached.add(state[0])
            assert state[1] != "none", state[3]
            assert state[2] != "0px", state[3]
    assert len(reached) >= wanted


def test_less_motion_stills_the_animations(visit):
    shown = "(e => e.currentSrc.split('.').pop())"
    page = visit(POST, reduced_motion="reduce")
    image = page.locator("#fig-settling .on-light img")
    image.scroll_into_view_if_needed()
    page.wait_for_function("document.querySelector('#fig-settling .on-light img').currentSrc")
    assert image.evaluate(shown) == "svg"
    moving = visit(POST, reduced_motion="no-preference")
    image = moving.locator("#fig-settling .on-light img")
    image.scroll_into_view_if_needed()
    moving.wait_for_function("document.querySelector('#fig-settling .on-light img').currentSrc")
    assert image.evaluate(shown) == "gif"
    moving.get_by_role("button", name="Pause").click()
    moving.wait_for_function(
        "document.querySelector('#fig-settling .on-light img').currentSrc.endsWith('svg')"
    )


def test_formulas_scroll_rather_than_break_a_narrow_screen(visit):
    page = visit(POST, size="narrow")
    box = page.locator("#eq-long .scroll")
    inner, outer = box.evaluate("e => [e.scrollWidth, e.clientWidth]")
    assert inner > outer
    assert box.get_attribute("tabindex") == "0"


def test_copy_takes_the_code(visit):
    page = visit(POST, permissions=["clipboard-read", "clipboard-write"])
    page.locator("pre", has_text="def low_rank").hover()
    page.locator(".has-copy", has_text="def low_rank").get_by_role("button", name="Copy").click()
    page.locator("button.copy", has_text="Copied").wait_for()  # the clipboard answers when it likes


def test_without_javascript_all_is_read(visit):
    page = visit(POST, java_script_enabled=False, color_scheme="dark")
    assert page.locator("#fig-spectrum .on-dark").is_visible()
    assert page.locator("#thm-svd").is_visible()
    assert page.locator("a.claim").first.get_attribute("title")
    assert not page.get_by_role("button", name="Search").is_visible()
    assert not page.get_by_role("button", name="Dark theme").is_visible()


def test_categories_filter_the_posts(visit):
    page = visit("posts/index.html")
    assert page.locator(".posts > li:visible").count() == 2
    page.get_by_role("link", name="linear algebra").click()
    assert page.locator(".posts > li:visible").count() == 1


def test_print_shows_the_light_pictures_and_no_furniture(visit):
    page = visit(POST, color_scheme="dark")
    page.emulate_media(media="print")
    assert page.locator("#fig-spectrum .on-light").is_visible()
    assert not page.locator("header.top").is_visible()
