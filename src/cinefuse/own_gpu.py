"""Which GPU a process takes where several train together."""

import os
import socket

from cinefuse.errors import SettingsError


def take_own_gpu(gpus: int) -> None:
    """The one of this process' number on its machine.

    Args:
        gpus: how many it sees.

    Raises:
        SettingsError: if there are fewer than processes.
    """
    import torch

    own = int(os.environ["LOCAL_RANK"])
    here = int(os.environ.get("LOCAL_WORLD_SIZE", own + 1))  # which only torchrun tells
    if here > gpus:
        raise SettingsError(
            f"{socket.gethostname()}: {here} processes were started here, and process {own} sees {gpus} "
            f"GPU{'s' * (gpus != 1)}; allowed is one for each, and each is to see all of them (Slurm: "
            "--gpus-per-node, not --gpus-per-task)"
        )
    torch.cuda.set_device(own)
