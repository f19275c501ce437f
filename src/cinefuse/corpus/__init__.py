"""Where movies come from: sources, readers, the rules that make a corpus of them, and the prepared store.

Nothing in here imports torch. `cinefuse.corpus.corpus.open_corpus` is the door.
"""
