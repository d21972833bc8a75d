"""From a distortion's description to an attribute bank, by way of an LLM.

prompts/ says what is asked, llms/ whom, answers/ what is read from the reply. Screens, embeddings and ranking are the
bank's; nothing here opens a picture or knows a model.
"""

import lazy_loader

# The public names live in __init__.pyi; each is imported when first used, so that importing costs nothing.
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
