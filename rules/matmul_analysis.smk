"""What the matrix product waits for: misses counted, the parts of the fastest step, the roofline."""


use rule step as matmul_misses with:
    input:
        native=native("matmul"),
        program="results/native/programs/matmul/matmul_once",
    output:
        counts=result("matmul/misses.csv"),
        json=result("matmul/misses.json"),
    log:
        log("matmul/misses"),
    benchmark:
        bench("matmul/misses")
    threads: 2
    resources:
        mem_mb=800,
        runtime=20,
    params:
        **step("matmul", "misses"),


use rule step as matmul_limits with:
    input:
        native=native("matmul"),
    output:
        parts=result("matmul/limits.csv"),
        json=result("matmul/limits.json"),
    log:
        log("matmul/limits"),
    benchmark:
        bench("matmul/limits")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=400,
        runtime=5,
    params:
        **step("matmul", "limits"),


use rule step as matmul_roofline with:
    input:
        speeds=result("matmul/benchmark.csv"),
        counts=result("matmul/misses.csv"),
        machine=result("matmul/machine.json"),
    output:
        points=result("matmul/roofline.csv"),
        json=result("matmul/roofline.json"),
    log:
        log("matmul/roofline"),
    benchmark:
        bench("matmul/roofline")
    threads: 1
    resources:
        mem_mb=300,
        runtime=2,
    params:
        **step("matmul", "roofline"),
