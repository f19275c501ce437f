"""The large matrices of a model's encoders: what can be made smaller, for most of a model is in them."""

from torch import nn

from cinefuse.model import GenreModel

SMALLEST = 4_096  # weights; as in an export, a smaller matrix is not worth it
Matrices = dict[str, nn.Parameter]


def encoder_matrices(model: GenreModel, *kinds: type[nn.Module]) -> Matrices:
    """Name -> weight, each once, of all layers of those kinds in encoders' backbones."""
    inside = {id(one) for parameters in model.pretrainable().values() for one in parameters}
    return {
        f"{name}.weight": weight
        for name, module in model.named_modules()
        if isinstance(module, kinds)
        and isinstance(weight := module.weight, nn.Parameter)
        and id(weight) in inside
        and weight.numel() >= SMALLEST
    }
