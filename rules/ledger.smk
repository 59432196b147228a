"""The ledger: reports/all for the whole site, reports/<room> for one room, from what was rendered."""


rule ledger:
    input:
        pages=INDEX.pages(INDEX.documents),
        files=INDEX.prints(INDEX.documents),
        sources=INDEX.sources(INDEX.documents),
        site=rules.site.output.index,
    output:
        ledger=final("all"),
    log:
        log("ledger/all"),
    benchmark:
        bench("ledger/all")
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        settings=CONTEXT.ledger_settings(),
        code=lambda wildcards: CONTEXT.code("src/groundwork_harness/pipeline/ledger.py"),
    shell:
        ledger_command("--site {input.site}")


rule ledger_room:
    input:
        pages=lambda wildcards: INDEX.pages(INDEX.of_room(wildcards.room)),
        files=lambda wildcards: INDEX.prints(INDEX.of_room(wildcards.room)),
        sources=lambda wildcards: INDEX.sources(INDEX.of_room(wildcards.room)),
        site=rules.room_site.output.index,
    output:
        ledger=final("{room}"),
    log:
        log("ledger/{room}"),
    benchmark:
        bench("ledger/{room}")
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        settings=CONTEXT.ledger_settings(),
        code=lambda wildcards: CONTEXT.code("src/groundwork_harness/pipeline/ledger.py"),
    shell:
        ledger_command("--site {input.site}")
