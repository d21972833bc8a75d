"""What computes a tuned model's predictions: torch, or an exported graph under onnxruntime, behind one protocol.

Nothing here reads files of photos or words an assessment; the protocol and the graph need no torch.
"""
