"""The page on which a bank is reviewed by eye: phrases beside pictures of their distortion, one file, no server.

What a review says, and what is made of it, is in `exiqa.bank.review`.
"""
