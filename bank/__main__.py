from exiqa.bank.cli import app

app(prog_name="python -m exiqa.bank")
