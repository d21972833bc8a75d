from exiqa.bench.cli import app

app(prog_name="python -m exiqa.bench")
