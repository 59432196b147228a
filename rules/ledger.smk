"""The ledger: reports/all for the house, reports/<room> for one room, from what was rendered."""


rule ledger:
    input:
        pages=SHELF.pages(SHELF.documents),
        files=SHELF.prints(SHELF.documents),
        sources=SHELF.sources(SHELF.documents),
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
        settings=HOUSE.ledger_settings(),
        code=lambda wildcards: HOUSE.code("src/groundwork/pipeline/ledger.py"),
    shell:
        ledger_command("--site {input.site}")


rule ledger_room:
    input:
        pages=lambda wildcards: SHELF.pages(SHELF.of_room(wildcards.room)),
        files=lambda wildcards: SHELF.prints(SHELF.of_room(wildcards.room)),
        sources=lambda wildcards: SHELF.sources(SHELF.of_room(wildcards.room)),
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
        settings=HOUSE.ledger_settings(),
        code=lambda wildcards: HOUSE.code("src/groundwork/pipeline/ledger.py"),
    shell:
        ledger_command("--site {input.site}")
