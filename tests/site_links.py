"""Links of an assembled site: those that lead nowhere."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urldefrag, urlparse

from lxml import html


def broken(site: Path) -> Iterator[str]:
    """One line for each link, picture or anchor of the site's pages that leads nowhere.

    Anchors inside the API pages are pdoc's own affair: there the file alone is checked.
    """
    site = site.resolve()
    trees = {path: html.parse(str(path)).getroot() for path in sorted(site.rglob("*.html"))}
    anchors = {path: set(tree.xpath("//@id | //a/@name")) for path, tree in trees.items()}
    for path, tree in trees.items():
        name = path.relative_to(site)
        for target in tree.xpath("//@href | //@src | //@srcset"):
            address, fragment = urldefrag(target)
            if urlparse(address).scheme:
                continue
            there = (path.parent / unquote(address)).resolve() if address else path
            if not there.is_file() or not there.is_relative_to(site):
                yield f"{name}: {target}: there is no such file in the site"
                continue
            checked = bool(fragment) and name.parts[0] != "api" and there in anchors
            if checked and unquote(fragment) not in anchors[there]:
                yield f"{name}: {target}: the page has no such anchor"
