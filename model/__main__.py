from exiqa.model.cli import app

app(prog_name="python -m exiqa.model")
