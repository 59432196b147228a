"""The API reference: docstrings to pages, by pdoc, in the site's colours."""

import re
import shutil
from pathlib import Path

import pdoc
import pdoc.render

MODULES = ["groundwork", "!groundwork.pipeline", "!groundwork.press", "!groundwork.*.__main__"]


def write(documents: Path, out: Path) -> None:
    """Write the pages of every room and of core as the folder `out`, in one go."""
    pdoc.render.configure(
        docformat="markdown",
        show_source=False,
        footer_text="Groundwork",
        template_directory=(documents / "templates" / "reference").resolve(),
    )
    fresh = out.with_name(f".{out.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(parents=True)
    pdoc.pdoc(*MODULES, output_directory=fresh)
    for path in fresh.rglob("*.html"):  # links of one sign get a name for those who cannot see it
        page = path.read_text(encoding="utf-8")
        named = re.sub(
            r'(<a class="headerlink" href="#([^"]+)")', r'\1 aria-label="Link to \2"', page
        )
        path.write_text(named, encoding="utf-8")
    shutil.rmtree(out, ignore_errors=True)
    fresh.rename(out)
