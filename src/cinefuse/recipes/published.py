"""Fusions that others published, on the report's encoders, so that nothing but the fusion differs.

Their papers, and where they are read otherwise here, stand in each fusion's file. Parameters at full size (23
genres), in millions:

    sum           78.2    concat       77.6    gmu          79.9    experts      80.0    mmbt         78.0
    centralnet    79.0    low-rank     79.3    late-genre   77.9    braz         78.9
"""

from cinefuse.recipes.recipe import Recipe
from cinefuse.recipes.report import FUSION

PUBLISHED_RECIPES = (
    Recipe(
        "sum",
        "linear sum of both projected vectors (Arevalo et al. 2017, arXiv:1702.01992)",
        FUSION | {"fusion": "sum"},
    ),
    Recipe(
        "concat",
        "both pooled vectors under one linear head (Arevalo et al. 2017, arXiv:1702.01992)",
        FUSION | {"fusion": "concat"},
    ),
    Recipe(
        "gmu",
        "gated multimodal unit, a gate a film and feature (Arevalo et al. 2017, arXiv:1702.01992)",
        FUSION | {"fusion": "gmu"},
    ),
    Recipe(
        "experts",
        "mixture of experts, a gate a film and genre (Arevalo et al. 2017, arXiv:1702.01992)",
        FUSION | {"fusion": "experts"},
    ),
    Recipe(
        "centralnet",
        "a central network joins both layer by layer (Vielzeuf et al. 2018, arXiv:1808.07275)",
        FUSION | {"fusion": "centralnet", "auxiliary_loss": 1.0},
    ),
    Recipe(
        "mmbt",
        "the text encoder reads the poster as words (Kiela et al. 2019, arXiv:1909.02950)",
        FUSION | {"fusion": "mmbt"},
    ),
    Recipe(
        "braz",
        "activation maps attend to the poster (after Braz et al. 2021, doi:10.1049/icp.2021.1456)",
        FUSION | {"fusion": "braz", "auxiliary_loss": 1.0},
    ),
    Recipe(
        "low-rank",
        "low-rank tensor fusion (Liu et al. 2018, arXiv:1806.00064)",
        FUSION | {"fusion": "low-rank"},
    ),
    Recipe(
        "late-genre",
        "late fusion with a trained share a genre (Kittler et al. 1998, doi:10.1109/34.667881)",
        FUSION | {"fusion": "late-genre"},
    ),
)
