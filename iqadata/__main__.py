from iqadata.cli import app

app(prog_name="python -m iqadata")
