"""7 The paper reproduction: cells trained, recorded cells compared, ablations, rubric, checks."""

from glob import glob

# The published numbers, then every cell that was recorded at the paper's own scale.
REPRODUCTION_RECORDS = ["src/groundwork/reproduction/published.json"] + sorted(
    glob("src/recorded/*/reproduction/*.json")
)


use rule step as reproduction_oracles with:
    input:
        native=native("reproduction"),
    output:
        table=result("reproduction/oracles.csv"),
        json=result("reproduction/oracles.json"),
    log:
        log("reproduction/oracles"),
    benchmark:
        bench("reproduction/oracles")
    priority: 1
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("reproduction", "oracles"),


use rule step as reproduction_cells with:
    input:
        native=native("reproduction"),
    output:
        table=result("reproduction/cells.csv"),
        json=result("reproduction/cells.json"),
    log:
        log("reproduction/cells"),
    benchmark:
        bench("reproduction/cells")
    priority: 1
    threads: 1
    resources:
        mem_mb=1000,
        runtime=15,
    params:
        **step("reproduction", "cells"),


use rule step as reproduction_compare with:
    input:
        native=native("reproduction"),
        published_and_records=REPRODUCTION_RECORDS,
    output:
        lines=result("reproduction/compare.csv"),
        cells=result("reproduction/compare/cells.csv"),
        json=result("reproduction/compare.json"),
    log:
        log("reproduction/compare"),
    benchmark:
        bench("reproduction/compare")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("reproduction", "compare"),


use rule step as reproduction_ablation with:
    input:
        native=native("reproduction"),
        published_and_records=REPRODUCTION_RECORDS,
    output:
        table=result("reproduction/ablation.csv"),
        deaths=result("reproduction/ablation/deaths.csv"),
        arrays=result("reproduction/ablation.npz"),
        json=result("reproduction/ablation.json"),
    log:
        log("reproduction/ablation"),
    benchmark:
        bench("reproduction/ablation")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("reproduction", "ablation"),


use rule step as reproduction_rubric with:
    input:
        native=native("reproduction"),
        oracles=result("reproduction/oracles.json"),
        published_and_records=REPRODUCTION_RECORDS,
    output:
        table=result("reproduction/rubric.csv"),
        json=result("reproduction/rubric.json"),
    log:
        log("reproduction/rubric"),
    benchmark:
        bench("reproduction/rubric")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("reproduction", "rubric"),


use rule step as reproduction_linear with:
    output:
        table=result("reproduction/linear.csv"),
        json=result("reproduction/linear.json"),
    log:
        log("reproduction/linear"),
    benchmark:
        bench("reproduction/linear")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("reproduction", "linear"),


use rule step as reproduction_plane with:
    input:
        native=native("reproduction"),
    output:
        arrays=result("reproduction/plane.npz"),
        json=result("reproduction/plane.json"),
    log:
        log("reproduction/plane"),
    benchmark:
        bench("reproduction/plane")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("reproduction", "plane"),


use rule step as reproduction_speed with:
    input:
        native=native("reproduction"),
    output:
        table=result("reproduction/speed.csv"),
        json=result("reproduction/speed.json"),
    log:
        log("reproduction/speed"),
    benchmark:
        bench("reproduction/speed")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("reproduction", "speed"),
