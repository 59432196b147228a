"""1.1 operators: spectra, updates, accuracy, rivals, theorem checks, high dimensions."""


include: "operators_theory.smk"


RESNET20 = dataset("resnet_cifar10", "resnet20-12fca82f.th")
RESNET56 = dataset("resnet_cifar10", "resnet56-4bfd9763.th")
DIGITS = dataset("mnist", "train-images-idx3-ubyte.gz")
DIGIT_LABELS = dataset("mnist", "train-labels-idx1-ubyte.gz")


use rule step as operators_spectra with:
    input:
        weights=dataset("resnet_cifar10"),
    output:
        arrays=result("operators/spectra.npz"),
        table=result("operators/spectra.csv"),
        json=result("operators/spectra.json"),
    log:
        log("operators/spectra"),
    benchmark:
        bench("operators/spectra")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("operators", "spectra"),


use rule step as operators_update with:
    input:
        images=DIGITS,
        labels=DIGIT_LABELS,
        test_images=dataset("mnist", "t10k-images-idx3-ubyte.gz"),
        test_labels=dataset("mnist", "t10k-labels-idx1-ubyte.gz"),
    output:
        arrays=result("operators/update.npz"),
        table=result("operators/update.csv"),
        json=result("operators/update.json"),
    log:
        log("operators/update"),
    benchmark:
        bench("operators/update")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        **step("operators", "update"),


use rule step as operators_truncation with:
    input:
        images=DIGITS,
        weights=RESNET56,
    output:
        arrays=result("operators/truncation.npz"),
        json=result("operators/truncation.json"),
    log:
        log("operators/truncation"),
    benchmark:
        bench("operators/truncation")
    threads: 1
    resources:
        mem_mb=2000,
        runtime=5,
    params:
        **step("operators", "truncation"),


use rule step as operators_contrast with:
    input:
        weights=RESNET20,
        images=DIGITS,
        labels=DIGIT_LABELS,
    output:
        arrays=result("operators/contrast.npz"),
        table=result("operators/contrast.csv"),
        json=result("operators/contrast.json"),
    log:
        log("operators/contrast"),
    benchmark:
        bench("operators/contrast")
    threads: 1
    resources:
        mem_mb=3000,
        runtime=5,
    params:
        **step("operators", "contrast"),


use rule step as operators_rivals with:
    input:
        weights=RESNET20,
    output:
        arrays=result("operators/rivals.npz"),
        json=result("operators/rivals.json"),
    log:
        log("operators/rivals"),
    benchmark:
        bench("operators/rivals")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("operators", "rivals"),
