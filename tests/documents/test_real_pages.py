"""The project's own pages, as the smoke build makes them, in a real browser."""

import gzip
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
from browsing import violations

SIZES = {"wide": (1280, 900, "light"), "narrow": (360, 740, "dark")}
SHOWN = "(images) => images.filter(i => i.offsetParent{more}).map(i => i.currentSrc)"
FIRST = " && i.getBoundingClientRect().top < innerHeight"
FIRST_VIEW, WHOLE_PAGE = 300_000, 1_500_000  # bytes: as a web server sends them; on the disk


def names(site):
    """Every page but the API's and the ledger's parts, which are one template each."""
    every = sorted(p.relative_to(site).as_posix() for p in site.rglob("*.html"))
    return [name for name in every if not name.startswith(("api/", "ledger/"))]


def size(addresses, sent=False):
    """Bytes of these files; with `sent`, text is compressed, as every web server does."""
    files = [Path(unquote(urlparse(address).path)).read_bytes() for address in set(addresses)]
    return sum(len(min(data, gzip.compress(data), key=len) if sent else data) for data in files)


def inspected(page, address, width):
    """What is wrong with one page: on its console, beyond its edge, from elsewhere, too heavy."""
    asked, faults = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda m: m.type in ("error", "warning") and faults.append(m.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(address)
    scrolls = page.evaluate("document.documentElement.scrollWidth")
    if scrolls > width:
        faults.append(f"scrolls sideways: {scrolls} px")
    faults.extend(url for url in asked if not url.startswith(("file:", "data:")))
    frame = [url for url in asked if url.endswith((".html", ".css", ".js", ".woff2"))]
    for most, more in ((FIRST_VIEW, FIRST), (WHOLE_PAGE, "")):
        shown = page.locator("img").evaluate_all(SHOWN.replace("{more}", more))
        seen = [url for url in shown if url and not url.endswith(".gif")]
        weight = size(frame + seen, sent=most == FIRST_VIEW)
        if weight > most:
            faults.append(f"{weight} bytes, more than {most}")
    return faults


@pytest.mark.parametrize("view", SIZES)
def test_every_page_fits_is_accessible_and_light(house, browser, axe, view):
    site = house.root / "reports" / "smoke" / "site"
    width, height, theme = SIZES[view]
    found = {}
    for name in names(site):
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, reduced_motion="reduce"
        )
        page = context.new_page()
        found[name] = inspected(page, (site / name).as_uri(), width) + violations(page, axe)
        context.close()
    assert {name: faults for name, faults in found.items() if faults} == {}
    assert len(found) > 20
