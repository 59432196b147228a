"""A live preview: serve the site, rerender the page whose document is edited, reload the browser.

    python -m groundwork_harness.documents.preview [--results results/smoke] [--port 8000]

Nothing is written where the pipeline writes: the preview keeps its own pages and site below
`build/preview`. Pages that were built already are taken from the results.
"""

import argparse
import functools
import http.server
import shutil
import sys
import threading
import time
from pathlib import Path

import watchfiles
import yaml

from groundwork.core.scales import reports
from groundwork_harness.documents import site
from groundwork_harness.documents.catalog import Entry, catalog, titles
from groundwork_harness.documents.document import Refused
from groundwork_harness.documents.lookup import NotFound
from groundwork_harness.documents.render import Options, to_page

RELOAD = b"""<script>(function poll(seen) {
  fetch("/.version").then(r => r.text()).then(now => {
    if (seen && now !== seen) location.reload(); else setTimeout(poll, 400, now);
  }).catch(() => setTimeout(poll, 1500, seen));
})();</script></body>"""


class Preview:
    """The previewed pages and how to make them anew."""

    def __init__(self, root: Path, results: Path, out: Path) -> None:
        self.root, self.results, self.out = root, results, out
        self.documents = root / "src" / "documents"
        self.version = 0
        self.rooms = titles(self.documents)
        self.settings = yaml.safe_load((root / "config.yaml").read_text(encoding="utf-8"))["site"]

    def entries(self) -> dict[str, Entry]:
        """The documents as they are now."""
        return catalog(self.documents, self.rooms, drafts=True)

    def page(self, name: str) -> Path:
        """Where a page's record is kept."""
        return self.out / "pages" / f"{name}.json"

    def render(self, entry: Entry) -> None:
        """Render one document; what is wrong with it is printed, and its last page stays."""
        began = time.perf_counter()
        work = self.out / "work" / entry.name
        options = Options(self.results, self.documents, work.resolve(), self.results.name)
        try:
            to_page(entry.path, self.page(entry.name), options)
        except (Refused, NotFound) as problem:
            print(problem.args[0] if problem.args else problem, file=sys.stderr, flush=True)
        else:
            print(f"{entry.name}: {time.perf_counter() - began:.1f} s", flush=True)

    def start(self) -> None:
        """Take built pages in, render the rest, assemble."""
        for name, entry in self.entries().items():
            built = self.results / "documents" / name / "page.json"
            if built.is_file() and built.stat().st_mtime > entry.path.stat().st_mtime:
                self.page(name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(built, self.page(name))
            else:
                self.render(entry)
        self.assemble()

    def assemble(self) -> None:
        """Put the site together from the pages there are."""
        pages = [path for name in self.entries() if (path := self.page(name)).is_file()]
        pdfs = sorted((self.root / reports(self.results.name) / "pdf").glob("*.pdf"))
        reference = self.root / "results" / "reference"
        plan = site.Plan(
            documents=self.documents,
            results=self.results,
            pages=pages,
            settings=self.settings,
            rooms=self.rooms,
            scale=self.results.name,
            pdfs=pdfs,
            reference=reference if reference.is_dir() else None,
        )
        site.assemble(plan, self.out / "site")
        self.version += 1

    def changed(self, paths: set[Path]) -> None:
        """Rerender the documents that a change of these files reaches; reassemble."""
        for entry in self.entries().values():
            used = {entry.path, *entry.inputs.includes, *entry.inputs.bibliography}
            if {path.resolve() for path in used} & paths:
                self.render(entry)
        self.assemble()

    def watch(self) -> None:
        """Follow edits until interrupted."""
        for changes in watchfiles.watch(self.documents, debounce=200, step=50):
            self.changed({Path(path).resolve() for _, path in changes})


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the site with a script that reloads the page when its version changes."""

    preview: Preview

    def do_GET(self) -> None:
        """A page with the reload script, the version, or a plain file."""
        path = Path(self.translate_path(self.path))
        if self.path == "/.version":
            self._send(str(self.preview.version).encode(), "text/plain")
        elif path.with_suffix(".html").is_file() or (path / "index.html").is_file():
            page = path / "index.html" if path.is_dir() else path.with_suffix(".html")
            self._send(page.read_bytes().replace(b"</body>", RELOAD), "text/html; charset=utf-8")
        else:
            super().do_GET()

    def _send(self, body: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""


def serve(preview: Preview, port: int) -> http.server.ThreadingHTTPServer:
    """A running server of the preview's site; port 0 takes a free one."""
    bound = type("BoundHandler", (Handler,), {"preview": preview})
    handler = functools.partial(bound, directory=str(preview.out / "site"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def last_built(root: Path) -> Path:
    """The results, of any scale, whose pages were rendered last; the laptop's where none were."""
    pages = [
        (page.stat().st_mtime, page.relative_to(root).parts[1])
        for page in root.glob("results/*/documents/**/page.json")
    ]
    return root / "results" / max(pages, default=(0.0, "laptop"))[1]


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the checkout")
    parser.add_argument("--results", type=Path, help="default: the scale that was built last")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    root = arguments.root.resolve()
    results = root / arguments.results if arguments.results else last_built(root)
    print(f"preview of {results.relative_to(root)}", flush=True)
    preview = Preview(root, results, root / "build" / "preview")
    preview.start()
    server = serve(preview, arguments.port)
    print(f"http://127.0.0.1:{server.server_port}/ (Ctrl-C ends it)", flush=True)
    try:
        preview.watch()
    except KeyboardInterrupt:
        server.shutdown()


if __name__ == "__main__":
    main()
