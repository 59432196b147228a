"""2.1 The computational graph optimizer: random families, optima, real graphs, speed, checks."""


rule scheduler_families:
    input:
        native=native("scheduler"),
    output:
        table=result("scheduler/families.csv"),
        ties=result("scheduler/families_ties.csv"),
        arrays=result("scheduler/families.npz"),
        json=result("scheduler/families.json"),
    log:
        log("scheduler/families"),
    benchmark:
        bench("scheduler/families")
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        **step("scheduler", "families"),
    shell:
        command(
            "--native {input.native}"
            " --table {output.table}"
            " --ties {output.ties}"
            " --arrays {output.arrays}"
        )


rule scheduler_intervals:
    input:
        native=native("scheduler"),
    output:
        arrays=result("scheduler/intervals.npz"),
        json=result("scheduler/intervals.json"),
    log:
        log("scheduler/intervals"),
    benchmark:
        bench("scheduler/intervals")
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        **step("scheduler", "intervals"),
    shell:
        command("--native {input.native} --arrays {output.arrays}")


rule scheduler_optimality:
    input:
        native=native("scheduler"),
    output:
        table=result("scheduler/optimality.csv"),
        arrays=result("scheduler/optimality.npz"),
        json=result("scheduler/optimality.json"),
    log:
        log("scheduler/optimality"),
    benchmark:
        bench("scheduler/optimality")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        **step("scheduler", "optimality"),
    shell:
        command(
            "--native {input.native}"
            " --table {output.table}"
            " --arrays {output.arrays}"
        )


rule scheduler_real:
    input:
        native=native("scheduler"),
    output:
        table=result("scheduler/real.csv"),
        rewritten=result("scheduler/real_rewritten.csv"),
        arrays=result("scheduler/real.npz"),
        json=result("scheduler/real.json"),
    log:
        log("scheduler/real"),
    benchmark:
        bench("scheduler/real")
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        **step("scheduler", "real"),
    shell:
        command(
            "--native {input.native}"
            " --table {output.table}"
            " --rewritten {output.rewritten}"
            " --arrays {output.arrays}"
        )


rule scheduler_speed:
    input:
        native=native("scheduler"),
    output:
        table=result("scheduler/speed.csv"),
        arrays=result("scheduler/speed.npz"),
        json=result("scheduler/speed.json"),
    log:
        log("scheduler/speed"),
    benchmark:
        bench("scheduler/speed")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2500,
        runtime=10,
    params:
        **step("scheduler", "speed"),
    shell:
        command(
            "--native {input.native}"
            " --table {output.table}"
            " --arrays {output.arrays}"
        )


rule scheduler_checks:
    input:
        native=native("scheduler"),
    output:
        json=result("scheduler/checks.json"),
    log:
        log("scheduler/checks"),
    benchmark:
        bench("scheduler/checks")
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        **step("scheduler", "checks"),
    shell:
        command("--native {input.native}")
