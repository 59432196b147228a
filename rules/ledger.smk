"""The ledger: reports/all for the house, reports/<room> for one room, from what was rendered."""


def pages_of(names):
    return expand(rules.document_page.output, document=names)


def papers_of(names):
    papers = [DOCUMENTS[name].pdf for name in names if DOCUMENTS[name].pdf]
    return expand(rules.document_pdf.output, paper=papers)


def bundles_of(names):
    slugs = [Path(name).name for name in names if name in POSTS]
    return expand(rules.post_bundle.output, post=slugs)


def of_room(room):
    return [name for name, entry in DOCUMENTS.items() if entry.room == room]


LEDGER = (
    "python -m groundwork.pipeline.ledger --results "
    + RESULTS
    + " --settings {params.settings:q} --pages {input.pages} --files {input.files}"
)


rule ledger:
    input:
        pages=pages_of(DOCUMENTS),
        files=papers_of(DOCUMENTS) + bundles_of(DOCUMENTS),
        site=rules.site.output.index,
    output:
        ledger=REPORTS + "/all",
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
        code=HOUSE.code("src/groundwork/pipeline/ledger.py"),
    shell:
        LEDGER + " --site {input.site} --out {output.ledger}" + END


rule ledger_room:
    input:
        pages=lambda wildcards: pages_of(of_room(wildcards.room)),
        files=lambda wildcards: papers_of(of_room(wildcards.room))
        + bundles_of(of_room(wildcards.room)),
    output:
        ledger=REPORTS + "/{room}",
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
        code=HOUSE.code("src/groundwork/pipeline/ledger.py"),
    shell:
        LEDGER + " --out {output.ledger}" + END
