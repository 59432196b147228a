"""Pictures (figure, animation): every script in workflow/figures/, in every medium.

A script names its inputs itself, in its literal INPUTS; a figure needs no rule of its own.
"""

from groundwork_harness.pipeline import pictures
from groundwork_harness.documents.catalog import MEDIA, MOVING

STILL, ANIMATED = pictures.names(animated=False), pictures.names(animated=True)
DRAW = (
    f"{ONE_THREAD} {{params.python}} {{params.script}} --code {{params.code}}"
    f" --results {RESULTS} --out {{params.stem}}{END}"
)


rule figure:
    input:
        lambda wildcards: [result(path) for path in pictures.inputs(wildcards.picture)],
    output:
        expand(result("{{picture}}.{medium}"), medium=MEDIA),
    log:
        log("{picture}"),
    benchmark:
        bench("{picture}")
    wildcard_constraints:
        picture="|".join(STILL) or "none",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        script=lambda wildcards: pictures.script(wildcards.picture),
        code=lambda wildcards: CONTEXT.code(pictures.script(wildcards.picture)),
        python=lambda wildcards: CONTEXT.python(pictures.script(wildcards.picture)),
        stem=result("{picture}"),
    shell:
        DRAW


rule animation:
    input:
        lambda wildcards: [result(path) for path in pictures.inputs(wildcards.picture)],
    output:
        expand(result("{{picture}}.{medium}"), medium=MEDIA + MOVING),
    log:
        log("{picture}"),
    benchmark:
        bench("{picture}")
    wildcard_constraints:
        picture="|".join(ANIMATED) or "none",
    priority: 1
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        script=lambda wildcards: pictures.script(wildcards.picture),
        code=lambda wildcards: CONTEXT.code(pictures.script(wildcards.picture)),
        python=lambda wildcards: CONTEXT.python(pictures.script(wildcards.picture)),
        stem=result("{picture}"),
    shell:
        DRAW
