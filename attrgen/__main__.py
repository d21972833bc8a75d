from exiqa.attrgen.cli import app

app(prog_name="python -m exiqa.attrgen")
