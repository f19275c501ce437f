"""Features: movies as tensors."""
