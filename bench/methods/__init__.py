"""The methods a table can have rows for: ours, controls, baselines, and those of others in `peers`.

Each is a `METHOD` in a module of its own; `exiqa.bench.methods.method.METHODS` finds them by name. A method turns a
`PredictionTask` into predictions. It sees no truth of the test images, and judges nothing.
"""
