"""6.2 Diffusion: images, formulas, classifier, training, samples, judgement, ablations, speed."""

from glob import glob

# Weights of a longer run of the same code; without them the laptop's own stand alone.
DIFFUSION_RECORDED = sorted(glob("src/recorded/*/diffusion/weights.safetensors"))[-1:]
DIFFUSION_WEIGHTS = [result("diffusion/train.safetensors"), *DIFFUSION_RECORDED]


use rule step as diffusion_images with:
    input:
        train_images=dataset("mnist", "train-images-idx3-ubyte.gz"),
        train_labels=dataset("mnist", "train-labels-idx1-ubyte.gz"),
        test_images=dataset("mnist", "t10k-images-idx3-ubyte.gz"),
        test_labels=dataset("mnist", "t10k-labels-idx1-ubyte.gz"),
    output:
        arrays=result("diffusion/images.npz"),
        json=result("diffusion/images.json"),
    log:
        log("diffusion/images"),
    benchmark:
        bench("diffusion/images")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("diffusion", "images"),


use rule step as diffusion_checks with:
    output:
        arrays=result("diffusion/checks.npz"),
        json=result("diffusion/checks.json"),
    log:
        log("diffusion/checks"),
    benchmark:
        bench("diffusion/checks")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("diffusion", "checks"),


use rule step as diffusion_classifier with:
    input:
        images=result("diffusion/images.npz"),
    output:
        checkpoint=result("diffusion/classifier.safetensors"),
        json=result("diffusion/classifier.json"),
    log:
        log("diffusion/classifier"),
    benchmark:
        bench("diffusion/classifier")
    priority: 1
    threads: 2
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        **step("diffusion", "classifier"),


use rule step as diffusion_train with:
    input:
        images=result("diffusion/images.npz"),
    output:
        checkpoint=result("diffusion/train.safetensors"),
        curve=result("diffusion/train.csv"),
        arrays=result("diffusion/train.npz"),
        json=result("diffusion/train.json"),
    log:
        log("diffusion/train"),
    benchmark:
        bench("diffusion/train")
    priority: 50
    threads: workflow.cores
    resources:
        mem_mb=grow(1500),
        runtime=grow(60),
        gpu=gpu("diffusion", "train", "loop"),
    params:
        **step("diffusion", "train"),


use rule step as diffusion_samples with:
    input:
        checkpoints=DIFFUSION_WEIGHTS,
    output:
        arrays=result("diffusion/samples.npz"),
        json=result("diffusion/samples.json"),
    log:
        log("diffusion/samples"),
    benchmark:
        bench("diffusion/samples")
    priority: 50
    threads: workflow.cores
    resources:
        mem_mb=grow(1500),
        runtime=grow(30),
        gpu=gpu("diffusion", "samples"),
    params:
        **step("diffusion", "samples"),


use rule step as diffusion_judge with:
    input:
        images=result("diffusion/images.npz"),
        classifier=result("diffusion/classifier.safetensors"),
        samples=result("diffusion/samples.npz"),
    output:
        table=result("diffusion/judge.csv"),
        arrays=result("diffusion/judge.npz"),
        json=result("diffusion/judge.json"),
    log:
        log("diffusion/judge"),
    benchmark:
        bench("diffusion/judge")
    threads: 1
    resources:
        mem_mb=1500,
        runtime=10,
    params:
        **step("diffusion", "judge"),


use rule step as diffusion_process with:
    input:
        checkpoints=DIFFUSION_WEIGHTS,
    output:
        arrays=result("diffusion/process.npz"),
        json=result("diffusion/process.json"),
    log:
        log("diffusion/process"),
    benchmark:
        bench("diffusion/process")
    priority: 1
    threads: workflow.cores
    resources:
        mem_mb=grow(1500),
        runtime=grow(30),
        gpu=gpu("diffusion", "process"),
    params:
        **step("diffusion", "process"),


include: "diffusion_ablations.smk"
