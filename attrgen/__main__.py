from attrgen.cli import app

app(prog_name="python -m attrgen")
