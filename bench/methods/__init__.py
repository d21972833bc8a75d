"""The methods a table can have rows for: ours, controls, baselines, and those of others in `peers`.

A method turns a `PredictionTask` into predictions. It sees no truth of the test images, and judges nothing.
"""
