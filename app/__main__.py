from exiqa.cli import app

app(prog_name="python -m exiqa")
