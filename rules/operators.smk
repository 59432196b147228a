"""1.1 operators: spectra, updates, accuracy, rivals, theorem checks, high dimensions."""

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
