"""Pictures for holding a bank against: pairs of reference and distorted picture, the effects in them, attribute truth.

What a bank's phrases make of the effects is decided in `exiqa.bank.grounding`; no model belongs here.
"""
