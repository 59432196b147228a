"""4.2 The transformer from scratch: tokens, training, variants, records; the rest in transformer_analysis."""

from glob import glob
from groundwork_harness.pipeline import records

# What was recorded at full scale on some machine (steps and samples), and this build's shapes.
TRANSFORMER_RECORDED = ["train", "variants", "speed", "samples"]
TRANSFORMER_RECORDS = [result("transformer/shapes.json")] + [
    path
    for name in [f"{step}.json" for step in TRANSFORMER_RECORDED] + ["samples.csv"]
    for path in sorted(glob(f"src/recorded/*/transformer/{name}"))
]


include: "transformer_analysis.smk"


use rule step as transformer_tokens with:
    input:
        text=dataset("tinyshakespeare", "input.txt"),
    output:
        train=result("transformer/tokens/char_train.npy"),
        validation=result("transformer/tokens/char_validation.npy"),
        tokenizer=result("transformer/tokens/char_vocabulary.json"),
        bpe_train=result("transformer/tokens/bpe_train.npy"),
        bpe_validation=result("transformer/tokens/bpe_validation.npy"),
        bpe_tokenizer=result("transformer/tokens/bpe_vocabulary.json"),
        json=result("transformer/tokens.json"),
    log:
        log("transformer/tokens"),
    benchmark:
        bench("transformer/tokens")
    threads: 1
    resources:
        mem_mb=1000,
        runtime=5,
    params:
        **step("transformer", "tokens"),


# Takes every core, since it reports how long it took.
use rule step as transformer_train with:
    input:
        train=result("transformer/tokens/char_train.npy"),
        validation=result("transformer/tokens/char_validation.npy"),
        tokenizer=result("transformer/tokens/char_vocabulary.json"),
    output:
        checkpoint=result("transformer/train.safetensors"),
        curve=result("transformer/train.csv"),
        json=result("transformer/train.json"),
    log:
        log("transformer/train"),
    benchmark:
        bench("transformer/train")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=grow(4000),
        runtime=grow(60),
        gpu=gpu("transformer", "train", "loop"),
    params:
        **step("transformer", "train"),


use rule step as transformer_variants with:
    input:
        train=result("transformer/tokens/char_train.npy"),
        validation=result("transformer/tokens/char_validation.npy"),
        tokenizer=result("transformer/tokens/char_vocabulary.json"),
        bpe_train=result("transformer/tokens/bpe_train.npy"),
        bpe_validation=result("transformer/tokens/bpe_validation.npy"),
        bpe_tokenizer=result("transformer/tokens/bpe_vocabulary.json"),
    output:
        table=result("transformer/variants.csv"),
        json=result("transformer/variants.json"),
    log:
        log("transformer/variants"),
    benchmark:
        bench("transformer/variants")
    priority: 100
    threads: workflow.cores
    resources:
        mem_mb=grow(4000),
        runtime=grow(120),
        gpu=gpu("transformer", "variants", "loop"),
    params:
        **step("transformer", "variants"),


use rule step as transformer_recorded with:
    input:
        records=TRANSFORMER_RECORDS,
    output:
        table=result("transformer/recorded.csv"),
        texts=result("transformer/recorded/texts.csv"),
        json=result("transformer/recorded.json"),
    log:
        log("transformer/recorded"),
    benchmark:
        bench("transformer/recorded")
    threads: 1
    resources:
        mem_mb=500,
        runtime=5,
    params:
        **step("transformer", "recorded"),
        # "older code" must follow what was recorded
        current=lambda wildcards: records.current("transformer", TRANSFORMER_RECORDED),
