"""Assignment 5.1: Triton kernels, interpreted, counted and compiled here; timed where a GPU is."""

from glob import glob

# What was measured on some GPU, and the traffic arithmetic of this build, so that there is a file.
GPU_RECORDS = [
    result("gpu_kernels/traffic.json"),
    *sorted(glob("src/recorded/*/gpu_kernels/benchmark.json")),
]
# Chosen for these steps alone: kernels run in NumPy, and no speed is drawn from them.
INTERPRET = "TRITON_INTERPRET=1"


use rule step as gpu_kernels_oracles with:
    output:
        table=result("gpu_kernels/oracles.csv"),
        json=result("gpu_kernels/oracles.json"),
    log:
        log("gpu_kernels/oracles"),
    benchmark:
        bench("gpu_kernels/oracles")
    threads: 1
    resources:
        mem_mb=1500,
        runtime=5,
    params:
        **step("gpu_kernels", "oracles"),
        environment=INTERPRET,


use rule step as gpu_kernels_counts with:
    output:
        table=result("gpu_kernels/counts.csv"),
        json=result("gpu_kernels/counts.json"),
    log:
        log("gpu_kernels/counts"),
    benchmark:
        bench("gpu_kernels/counts")
    threads: 1
    resources:
        mem_mb=1500,
        runtime=5,
    params:
        **step("gpu_kernels", "counts"),
        environment=INTERPRET,


use rule step as gpu_kernels_compiled with:
    output:
        table=result("gpu_kernels/compiled.csv"),
        json=result("gpu_kernels/compiled.json"),
    log:
        log("gpu_kernels/compiled"),
    benchmark:
        bench("gpu_kernels/compiled")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=30,
    params:
        **step("gpu_kernels", "compiled"),


use rule step as gpu_kernels_traffic with:
    output:
        table=result("gpu_kernels/traffic.csv"),
        scores=result("gpu_kernels/traffic/scores.csv"),
        json=result("gpu_kernels/traffic.json"),
    log:
        log("gpu_kernels/traffic"),
    benchmark:
        bench("gpu_kernels/traffic")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("gpu_kernels", "traffic"),


use rule step as gpu_kernels_recorded with:
    input:
        records=GPU_RECORDS,
    output:
        table=result("gpu_kernels/recorded.csv"),
        speeds=result("gpu_kernels/recorded/speeds.csv"),
        tuning=result("gpu_kernels/recorded/tuning.csv"),
        checked=result("gpu_kernels/recorded/checked.csv"),
        json=result("gpu_kernels/recorded.json"),
    log:
        log("gpu_kernels/recorded"),
    benchmark:
        bench("gpu_kernels/recorded")
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("gpu_kernels", "recorded"),
        # "older code" must follow the kernels
        record=lambda wildcards: CONTEXT.code("workflow/record/gpu_kernels.py"),
