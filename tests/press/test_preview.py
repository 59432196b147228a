"""The live preview: an edited page is served anew within seconds, a broken one is told."""

import os
import shutil
import threading
import time
import urllib.request

import pytest

from groundwork_harness.documents import preview


@pytest.fixture
def checkout(press, tmp_path):
    """The fixture as a checkout: documents, results, settings."""
    shutil.copytree(press.documents, tmp_path / "src" / "documents")
    shutil.copytree(press.results, tmp_path / "results" / "laptop")
    site = "title: Groundwork, tagline: T, address: '', author: A, language: en, license: L, license_address: ''"
    (tmp_path / "config.yaml").write_text(f"site: {{{site}}}\n")
    return tmp_path


def test_an_edited_page_is_served_within_five_seconds(checkout):
    shown = preview.Preview(checkout, checkout / "results" / "laptop", checkout / "build")
    shown.start()
    server = preview.serve(shown, 0)
    address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=shown.watch, daemon=True).start()
    try:
        page = f"{address}/posts/spectra/index.html"
        assert b"A fresh sentence" not in urllib.request.urlopen(page).read()
        time.sleep(1)  # the watcher starts
        before = urllib.request.urlopen(f"{address}/.version").read()
        path = checkout / "src" / "documents" / "posts" / "spectra" / "index.qmd"
        began = time.perf_counter()
        path.write_text(path.read_text() + "\nA fresh sentence.\n")
        while urllib.request.urlopen(f"{address}/.version").read() == before:
            assert time.perf_counter() - began < 30
            time.sleep(0.05)
        took = time.perf_counter() - began
        text = urllib.request.urlopen(page).read()
        assert b"A fresh sentence" in text
        assert b"location.reload" in text
        assert took < 5, f"{took:.1f} s"
    finally:
        server.shutdown()


def test_a_broken_page_keeps_its_last_state_and_is_told(checkout, capsys):
    shown = preview.Preview(checkout, checkout / "results" / "laptop", checkout / "build")
    shown.start()
    path = checkout / "src" / "documents" / "posts" / "second" / "index.qmd"
    path.write_text(path.read_text() + "\n<div>raw</div>\n")
    shown.changed({path.resolve()})
    assert "raw HTML" in capsys.readouterr().err
    assert (checkout / "build" / "site" / "posts" / "second" / "index.html").is_file()


def test_the_scale_that_was_built_last_is_shown(tmp_path):
    assert preview.last_built(tmp_path) == tmp_path / "results" / "laptop"
    for age, name in ((50, "laptop/documents/rooms/a"), (10, "smoke/documents/index")):
        page = tmp_path / "results" / name / "page.json"
        page.parent.mkdir(parents=True)
        page.write_text("{}")
        os.utime(page, (1e9 - age, 1e9 - age))
    assert preview.last_built(tmp_path) == tmp_path / "results" / "smoke"
