from exiqa.iqadata.cli import app

app(prog_name="python -m exiqa.iqadata")
