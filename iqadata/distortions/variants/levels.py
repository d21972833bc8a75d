VARIANT_LEVELS: dict[str, dict[str, tuple[float, ...]]] = {}
