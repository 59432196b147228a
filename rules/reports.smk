"""Documents to reports: pages, PDFs, portable posts with their cards (the site: site.smk).

What a document needs is read out of its own text (groundwork.press.catalog), so editing one
rerenders its page and reassembles the site, and a changed result rerenders the pages that show it.
"""

import json
from pathlib import Path

from groundwork.press.catalog import catalog

DOCUMENTS = catalog(Path("src/documents"), HOUSE.rooms)
PAPERS = {entry.pdf: name for name, entry in DOCUMENTS.items() if entry.pdf}
POSTS = [name for name, entry in DOCUMENTS.items() if entry.kind == "post"]
MOVING = [
    f"{path.parent.name}/{path.stem}"
    for path in Path("workflow/figures").glob("*/*.py")
    if path.stem in ANIMATED
]
ENGINE = sorted(
    path.as_posix()
    for folder in ("filters", "references")
    for path in Path("src/documents", folder).glob("*.*")
    if path.suffix != ".bib"
)
PRESS = (
    "python -m groundwork.press render {input.qmd} --results "
    + RESULTS
    + " --scale {params.scale} --engine {params.engine} --out {output}"
)


def document_files(wildcards):
    return DOCUMENTS[wildcards.document].files(RESULTS, MOVING)


def paper_files(wildcards):
    return DOCUMENTS[PAPERS[wildcards.paper]].files(RESULTS, MOVING)


def document_code(module):
    """Params that decide a rerender: the press's own code, and what a tutorial's cells import."""

    def code(wildcards):
        name = (
            PAPERS[wildcards.paper]
            if hasattr(wildcards, "paper")
            else wildcards.document
        )
        sources = [f"src/groundwork/press/{module}.py"]
        for imported in DOCUMENTS[name].inputs.modules:
            path = Path("src", *imported.split("."))
            sources += [
                str(p)
                for p in (path.with_suffix(".py"), path / "__init__.py")
                if p.is_file()
            ]
        return " ".join(HOUSE.code(source) for source in sources)

    return code


wildcard_constraints:
    document="|".join(DOCUMENTS),
    paper="|".join(PAPERS) or "none",
    post="|".join(Path(name).name for name in POSTS) or "none",


rule document_page:
    input:
        document_files,
        ENGINE,
        qmd=lambda wildcards: DOCUMENTS[wildcards.document].path.as_posix(),
    output:
        result("documents/{document}/page.json"),
    log:
        log("documents/{document}/page"),
    benchmark:
        bench("documents/{document}/page")
    threads: 1
    resources:
        mem_mb=600,
        runtime=5,
    params:
        scale=config["scale"],
        engine=HOUSE.resolved["engine"],
        code=document_code("render"),
    shell:
        PRESS + " --to html" + END


rule document_pdf:
    input:
        paper_files,
        ENGINE,
        template=f"src/documents/templates/article.{'tex' if HOUSE.resolved['pdf'] == 'latex' else 'typ'}",
        qmd=lambda wildcards: DOCUMENTS[PAPERS[wildcards.paper]].path.as_posix(),
    output:
        REPORTS + "/pdf/{paper}.pdf",
    log:
        log("documents/pdf/{paper}"),
    benchmark:
        bench("documents/pdf/{paper}")
    threads: 1
    resources:
        mem_mb=600,
        runtime=5,
    params:
        scale=config["scale"],
        engine=HOUSE.resolved["engine"],
        pdf_engine=HOUSE.resolved["pdf"],
        stage=result("documents/pdf/{paper}"),
        code=document_code("pdf"),
    shell:
        PRESS + " --to pdf --pdf-engine {params.pdf_engine} --work {params.stage}" + END


rule post_bundle:
    """A post as portable markdown with its pictures, and its card for social media."""
    input:
        lambda wildcards: DOCUMENTS[f"posts/{wildcards.post}"].files(RESULTS, MOVING),
        ENGINE,
        qmd=lambda wildcards: DOCUMENTS[f"posts/{wildcards.post}"].path.as_posix(),
    output:
        markdown=REPORTS + "/posts/{post}/index.md",
        card=REPORTS + "/posts/{post}/card.png",
    log:
        log("documents/posts/{post}/bundle"),
    benchmark:
        bench("documents/posts/{post}/bundle")
    threads: 1
    resources:
        mem_mb=600,
        runtime=5,
    params:
        scale=config["scale"],
        site=json.dumps(config["site"], sort_keys=True),
        stage=result("documents/posts/{post}/stage/bundle"),
        code=HOUSE.code("src/groundwork/press/bundle.py"),
    shell:
        "python -m groundwork.press bundle {input.qmd} --results "
        + RESULTS
        + " --scale {params.scale} --site {params.site:q} --work {params.stage}"
        " --out {output.markdown} --card {output.card}" + END


include: "site.smk"
