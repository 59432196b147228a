"""1.2 The calculus of optimization: derivatives as linear maps, saddles, four optimisers."""


use rule step as calculus_trajectories with:
    output:
        arrays=result("calculus/trajectories.npz"),
        json=result("calculus/trajectories.json"),
    log:
        log("calculus/trajectories"),
    benchmark:
        bench("calculus/trajectories")
    threads: 1
    resources:
        mem_mb=500,
        runtime=2,
    params:
        **step("calculus", "trajectories"),


use rule step as calculus_basins with:
    output:
        arrays=result("calculus/basins.npz"),
        json=result("calculus/basins.json"),
    log:
        log("calculus/basins"),
    benchmark:
        bench("calculus/basins")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("calculus", "basins"),


use rule step as calculus_jvp with:
    output:
        arrays=result("calculus/jvp.npz"),
        table=result("calculus/jvp.csv"),
        json=result("calculus/jvp.json"),
    log:
        log("calculus/jvp"),
    benchmark:
        bench("calculus/jvp")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        **step("calculus", "jvp"),


use rule step as calculus_checks with:
    output:
        arrays=result("calculus/checks.npz"),
        json=result("calculus/checks.json"),
    log:
        log("calculus/checks"),
    benchmark:
        bench("calculus/checks")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("calculus", "checks"),
