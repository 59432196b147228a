"""Documents to reports: pages, PDFs, portable posts with their cards (the site: site.smk).

What a document needs is read out of its own text (pipeline/shelf.py), so editing one rerenders
its page and reassembles the site, and a changed result rerenders the pages that show it.
"""

SHELF = HOUSE.shelf


wildcard_constraints:
    document="|".join(SHELF.documents),
    paper="|".join(SHELF.papers) or "none",
    post="|".join(SHELF.slugs) or "none",


rule document_page:
    input:
        lambda wildcards: SHELF.files(wildcards.document),
        SHELF.engine,
        qmd=lambda wildcards: SHELF.qmd(wildcards.document),
    output:
        result("documents/{document}/page.json"),
    log:
        log("documents/{document}/page"),
    benchmark:
        bench("documents/{document}/page")
    threads: 1
    resources:
        mem_mb=600,  # Quarto takes 316 MiB, and 10 to 25 s
        runtime=5,
    params:
        engine=HOUSE.resolved["engine"],
        code=lambda wildcards: SHELF.code("render", wildcards.document),
    shell:
        press("render {input.qmd} --to html --engine {params.engine} --out {output}")


rule document_pdf:
    input:
        lambda wildcards: SHELF.files(SHELF.papers[wildcards.paper]),
        SHELF.engine,
        template=f"src/documents/templates/article.{HOUSE.paper_source}",
        qmd=lambda wildcards: SHELF.qmd(SHELF.papers[wildcards.paper]),
    output:
        final("pdf/{paper}.pdf"),
    log:
        log("documents/pdf/{paper}"),
    benchmark:
        bench("documents/pdf/{paper}")
    priority: 1
    threads: 1
    resources:
        mem_mb=600,  # Quarto takes 316 MiB, and 25 to 45 s
        runtime=5,
    params:
        engine=HOUSE.resolved["engine"],
        pdf_engine=HOUSE.resolved["pdf"],
        author=HOUSE.config["site"]["author"],
        address=HOUSE.config["site"]["address"],
        stage=result("documents/pdf/{paper}"),
        code=lambda wildcards: SHELF.code("pdf", SHELF.papers[wildcards.paper]),
    shell:
        press(
            "render {input.qmd} --to pdf --engine {params.engine}"
            " --pdf-engine {params.pdf_engine} --author {params.author:q}"
            " --address={params.address:q}"
            " --work {params.stage} --out {output}"
        )


rule post_bundle:
    """A post as portable markdown with its pictures, and its card for social media."""
    input:
        lambda wildcards: SHELF.files(f"posts/{wildcards.post}"),
        SHELF.engine,
        qmd=lambda wildcards: SHELF.qmd(f"posts/{wildcards.post}"),
    output:
        markdown=final("posts/{post}/index.md"),
        card=final("posts/{post}/card.png"),
    log:
        log("documents/posts/{post}/bundle"),
    benchmark:
        bench("documents/posts/{post}/bundle")
    threads: 1
    resources:
        mem_mb=600,
        runtime=5,
    params:
        site=HOUSE.site_settings(),
        stage=result("documents/posts/{post}/stage/bundle"),
        code=lambda wildcards: SHELF.code("bundle"),
    shell:
        press(
            "bundle {input.qmd} --site {params.site:q} --work {params.stage}"
            " --out {output.markdown} --card {output.card}"
        )


include: "site.smk"
