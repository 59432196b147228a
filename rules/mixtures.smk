"""3.2 Latent variable models: EM watched, monotonicity, collapse, selection, oracles, benchmark."""


use rule step as mixtures_fit with:
    output:
        arrays=result("mixtures/fit.npz"),
        json=result("mixtures/fit.json"),
    log:
        log("mixtures/fit"),
    benchmark:
        bench("mixtures/fit")
    priority: 1
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("mixtures", "fit"),


use rule step as mixtures_starts with:
    output:
        arrays=result("mixtures/starts.npz"),
        table=result("mixtures/starts.csv"),
        json=result("mixtures/starts.json"),
    log:
        log("mixtures/starts"),
    benchmark:
        bench("mixtures/starts")
    priority: 1
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("mixtures", "starts"),


use rule step as mixtures_collapse with:
    output:
        arrays=result("mixtures/collapse.npz"),
        json=result("mixtures/collapse.json"),
    log:
        log("mixtures/collapse"),
    benchmark:
        bench("mixtures/collapse")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("mixtures", "collapse"),


use rule step as mixtures_selection with:
    input:
        fit=result("mixtures/fit.npz"),
    output:
        arrays=result("mixtures/selection.npz"),
        table=result("mixtures/selection.csv"),
        json=result("mixtures/selection.json"),
    log:
        log("mixtures/selection"),
    benchmark:
        bench("mixtures/selection")
    priority: 1
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("mixtures", "selection"),


use rule step as mixtures_oracles with:
    output:
        table=result("mixtures/oracles.csv"),
        json=result("mixtures/oracles.json"),
    log:
        log("mixtures/oracles"),
    benchmark:
        bench("mixtures/oracles")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("mixtures", "oracles"),


use rule step as mixtures_benchmark with:
    output:
        arrays=result("mixtures/benchmark.npz"),
        table=result("mixtures/benchmark.csv"),
        json=result("mixtures/benchmark.json"),
    log:
        log("mixtures/benchmark"),
    benchmark:
        bench("mixtures/benchmark")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("mixtures", "benchmark"),
