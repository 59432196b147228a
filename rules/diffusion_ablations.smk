"""6.2 Diffusion, what the choices are worth: samplers, training, speed; and the recorded run."""

DIFFUSION_RECORDS = sorted(glob("src/recorded/*/diffusion/training.*"))


use rule step as diffusion_samplers with:
    input:
        images=result("diffusion/images.npz"),
        classifier=result("diffusion/classifier.safetensors"),
        checkpoints=DIFFUSION_WEIGHTS,
    output:
        table=result("diffusion/samplers.csv"),
        json=result("diffusion/samplers.json"),
    log:
        log("diffusion/samplers"),
    benchmark:
        bench("diffusion/samplers")
    priority: 1
    threads: workflow.cores
    resources:
        mem_mb=grow(1500),
        runtime=grow(30),
        gpu=gpu("diffusion", "samplers"),
    params:
        **step("diffusion", "samplers"),


use rule step as diffusion_variants with:
    input:
        images=result("diffusion/images.npz"),
        classifier=result("diffusion/classifier.safetensors"),
    output:
        table=result("diffusion/variants.csv"),
        json=result("diffusion/variants.json"),
    log:
        log("diffusion/variants"),
    benchmark:
        bench("diffusion/variants")
    priority: 1
    threads: workflow.cores
    resources:
        mem_mb=grow(1500),
        runtime=grow(60),
        gpu=gpu("diffusion", "variants", "loop"),
    params:
        **step("diffusion", "variants"),


# Takes every core, since it is timed.
use rule step as diffusion_speed with:
    input:
        checkpoint=result("diffusion/train.safetensors"),
    output:
        json=result("diffusion/speed.json"),
    log:
        log("diffusion/speed"),
    benchmark:
        bench("diffusion/speed")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        **step("diffusion", "speed"),


use rule step as diffusion_recorded with:
    input:
        own=result("diffusion/train.json"),
        records=[result("diffusion/train.csv"), *DIFFUSION_RECORDS],
    output:
        table=result("diffusion/recorded.csv"),
        json=result("diffusion/recorded.json"),
    log:
        log("diffusion/recorded"),
    benchmark:
        bench("diffusion/recorded")
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("diffusion", "recorded"),
        # "older code" must follow the code that trains
        trained_by=lambda wildcards: CONTEXT.code("workflow/steps/diffusion/train.py"),
