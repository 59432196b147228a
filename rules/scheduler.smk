"""2.1 The computational graph optimizer: random families, optima, real graphs, speed, checks."""


use rule step as scheduler_families with:
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


use rule step as scheduler_intervals with:
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


use rule step as scheduler_optimality with:
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


use rule step as scheduler_real with:
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


use rule step as scheduler_speed with:
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


use rule step as scheduler_checks with:
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
