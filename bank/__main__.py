from bank.cli import app

app(prog_name="python -m bank")
