"""Whether the distortions are what they claim: against the authors' own figures, and which levels a size can show."""
