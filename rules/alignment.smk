"""6.1 Alignment: preference training of a real language model, judged three ways; the rest in alignment_analysis."""

# The model that a Python package carries, and room 4.2's own, which stands in where that cannot be
# had, and at smoke always.
ALIGNMENT_WEIGHTS = ([] if SCALE == "smoke" else dataset("smollm2")) + [
    result("transformer/train.safetensors")
]


include: "alignment_analysis.smk"


use rule step as alignment_judge with:
    input:
        wikipedia=dataset("politeness", "wikipedia.annotated.csv"),
        stack_exchange=dataset("politeness", "stack-exchange.annotated.csv"),
    output:
        judge=result("alignment/judge.npz"),
        table=result("alignment/judge.csv"),
        json=result("alignment/judge.json"),
    log:
        log("alignment/judge"),
    benchmark:
        bench("alignment/judge")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("alignment", "judge"),


use rule step as alignment_pairs with:
    input:
        weights=ALIGNMENT_WEIGHTS,
    output:
        pairs=result("alignment/pairs.csv"),
        json=result("alignment/pairs.json"),
    log:
        log("alignment/pairs"),
    benchmark:
        bench("alignment/pairs")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        **step("alignment", "pairs"),


use rule step as alignment_base with:
    input:
        weights=ALIGNMENT_WEIGHTS,
        pairs=result("alignment/pairs.csv"),
    output:
        adapters=result("alignment/base.safetensors"),
        curve=result("alignment/base.csv"),
        json=result("alignment/base.json"),
    log:
        log("alignment/base"),
    benchmark:
        bench("alignment/base")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2000,
        runtime=grow(60),
    params:
        **step("alignment", "base"),


use rule step as alignment_reference with:
    input:
        weights=ALIGNMENT_WEIGHTS,
        base=result("alignment/base.safetensors"),
        pairs=result("alignment/pairs.csv"),
    output:
        log_probs=result("alignment/reference.npz"),
        json=result("alignment/reference.json"),
    log:
        log("alignment/reference"),
    benchmark:
        bench("alignment/reference")
    priority: 1
    threads: 2
    resources:
        mem_mb=2000,
        runtime=15,
    params:
        **step("alignment", "reference"),


use rule step as alignment_dpo with:
    input:
        weights=ALIGNMENT_WEIGHTS,
        base=result("alignment/base.safetensors"),
        pairs=result("alignment/pairs.csv"),
        reference=result("alignment/reference.npz"),
    output:
        adapters=result("alignment/dpo.safetensors"),
        curve=result("alignment/dpo.csv"),
        json=result("alignment/dpo.json"),
    log:
        log("alignment/dpo"),
    benchmark:
        bench("alignment/dpo")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2000,
        runtime=grow(60),
    params:
        **step("alignment", "dpo"),


use rule step as alignment_evaluate with:
    input:
        weights=ALIGNMENT_WEIGHTS,
        base=result("alignment/base.safetensors"),
        adapters=result("alignment/dpo.safetensors"),
        judge=result("alignment/judge.npz"),
    output:
        table=result("alignment/evaluate.csv"),
        answers=result("alignment/answers.csv"),
        failures=result("alignment/failures.csv"),
        json=result("alignment/evaluate.json"),
    log:
        log("alignment/evaluate"),
    benchmark:
        bench("alignment/evaluate")
    priority: 1
    threads: 2
    resources:
        mem_mb=2000,
        runtime=grow(30),
    params:
        **step("alignment", "evaluate"),
