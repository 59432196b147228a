"""Assignment 2.2: the matrix product, from the triple loop to packed tiles; the rest in matmul_analysis."""


use rule step as matmul_machine with:
    input:
        native=native("matmul"),
    output:
        curve=result("matmul/machine.csv"),
        json=result("matmul/machine.json"),
    log:
        log("matmul/machine"),
    benchmark:
        bench("matmul/machine")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=600,
        runtime=5,
    params:
        **step("matmul", "machine"),


use rule step as matmul_oracle with:
    input:
        native=native("matmul"),
    output:
        json=result("matmul/oracle.json"),
    log:
        log("matmul/oracle"),
    benchmark:
        bench("matmul/oracle")
    threads: 1
    resources:
        mem_mb=400,
        runtime=5,
    params:
        **step("matmul", "oracle"),


use rule step as matmul_blocks with:
    input:
        native=native("matmul"),
    output:
        tiles=result("matmul/blocks/tiles.csv"),
        packed=result("matmul/blocks/packed.csv"),
        json=result("matmul/blocks.json"),
    log:
        log("matmul/blocks"),
    benchmark:
        bench("matmul/blocks")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=400,
        runtime=10,
    params:
        **step("matmul", "blocks"),


use rule step as matmul_benchmark with:
    input:
        native=native("matmul"),
    output:
        speeds=result("matmul/benchmark.csv"),
        rivals=result("matmul/benchmark/rivals.csv"),
        ladder=result("matmul/benchmark/ladder.csv"),
        json=result("matmul/benchmark.json"),
    log:
        log("matmul/benchmark"),
    benchmark:
        bench("matmul/benchmark")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=1200,
        runtime=20,
    params:
        **step("matmul", "benchmark"),


include: "matmul_analysis.smk"
