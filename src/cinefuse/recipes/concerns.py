"""Which settings concern which models: setting something that a model does not have is a mistake."""

from collections.abc import Sequence

from cinefuse.recipes.recipe import Settings

# setting -> the part that a model must have for it to matter, and which one that must be ("" for any)
CONCERNS = {
    **dict.fromkeys(("max_tokens",), ("text", "")),
    **dict.fromkeys(
        ("text_encoder", "text_pooling", "text_attention_dropout", "text_freeze"), ("text", "transformer")
    ),
    **dict.fromkeys(
        (
            "word_vectors",
            "embedding_width",
            "embedding_dropout",
            "lstm_width",
            "lstm_layers",
            "lstm_attention",
        ),
        ("text", "bilstm"),
    ),
    **dict.fromkeys(
        ("poster_height", "poster_width", "flip", "rotation", "brightness", "contrast", "saturation", "hue"),
        ("vision", ""),
    ),
    **dict.fromkeys(("vision_encoder", "vision_freeze", "vision_fixed_statistics"), ("vision", "backbone")),
    **dict.fromkeys(("cnn_widths",), ("vision", "cnn")),
    **dict.fromkeys(("early_width", "early_layers"), ("fusion", "early")),
    **dict.fromkeys(("alpha",), ("fusion", "late")),
    **dict.fromkeys(
        ("attention_width", "attention_heads", "attention_hidden", "attention_pooled"),
        ("fusion", "attention"),
    ),
}


def idle_settings(models: Sequence[Settings], assignments: Sequence[str]) -> list[str]:
    """One line for each assignment that none of `models` would notice."""
    faults = []
    for assignment in assignments:
        key = assignment.partition("=")[0].strip().replace("-", "_")
        if key in CONCERNS:
            part, needed = CONCERNS[key]
            present = {getattr(model, part) for model in models} - {None}
            if not present or (needed and needed not in present):
                has = ", ".join(sorted(present)) or "none"
                faults.append(
                    f"{key} would change nothing: it belongs to {part}={needed or 'any'}, here is {has}"
                )
    return faults
