"""The shipped banks that language models wrote: recorded answers, brought in by the path that any answer takes."""
