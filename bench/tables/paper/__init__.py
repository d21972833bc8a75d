"""The paper's Tables I to V, the true zero-shot, and how they compare with what the paper prints."""
