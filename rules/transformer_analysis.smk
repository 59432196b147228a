"""4.2 The transformer from scratch: what the trained model is, does and looks at."""


use rule step as transformer_checks with:
    input:
        checkpoint=result("transformer/train.safetensors"),
    output:
        json=result("transformer/checks.json"),
    log:
        log("transformer/checks"),
    benchmark:
        bench("transformer/checks")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **step("transformer", "checks"),


use rule step as transformer_shapes with:
    input:
        checkpoint=result("transformer/train.safetensors"),
    output:
        table=result("transformer/shapes.csv"),
        parts=result("transformer/shapes/parts.csv"),
        json=result("transformer/shapes.json"),
    log:
        log("transformer/shapes"),
    benchmark:
        bench("transformer/shapes")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        **step("transformer", "shapes"),


use rule step as transformer_samples with:
    input:
        checkpoint=result("transformer/train.safetensors"),
        text=dataset("tinyshakespeare", "input.txt"),
    output:
        samples=result("transformer/samples.csv"),
        json=result("transformer/samples.json"),
    log:
        log("transformer/samples"),
    benchmark:
        bench("transformer/samples")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=10,
    params:
        **step("transformer", "samples"),


use rule step as transformer_attention with:
    input:
        checkpoint=result("transformer/train.safetensors"),
        validation=result("transformer/tokens/char_validation.npy"),
    output:
        scores=result("transformer/attention/scores.csv"),
        examples=result("transformer/attention/examples.npz"),
        removals=result("transformer/attention/removals.csv"),
        json=result("transformer/attention.json"),
    log:
        log("transformer/attention"),
    benchmark:
        bench("transformer/attention")
    threads: 1
    resources:
        mem_mb=4000,
        runtime=10,
    params:
        **step("transformer", "attention"),


use rule step as transformer_overfit with:
    input:
        checkpoint=result("transformer/train.safetensors"),
        train=result("transformer/tokens/char_train.npy"),
        validation=result("transformer/tokens/char_validation.npy"),
    output:
        curve=result("transformer/overfit.csv"),
        json=result("transformer/overfit.json"),
    log:
        log("transformer/overfit"),
    benchmark:
        bench("transformer/overfit")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=grow(2000),
        runtime=grow(10),
        gpu=gpu("transformer", "overfit", "loop"),
    params:
        **step("transformer", "overfit"),


use rule step as transformer_speed with:
    input:
        checkpoint=result("transformer/train.safetensors"),
    output:
        samples=result("transformer/speed.csv"),
        json=result("transformer/speed.json"),
    log:
        log("transformer/speed"),
    benchmark:
        bench("transformer/speed")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=grow(2000),
        runtime=grow(10),
        gpu=gpu("transformer", "speed"),
    params:
        **step("transformer", "speed"),
