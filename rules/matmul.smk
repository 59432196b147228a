"""Assignment 2.2: the matrix product, from the triple loop to packed tiles; the rest in matmul_analysis."""


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
    priority: 100
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
    priority: 100
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
    priority: 100
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


include: "matmul_analysis.smk"
