"""From the attributes of a photo to its quality score: features, the fit (Eq. 9), where a score came from."""
