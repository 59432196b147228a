"""6.1 What surrounds the training: the reference's memory, kept states, oracles, the longer run's record."""

from glob import glob


# Each strategy in a process of its own, one after the other, with all cores.
use rule step as alignment_memory with:
    input:
        weights=ALIGNMENT_WEIGHTS,
        base=result("alignment/base.safetensors"),
        pairs=result("alignment/pairs.csv"),
        reference=result("alignment/reference.npz"),
    output:
        table=result("alignment/memory.csv"),
        json=result("alignment/memory.json"),
    log:
        log("alignment/memory"),
    benchmark:
        bench("alignment/memory")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **step("alignment", "memory"),


use rule step as alignment_reuse with:
    input:
        weights=ALIGNMENT_WEIGHTS,
        base=result("alignment/base.safetensors"),
        pairs=result("alignment/pairs.csv"),
        reference=result("alignment/reference.npz"),
    output:
        table=result("alignment/reuse.csv"),
        json=result("alignment/reuse.json"),
    log:
        log("alignment/reuse"),
    benchmark:
        bench("alignment/reuse")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **step("alignment", "reuse"),


use rule step as alignment_checks with:
    input:
        weights=ALIGNMENT_WEIGHTS,
        pairs=result("alignment/pairs.csv"),
    output:
        table=result("alignment/checks.csv"),
        json=result("alignment/checks.json"),
    log:
        log("alignment/checks"),
    benchmark:
        bench("alignment/checks")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        **step("alignment", "checks"),


use rule step as alignment_recorded with:
    input:
        records=[
            result("alignment/evaluate.json"),
            *sorted(glob("src/recorded/*/alignment/evaluate.json")),
        ],
        runs=[
            result("alignment/dpo.json"),
            *sorted(glob("src/recorded/*/alignment/dpo.json")),
        ],
    output:
        table=result("alignment/recorded.csv"),
        means=result("alignment/recorded/means.csv"),
        json=result("alignment/recorded.json"),
    log:
        log("alignment/recorded"),
    benchmark:
        bench("alignment/recorded")
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("alignment", "recorded"),
