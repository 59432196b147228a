"""Documents (document), PDFs (pdf), the site (site), portable posts (bundle), the ledger (ledger).

What a document needs is read out of its own text: the claims, tables and figures that it names.
"""

SHELF = HOUSE.shelf
PRESS = "python -m groundwork.press {params.command} --results " + RESULTS


rule document:
    input:
        qmd=lambda wildcards: SHELF.qmd(wildcards.document),
        needs=lambda wildcards: SHELF.inputs(wildcards.document),
    output:
        page=f"{RESULTS}/documents/{{document}}.json",
    log:
        log("documents/{document}"),
    benchmark:
        bench("documents/{document}")
    wildcard_constraints:
        document="|".join(SHELF.names),
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        command="render",
        engine=HOUSE.resolved["engine"],
        code=lambda wildcards: SHELF.code(
            "src/groundwork/press/render.py", wildcards.document
        ),
    shell:
        PRESS + " {input.qmd} --to html --engine {params.engine} --scale {SCALE}"
        " --out {output.page}" + END


rule pdf:
    input:
        qmd=lambda wildcards: SHELF.qmd(SHELF.pdfs[wildcards.pdf]),
        needs=lambda wildcards: SHELF.inputs(SHELF.pdfs[wildcards.pdf]),
    output:
        pdf=f"{REPORTS}/pdf/{{pdf}}.pdf",
    log:
        log("pdf/{pdf}"),
    benchmark:
        bench("pdf/{pdf}")
    wildcard_constraints:
        pdf="|".join(SHELF.pdfs) or "none",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        command="render",
        engine=HOUSE.resolved["engine"],
        pdf_engine=HOUSE.resolved["pdf"],
        work=f"{RESULTS}/documents/pdf/{{pdf}}.work",
        code=lambda wildcards: SHELF.code("src/groundwork/press/pdf.py"),
    shell:
        PRESS
        + " {input.qmd} --to pdf --engine {params.engine} --pdf-engine {params.pdf_engine}"
        " --scale {SCALE} --work {params.work} --out {output.pdf}" + END


rule site:
    input:
        pages=expand(rules.document.output.page, document=SHELF.names),
        pdfs=expand(rules.pdf.output.pdf, pdf=list(SHELF.pdfs)),
        records=SHELF.records(),
        assets=HOUSE.assets(),
    output:
        site=directory(f"{REPORTS}/site"),
    log:
        log("site/assemble"),
    benchmark:
        bench("site/assemble")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        command="site",
        settings=HOUSE.site_settings(),
        pdf_engine=HOUSE.resolved["pdf"],
        code=SHELF.code("src/groundwork/press/site.py"),
    shell:
        PRESS + " --pages {input.pages} --pdfs {input.pdfs} --site {params.settings:q}"
        " --pdf-engine {params.pdf_engine} --scale {SCALE} --out {output.site}" + END


rule ledger:
    input:
        pages=rules.site.input.pages,
        pdfs=rules.site.input.pdfs,
        site=rules.site.output.site,
    output:
        ledger=f"{REPORTS}/all",
    log:
        log("ledger/all"),
    benchmark:
        bench("ledger/all")
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        settings=HOUSE.ledger_settings(),
        code=SHELF.code("src/groundwork/pipeline/ledger.py"),
    shell:
        "python -m groundwork.pipeline.ledger --results {RESULTS} --settings {params.settings:q}"
        " --pages {input.pages} --pdfs {input.pdfs} --site {input.site}"
        " --out {output.ledger}" + END


rule ledger_room:
    input:
        pages=lambda wildcards: expand(
            rules.document.output.page, document=SHELF.of_room(wildcards.room)
        ),
        pdfs=lambda wildcards: [
            f"{REPORTS}/pdf/{pdf}.pdf"
            for pdf, name in SHELF.pdfs.items()
            if name in SHELF.of_room(wildcards.room)
        ],
    output:
        ledger=f"{REPORTS}/{{room}}",
    log:
        log("ledger/{room}"),
    benchmark:
        bench("ledger/{room}")
    wildcard_constraints:
        room="|".join(HOUSE.rooms) or "none",
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        settings=HOUSE.ledger_settings(),
        code=SHELF.code("src/groundwork/pipeline/ledger.py"),
    shell:
        "python -m groundwork.pipeline.ledger --results {RESULTS} --settings {params.settings:q}"
        " --pages {input.pages} --pdfs {input.pdfs} --out {output.ledger}" + END
