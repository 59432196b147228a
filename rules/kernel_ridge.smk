"""3.1 Kernel methods and dual representations: oracles, the bandwidth experiment, benchmark."""


use rule step as kernel_ridge_bandwidth with:
    output:
        arrays=result("kernel_ridge/bandwidth.npz"),
        table=result("kernel_ridge/bandwidth.csv"),
        json=result("kernel_ridge/bandwidth.json"),
    log:
        log("kernel_ridge/bandwidth"),
    benchmark:
        bench("kernel_ridge/bandwidth")
    priority: 1
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("kernel_ridge", "bandwidth"),


use rule step as kernel_ridge_oracles with:
    output:
        arrays=result("kernel_ridge/oracles.npz"),
        table=result("kernel_ridge/oracles.csv"),
        json=result("kernel_ridge/oracles.json"),
    log:
        log("kernel_ridge/oracles"),
    benchmark:
        bench("kernel_ridge/oracles")
    priority: 1
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("kernel_ridge", "oracles"),


use rule step as kernel_ridge_benchmark with:
    output:
        arrays=result("kernel_ridge/benchmark.npz"),
        table=result("kernel_ridge/benchmark.csv"),
        json=result("kernel_ridge/benchmark.json"),
    log:
        log("kernel_ridge/benchmark"),
    benchmark:
        bench("kernel_ridge/benchmark")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **step("kernel_ridge", "benchmark"),


use rule step as kernel_ridge_memory with:
    output:
        json=result("kernel_ridge/memory.json"),
    log:
        log("kernel_ridge/memory"),
    benchmark:
        bench("kernel_ridge/memory")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        **step("kernel_ridge", "memory"),
