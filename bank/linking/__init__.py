"""Links: which effects a phrase claims. The vocabulary of effects, the labelled phrases, and what is fitted on them.

How an effect is measured in pixels lies in `exiqa.iqadata.effects`; what a bank's links are worth, in `grounding`.
"""
