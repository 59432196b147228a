"""Bytes that a rank holds for a model under training: ZeRO's accounting."""


def model_state_bytes(
    parameters: int, ranks: int, stage: int, *, mixed: bool = True
) -> dict[str, float]:
    """Bytes a rank holds for P parameters under AdamW, by kind: what ZeRO's accounting predicts.

    Mixed precision: 2 for a bfloat16 weight, 2 for its gradient, 12 for its float32 copy and two
    moments: 16 a parameter. Plain float32: 4, 4 and 8.
    Source: Rajbhandari et al. (2020), section 3.1 and figure 1.
    Checked by: tests/data_parallel/test_sharded.py (bytes counted in the tensors).
    """
    weight, states = (2, 12) if mixed else (4, 8)
    return {
        "weights": float(weight * parameters),
        "gradients": weight * parameters / (ranks if stage >= 2 else 1),
        "states": states * parameters / (ranks if stage >= 1 else 1),
    }
