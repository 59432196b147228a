"""5.2 Distributed training: replicas, messages, overlap, shards, cost, failures."""


use rule step as data_parallel_replicas with:
    output:
        table=result("data_parallel/replicas.csv"),
        errors=result("data_parallel/replicas/errors.csv"),
        drift=result("data_parallel/replicas/drift.csv"),
        json=result("data_parallel/replicas.json"),
    log:
        log("data_parallel/replicas"),
    benchmark:
        bench("data_parallel/replicas")
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **step("data_parallel", "replicas"),


use rule step as data_parallel_collectives with:
    output:
        table=result("data_parallel/collectives.csv"),
        json=result("data_parallel/collectives.json"),
    log:
        log("data_parallel/collectives"),
    benchmark:
        bench("data_parallel/collectives")
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **step("data_parallel", "collectives"),


use rule step as data_parallel_bandwidth with:
    output:
        table=result("data_parallel/bandwidth.csv"),
        json=result("data_parallel/bandwidth.json"),
    log:
        log("data_parallel/bandwidth"),
    benchmark:
        bench("data_parallel/bandwidth")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **step("data_parallel", "bandwidth"),


use rule step as data_parallel_cost with:
    input:
        times=result("data_parallel/bandwidth.csv"),
    output:
        table=result("data_parallel/cost.csv"),
        json=result("data_parallel/cost.json"),
    log:
        log("data_parallel/cost"),
    benchmark:
        bench("data_parallel/cost")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        **step("data_parallel", "cost"),


use rule step as data_parallel_overlap with:
    output:
        table=result("data_parallel/overlap.csv"),
        events=result("data_parallel/overlap/events.csv"),
        json=result("data_parallel/overlap.json"),
    log:
        log("data_parallel/overlap"),
    benchmark:
        bench("data_parallel/overlap")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **step("data_parallel", "overlap"),


use rule step as data_parallel_sharding with:
    output:
        table=result("data_parallel/sharding.csv"),
        memory=result("data_parallel/sharding/memory.csv"),
        predicted=result("data_parallel/sharding/predicted.csv"),
        json=result("data_parallel/sharding.json"),
    log:
        log("data_parallel/sharding"),
    benchmark:
        bench("data_parallel/sharding")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **step("data_parallel", "sharding"),


use rule step as data_parallel_resume with:
    output:
        table=result("data_parallel/resume.csv"),
        json=result("data_parallel/resume.json"),
    log:
        log("data_parallel/resume"),
    benchmark:
        bench("data_parallel/resume")
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **step("data_parallel", "resume"),


use rule step as data_parallel_failures with:
    output:
        table=result("data_parallel/failures.csv"),
        json=result("data_parallel/failures.json"),
    log:
        log("data_parallel/failures"),
    benchmark:
        bench("data_parallel/failures")
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **step("data_parallel", "failures"),


use rule step as data_parallel_scaling with:
    output:
        table=result("data_parallel/scaling.csv"),
        json=result("data_parallel/scaling.json"),
    log:
        log("data_parallel/scaling"),
    benchmark:
        bench("data_parallel/scaling")
    priority: 1
    threads: 1
    resources:
        mem_mb=1000,
        runtime=10,
    params:
        **step("data_parallel", "scaling"),
