"""`exiqa demo`: the main job, end to end, on what comes with the package.

Description -> LLM -> bank -> benchmark suite -> report, each step by the package that owns it: here stands only what
the demo asks of them. No step is done a second way here.
"""
