"""What the matrix product waits for: misses counted, the parts of the fastest step, the roofline."""


rule matmul_misses:
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
    shell:
        command(
            "--native {input.native} --program {input.program} --counts {output.counts}"
        )


rule matmul_limits:
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
    shell:
        command("--native {input.native} --parts {output.parts}")


rule matmul_roofline:
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
    shell:
        command(
            "--speeds {input.speeds} --counts {input.counts} --machine {input.machine}"
            " --points {output.points}"
        )
