"""A real browser for the page tests, and axe-core, which judges what a page is like to others."""

import shutil
import subprocess
from pathlib import Path

import pytest

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
PINNED = Path(__file__).parent / "press" / "browser"


@pytest.fixture(scope="session")
def browser():
    """Chromium from the PATH, or Playwright's own; skipped by name where none starts."""
    playwright = pytest.importorskip("playwright.sync_api")
    found = next(
        (p for n in ("chromium", "chromium-browser", "google-chrome") if (p := shutil.which(n))),
        None,
    )
    with playwright.sync_playwright() as engine:
        try:
            started = engine.chromium.launch(executable_path=found, args=FLAGS)
        except playwright.Error as problem:
            pytest.skip(f"no browser starts here: {problem.message.splitlines()[0]}")
        yield started
        started.close()


@pytest.fixture(scope="session")
def axe(request):
    """axe-core's script, installed as package-lock.json pins it and kept in pytest's cache."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    folder = request.config.cache.mkdir(f"axe-{worker}")  # two workers never install into one
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(PINNED / name, folder / name)
    if not script.is_file():
        if not shutil.which("npm"):
            pytest.skip("no npm here, which brings axe-core")
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"npm cannot bring axe-core: {done.stderr.strip().splitlines()[-1:]}")
    return script.read_text()


def violations(page, axe):
    """What axe finds serious or critical on an open page: rule and the elements."""
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations'], preload: false})")
    bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    return [(v["id"], [node["html"][:120] for node in v["nodes"][:3]]) for v in bad]
