"""Banks out of and into other programs' files: a module a format, and the import and export that use them.

The store's own file format is not here but in `exiqa.bank.storage.bank_file`.
"""
