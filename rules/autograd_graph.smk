"""4.1 MicroGrad++, its own graph: recorded, exported, and scheduled by room 2.1."""


use rule step as autograd_graph with:
    output:
        graph=result("autograd/graph.graph.json"),
        small=result("autograd/graph.small.json"),
        json=result("autograd/graph.json"),
    log:
        log("autograd/graph"),
    benchmark:
        bench("autograd/graph")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("autograd", "graph"),


use rule step as autograd_schedule with:
    input:
        graph=result("autograd/graph.graph.json"),
        native=native("scheduler"),
    output:
        arrays=result("autograd/schedule.npz"),
        table=result("autograd/schedule.csv"),
        json=result("autograd/schedule.json"),
    log:
        log("autograd/schedule"),
    benchmark:
        bench("autograd/schedule")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("autograd", "schedule"),
