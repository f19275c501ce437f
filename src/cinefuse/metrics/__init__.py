"""Arrays in, numbers out: scores, thresholds and how sure one may be of both. No torch.

Every function takes `probabilities` (N, G) from 0 to 1 and `targets` (N, G), for N films and G genres
in the corpus' order. A genre is given where its probability is at or above its threshold.
"""
