"""Documents to reports: pages, PDFs, portable posts with their cards (the site: site.smk).

What a document needs is read out of its own text (pipeline/document_index.py), so editing one rerenders
its page and reassembles the site, and a changed result rerenders the pages that show it.
"""

INDEX = CONTEXT.index


wildcard_constraints:
    document="|".join(INDEX.documents),
    paper="|".join(INDEX.papers) or "none",
    post="|".join(INDEX.slugs) or "none",


rule document_page:
    input:
        lambda wildcards: INDEX.files(wildcards.document),
        INDEX.engine,
        qmd=lambda wildcards: INDEX.qmd(wildcards.document),
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
        engine=CONTEXT.resolved["engine"],
        code=lambda wildcards: INDEX.code("render", wildcards.document),
    shell:
        document_command(
            "render {input.qmd} --to html --engine {params.engine} --out {output}"
        )


rule document_pdf:
    input:
        lambda wildcards: INDEX.files(INDEX.papers[wildcards.paper]),
        INDEX.engine,
        template=f"src/documents/templates/article.{CONTEXT.paper_source}",
        qmd=lambda wildcards: INDEX.qmd(INDEX.papers[wildcards.paper]),
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
        engine=CONTEXT.resolved["engine"],
        pdf_engine=CONTEXT.resolved["pdf"],
        author=CONTEXT.config["site"]["author"],
        address=CONTEXT.config["site"]["address"],
        stage=result("documents/pdf/{paper}"),
        code=lambda wildcards: INDEX.code("pdf", INDEX.papers[wildcards.paper]),
    shell:
        document_command(
            "render {input.qmd} --to pdf --engine {params.engine}"
            " --pdf-engine {params.pdf_engine} --author {params.author:q}"
            " --address={params.address:q}"
            " --work {params.stage} --out {output}"
        )


rule post_bundle:
    """A post as portable markdown with its pictures, and its card for social media."""
    input:
        lambda wildcards: INDEX.files(f"posts/{wildcards.post}"),
        INDEX.engine,
        qmd=lambda wildcards: INDEX.qmd(f"posts/{wildcards.post}"),
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
        site=CONTEXT.site_settings(),
        stage=result("documents/posts/{post}/stage/bundle"),
        code=lambda wildcards: INDEX.code("bundle"),
    shell:
        document_command(
            "bundle {input.qmd} --site {params.site:q} --work {params.stage}"
            " --out {output.markdown} --card {output.card}"
        )


include: "site.smk"
