"""One failed document never costs the others: it is named, and the rest can be read."""

from checkouts import broken

FAILED = "problem-sets/kernel_ridge"


def test_the_rest_of_the_site_is_there_and_the_failed_document_is_named(house):
    reports = house.root / "reports" / "smoke"
    document = house.root / "src" / "documents" / f"{FAILED}.qmd"
    title = "\n---\n\n"
    with broken(
        document, title, f"{title}Of `{{python}} claim('kernel_ridge.oracles.nothing')`.\n\n"
    ):
        done = house.snakemake("reports/smoke/all")
    words = done.stderr
    assert done.returncode != 0
    assert f"FAILED  document_page {FAILED}" in words
    assert "FAILED  document_pdf kernel_ridge" in words
    assert words.strip().splitlines()[-1].startswith("open reports/smoke/unfinished/index.html")
    site = reports / "unfinished"
    assert (site / "rooms" / "kernel_ridge.html").is_file()
    assert (site / "problem-sets" / "operators.html").is_file()
    assert (site / "pdf" / "operators.pdf").is_file()
    assert not (site / f"{FAILED}.html").exists()
    assert house.snakemake("reports/smoke/all").returncode == 0
    assert (reports / "site" / f"{FAILED}.html").is_file()
