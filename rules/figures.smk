"""Pictures (figure, animation): every script in workflow/figures/, in every medium.

A script names its inputs itself, in its literal INPUTS; a figure needs no rule of its own.
"""

STILL, ANIMATED = HOUSE.figure_names(animated=False), HOUSE.figure_names(animated=True)
MEDIA = ["light.svg", "dark.svg", "pdf", "png"]
DRAW = (
    "python {params.script} --results "
    + RESULTS
    + " --out "
    + result("{wildcards.room}/figures/{wildcards.figure}")
    + END
)


rule figure:
    input:
        lambda wildcards: HOUSE.figure_inputs(wildcards.room, wildcards.figure),
    output:
        expand(result("{{room}}/figures/{{figure}}.{medium}"), medium=MEDIA),
    log:
        log("{room}/figures/{figure}"),
    benchmark:
        bench("{room}/figures/{figure}")
    wildcard_constraints:
        figure="|".join(STILL) or "none",
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        script="workflow/figures/{room}/{figure}.py",
        code=lambda wildcards: HOUSE.figure_code(wildcards.room, wildcards.figure),
    shell:
        DRAW


rule animation:
    input:
        lambda wildcards: HOUSE.figure_inputs(wildcards.room, wildcards.figure),
    output:
        expand(
            result("{{room}}/figures/{{figure}}.{medium}"),
            medium=[*MEDIA, "light.gif", "dark.gif"],
        ),
    log:
        log("{room}/figures/{figure}"),
    benchmark:
        bench("{room}/figures/{figure}")
    wildcard_constraints:
        figure="|".join(ANIMATED) or "none",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        script="workflow/figures/{room}/{figure}.py",
        code=lambda wildcards: HOUSE.figure_code(wildcards.room, wildcards.figure),
    shell:
        DRAW
