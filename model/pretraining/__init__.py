"""How the small backbone and the model that ships were made."""
