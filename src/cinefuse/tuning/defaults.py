"""What is searched where nobody says otherwise, as data.

Each line is what `--search` takes. Those that would change nothing for a model are left out by
`recipes.concerns`, so that one list serves all recipes; what a recipe alone has follows what all have.
"""

DEFAULT_SPACE: dict[str, str] = {
    # how fast it learns, and what of
    "learning_rate": "1e-4..1e-2",
    "pretrained_learning_rate": "1e-5..2e-4",
    "vision_learning_rate": "1e-5..5e-4",
    "weight_decay": "1e-3..0.3",
    "loss": "bce,focal,asymmetric",
    "class_weights": "balanced,sqrt,none",
    # what keeps it from learning by heart
    "dropout": "0..0.7",
    "modality_dropout": "0..0.5",
    "embedding_dropout": "0..0.5",
    "auxiliary_loss": "0..1",
    # how wide it is
    "early_width": "128,256,512,1024",
    "early_layers": "256|512|1024|1024,512|1024,512,256",
    "attention_hidden": "128,256,512,1024",
    "head_width": "64,128,256,512",
    "lstm_width": "64,128,256",
    "cnn_widths": "16,32,64,96|32,64,128,256|64,128,256,512",
    "alpha": "0.3..0.9",
    # what scikit-learn's classifiers have in their place
    "penalty_c": "0.1..10",
    "bayes_smoothing": "0.01..1",
}
