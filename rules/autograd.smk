"""4.1 MicroGrad++: the engine against its oracles, MNIST, the race with PyTorch, its own graph."""

TRAIN = {
    "images": dataset("mnist", "train-images-idx3-ubyte.gz"),
    "labels": dataset("mnist", "train-labels-idx1-ubyte.gz"),
}
TEST = {
    "test_images": dataset("mnist", "t10k-images-idx3-ubyte.gz"),
    "test_labels": dataset("mnist", "t10k-labels-idx1-ubyte.gz"),
}


use rule step as autograd_oracle with:
    output:
        table=result("autograd/oracle.csv"),
        json=result("autograd/oracle.json"),
    log:
        log("autograd/oracle"),
    benchmark:
        bench("autograd/oracle")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        **step("autograd", "oracle"),


use rule step as autograd_choose with:
    input:
        **TRAIN,
    output:
        table=result("autograd/choose.csv"),
        json=result("autograd/choose.json"),
    log:
        log("autograd/choose"),
    benchmark:
        bench("autograd/choose")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **step("autograd", "choose"),


use rule step as autograd_train with:
    input:
        **TRAIN,
        **TEST,
        choice=result("autograd/choose.csv"),
    output:
        arrays=result("autograd/train/{seed}.npz"),
        json=result("autograd/train/{seed}.json"),
    log:
        log("autograd/train/{seed}"),
    benchmark:
        bench("autograd/train/{seed}")
    wildcard_constraints:
        seed="[0-9]+",
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **step("autograd", "train", each="seed"),


use rule step as autograd_mnist with:
    input:
        **TEST,
        runs=expand(
            result("autograd/train/{seed}.npz"),
            seed=config["autograd"]["train"]["seeds"],
        ),
    output:
        arrays=result("autograd/mnist.npz"),
        table=result("autograd/mnist.csv"),
        json=result("autograd/mnist.json"),
    log:
        log("autograd/mnist"),
    benchmark:
        bench("autograd/mnist")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("autograd", "mnist"),


use rule step as autograd_benchmark with:
    input:
        **TRAIN,
    output:
        table=result("autograd/benchmark.csv"),
        json=result("autograd/benchmark.json"),
    log:
        log("autograd/benchmark"),
    benchmark:
        bench("autograd/benchmark")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **step("autograd", "benchmark"),


use rule step as autograd_breakdown with:
    input:
        **TRAIN,
    output:
        table=result("autograd/breakdown.csv"),
        json=result("autograd/breakdown.json"),
    log:
        log("autograd/breakdown"),
    benchmark:
        bench("autograd/breakdown")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **step("autograd", "breakdown"),


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
