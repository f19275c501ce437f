"""The seven models of the original report.

Parameters at full size (23 genres, the report's 69,980 words), beside the report's totals in millions:

    lstm-text         24.1   24.0   attention over the full 512 of both directions
    bert-text         66.6   66.6
    cnn-vision         1.7    1.7
    resnet-vision     11.3   11.3
    early-fusion      79.9   80.2   the joint network begins at 1024 -> 1024
    late-fusion       77.9   77.9
    attention-fusion  83.5   83.8   attention at the text encoder's width, 768

Every encoder has, besides, a learned stand-in for an absent plot or poster, of its own width: a few
hundred numbers.
"""

from cinefuse.recipes.recipe import Recipe

# the report trains its fusions on complete films alone: `modality_dropout=0` is that
# it fits one model's threshold on dev where it reads one modality, and leaves 0.5 for fusions
FUSION = {"text": "transformer", "vision": "backbone", "threshold": "fixed", "modality_dropout": 0.3}

REPORT_RECIPES = (
    Recipe(
        "lstm-text",
        "BiLSTM with additive attention over word embeddings",
        {"text": "bilstm", "max_tokens": 128},
    ),
    Recipe("bert-text", "DistilBERT, all layers trained", {"text": "transformer"}),
    Recipe(
        "cnn-vision",
        "four convolution blocks, from scratch",
        {"vision": "cnn", "dropout": 0.7},
    ),
    Recipe("resnet-vision", "ResNet-18, stages 3-4 trained", {"vision": "backbone"}),
    Recipe(
        "early-fusion",
        "both pooled vectors projected, concatenated, one network",
        FUSION | {"fusion": "early"},
    ),
    Recipe(
        "late-fusion",
        "a trained share of each modality's probabilities",
        FUSION | {"fusion": "late"},
    ),
    Recipe(
        "attention-fusion",
        "cross-attention both ways between words and places",
        FUSION | {"fusion": "attention", "dropout": 0.1},
    ),
)
