"""Stand-ins for the real datasets, made with no download: scenes, pixels, proxy scores anchored in published
opinions."""
