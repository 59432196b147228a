"""1.1 operators, the steps that need no data: accuracy, speed, theorem checks, geometry."""


use rule step as operators_accuracy with:
    output:
        arrays=result("operators/accuracy.npz"),
        table=result("operators/accuracy.csv"),
        json=result("operators/accuracy.json"),
    log:
        log("operators/accuracy"),
    benchmark:
        bench("operators/accuracy")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("operators", "accuracy"),


use rule step as operators_speed with:
    output:
        table=result("operators/speed.csv"),
        json=result("operators/speed.json"),
    log:
        log("operators/speed"),
    benchmark:
        bench("operators/speed")
    priority: 100
    threads: workflow.cores  # nothing runs beside a timing
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("operators", "speed"),


use rule step as operators_transient with:
    output:
        arrays=result("operators/transient.npz"),
        json=result("operators/transient.json"),
    log:
        log("operators/transient"),
    benchmark:
        bench("operators/transient")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("operators", "transient"),


use rule step as operators_volumes with:
    output:
        arrays=result("operators/volumes.npz"),
        json=result("operators/volumes.json"),
    log:
        log("operators/volumes"),
    benchmark:
        bench("operators/volumes")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("operators", "volumes"),


use rule step as operators_checks with:
    output:
        table=result("operators/checks.csv"),
        json=result("operators/checks.json"),
    log:
        log("operators/checks"),
    benchmark:
        bench("operators/checks")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("operators", "checks"),
