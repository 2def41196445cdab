#!/usr/bin/env python3
"""Run compare.py's own main on many pairs in one process: many.py COMPARE.PY, with [[first, second], ...] on stdin.

Each pair is two texts. Prints [[exit code, output], ...]."""
import contextlib
import importlib.util
import io
import json
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
spec = importlib.util.spec_from_file_location("compare", sys.argv[1])
compare = importlib.util.module_from_spec(spec)
spec.loader.exec_module(compare)
answers = []
with tempfile.TemporaryDirectory() as folder:
    names = [str(pathlib.Path(folder, name)) for name in ("a.json", "b.json")]
    for pair in json.load(sys.stdin):
        for name, text in zip(names, pair):
            pathlib.Path(name).write_text(text)
        sys.argv = ["compare.py", *names]
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = compare.main()
        answers.append([code, out.getvalue()])
json.dump(answers, sys.stdout)
