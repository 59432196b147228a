"""Assignment 2.2: the matrix product, from the triple loop to packed register tiles."""


rule matmul_machine:
    input:
        native=native("matmul"),
    output:
        curve=result("matmul/machine.csv"),
        json=result("matmul/machine.json"),
    log:
        log("matmul/machine"),
    benchmark:
        bench("matmul/machine")
    threads: workflow.cores
    resources:
        mem_mb=600,
        runtime=5,
    params:
        **step("matmul", "machine"),
    shell:
        command("--native {input.native} --curve {output.curve}")


rule matmul_oracle:
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
    shell:
        command("--native {input.native}")


rule matmul_blocks:
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
    threads: workflow.cores
    resources:
        mem_mb=400,
        runtime=10,
    params:
        **step("matmul", "blocks"),
    shell:
        command(
            "--native {input.native} --tiles {output.tiles} --packed {output.packed}"
        )


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


rule matmul_benchmark:
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
    threads: workflow.cores
    resources:
        mem_mb=1200,
        runtime=20,
    params:
        **step("matmul", "benchmark"),
    shell:
        command(
            "--native {input.native} --speeds {output.speeds}"
            " --rivals {output.rivals} --ladder {output.ladder}"
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
