"""Copy a build's logs to the log server's folder, job-output.json gzipped, and list them in zuul-manifest.json.

The manifest has the shape that zuul-jobs' role generate-zuul-manifest gives it.
"""

import gzip
import json
import mimetypes
import shutil
import sys
from pathlib import Path


def entries(folder: Path) -> list[dict[str, object]]:
    return [entry(one) for one in sorted(folder.iterdir(), key=lambda one: (one.is_file(), one.name))]


def entry(path: Path) -> dict[str, object]:
    if path.is_dir():
        return {"name": path.name, "mimetype": "application/directory", "encoding": None, "children": entries(path)}
    kind, encoding = mimetypes.guess_type(path.name)
    status = path.stat()
    known: dict[str, object] = {"last_modified": int(status.st_mtime), "size": status.st_size}
    return {"name": path.name, "mimetype": kind or "text/plain", "encoding": encoding, **known}


source, target = Path(sys.argv[1]), Path(sys.argv[2])
shutil.copytree(source, target, dirs_exist_ok=True)
result = target / "job-output.json"
if result.exists():
    with gzip.open(target / "job-output.json.gz", "wb") as packed:
        packed.write(result.read_bytes())
    result.unlink()
(target / "zuul-manifest.json").write_text(json.dumps({"tree": entries(target), "index_links": False}))
