"""The site: API reference (reference), all pages (site), one room's pages to look at (room_site)."""


rule reference:
    """The API reference, out of the docstrings."""
    input:
        INDEX.reference_looks,
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
        words=lambda wildcards: CONTEXT.words(),
        code=lambda wildcards: INDEX.code("reference"),
    shell:
        "python -m groundwork_harness.documents reference --index {output} > {log} 2>&1"


rule site:
    input:
        pages=INDEX.pages(INDEX.documents),
        pdfs=expand(final("pdf/{paper}.pdf"), paper=INDEX.papers),
        cards=expand(final("posts/{post}/card.png"), post=INDEX.slugs),
        reference=rules.reference.output,
        looks=INDEX.looks,
    output:
        index=final("site/index.html"),
        feed=final("site/feed.xml"),
        sitemap=final("site/sitemap.xml"),
    log:
        log("documents/site"),
    benchmark:
        bench("documents/site")
    threads: 1
    resources:
        mem_mb=600,
        runtime=5,
    params:
        pdf_engine=CONTEXT.resolved["pdf"],
        site=CONTEXT.house_settings(),
        code=lambda wildcards: INDEX.code("site"),
    shell:
        document_command(
            "site --pdf-engine {params.pdf_engine} --site {params.site:q} --index {output.index}"
            " --pages {input.pages} --pdfs {input.pdfs} --cards {input.cards}"
            " --reference {input.reference}"
        )


rule room_site:
    """What `reports/<room>` leaves to look at: the room's pages alone, with a list of them."""
    input:
        pages=lambda wildcards: INDEX.pages(INDEX.of_room(wildcards.room)),
        pdfs=lambda wildcards: INDEX.room_prints(wildcards.room, ".pdf"),
        cards=lambda wildcards: INDEX.room_prints(wildcards.room, ".png"),
        looks=INDEX.looks,
    output:
        index=final("rooms/{room}/index.html"),
    log:
        log("documents/rooms/{room}/site"),
    benchmark:
        bench("documents/rooms/{room}/site")
    threads: 1
    resources:
        mem_mb=600,
        runtime=5,
    params:
        pdf_engine=CONTEXT.resolved["pdf"],
        site=CONTEXT.house_settings(),
        code=lambda wildcards: INDEX.code("site"),
    shell:
        document_command(
            "site --pdf-engine {params.pdf_engine} --site {params.site:q} --index {output.index}"
            " --pages {input.pages} --pdfs {input.pdfs} --cards {input.cards}"
        )
