"""The site: the API reference, and every page assembled in one go."""

rule reference:
    """The API reference, out of the docstrings."""
    input:
        sorted(
            path.as_posix()
            for path in Path("src/documents/templates/reference").iterdir()
        ),
    output:
        "results/reference/index.html",
    log:
        "results/reference.log",
    benchmark:
        "results/reference.tsv"
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        words=HOUSE.words(),
        code=HOUSE.code("src/groundwork/press/reference.py"),
    shell:
        "python -m groundwork.press reference --index {output}" + END


rule site:
    input:
        pages=expand(result("documents/{document}/page.json"), document=DOCUMENTS),
        pdfs=expand(REPORTS + "/pdf/{paper}.pdf", paper=PAPERS),
        cards=[f"{REPORTS}/{name}/card.png" for name in POSTS],
        reference="results/reference/index.html",
        looks=sorted(
            path.as_posix()
            for folder in ("assets", "templates")
            for path in Path("src/documents", folder).rglob("*.*")
        ),
    output:
        index=REPORTS + "/site/index.html",
        feed=REPORTS + "/site/feed.xml",
        sitemap=REPORTS + "/site/sitemap.xml",
    log:
        log("documents/site"),
    benchmark:
        bench("documents/site")
    threads: 1
    resources:
        mem_mb=600,
        runtime=5,
    params:
        scale=config["scale"],
        pdf_engine=HOUSE.resolved["pdf"],
        site=json.dumps({"settings": config["site"], "rooms": HOUSE.titles}),
        code=HOUSE.code("src/groundwork/press/site.py"),
    shell:
        "python -m groundwork.press site --results "
        + RESULTS
        + " --scale {params.scale}"
        " --pdf-engine {params.pdf_engine} --site {params.site:q} --index {output.index}"
        " --pages {input.pages} --pdfs {input.pdfs} --cards {input.cards} --reference {input.reference}"
        + END
