"""A small stand-in of the Hugging Face Hub's API: repositories in memory, over real HTTP on loopback.

Datasets and models share one set of names.
"""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlparse

TOKEN = "hf_SECRETsecretSECRETsecret"


class Hub:
    """What the stand-in holds. A repository is a dict of path -> bytes and a count of commits."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = {}
        self.commits: dict[str, int] = {}
        self.before_commit: list[Any] = []
        self.endpoint = ""

    def sha(self, repo: str) -> str:
        return hashlib.sha1(f"{repo} {self.commits[repo]}".encode()).hexdigest()

    def put(self, repo: str, path: str, data: bytes) -> None:
        self.files.setdefault(repo, {})[path] = data
        self.commits[repo] = self.commits.get(repo, 0) + 1


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *arguments: object) -> None:
        pass

    def _answer(self, code: int, document: object = None, data: bytes | None = None, **headers: str) -> None:
        body = json.dumps(document).encode() if data is None else data
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _refuse(self, code: int, error: str) -> None:
        self._answer(code, {"error": error}, X_Error_Code=error, X_Error_Message=error)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        path = unquote(urlparse(self.path).path)
        if path.startswith(("/api/datasets/", "/api/models/")):
            repo = "/".join(path.split("/")[3:5])
            if repo not in self.hub.files:
                return self._refuse(404, "RepoNotFound")
            if "/tree/" in path:
                files = self.hub.files[repo].items()
                return self._answer(
                    200,
                    [{"type": "file", "path": f, "size": len(d), "oid": hashlib.sha1(d).hexdigest()} for f, d in files],
                )
            siblings = [{"rfilename": name} for name in self.hub.files[repo]]
            return self._answer(200, {"id": repo, "sha": self.hub.sha(repo), "siblings": siblings})
        if "/resolve/" in path:
            repo, _, name = path.removeprefix("/datasets").removeprefix("/").partition("/resolve/")
            name = name.partition("/")[2]
            data = self.hub.files.get(repo, {}).get(name)
            if data is None:
                return self._refuse(404, "EntryNotFound")
            etag = f'"{hashlib.sha1(data).hexdigest()}"'
            return self._answer(200, data=data, ETag=etag, X_Repo_Commit=self.hub.sha(repo))
        return self._refuse(404, "NotFound")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.headers.get("Authorization") != f"Bearer {TOKEN}":
            return self._refuse(401, "Unauthorized")
        path = unquote(urlparse(self.path).path)
        if path == "/api/repos/create":
            asked = json.loads(body)
            repo = f"{asked.get('organization') or 'user'}/{asked['name']}"
            known = repo in self.hub.files
            self.hub.files.setdefault(repo, {})
            self.hub.commits.setdefault(repo, 0)
            folder = "datasets/" if asked.get("type") == "dataset" else ""
            return self._answer(409 if known else 200, {"url": f"{self.hub.endpoint}/{folder}{repo}"})
        if path == "/api/validate-yaml":
            return self._answer(200, {"errors": [], "warnings": []})
        repo = "/".join(path.split("/")[3:5])
        if "/preupload/" in path:
            files = [
                {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None}
                for file in json.loads(body)["files"]
            ]
            return self._answer(200, {"files": files})
        if "/commit/" in path:
            lines = [json.loads(line) for line in body.splitlines()]
            for action in self.hub.before_commit:
                action()
            if lines[0]["value"].get("parentCommit", self.hub.sha(repo)) != self.hub.sha(repo):
                return self._refuse(412, "A commit has happened since")
            for line in lines[1:]:
                self.hub.put(repo, line["value"]["path"], base64.b64decode(line["value"]["content"]))
            url = f"{self.hub.endpoint}/datasets/{repo}/commit/{self.hub.sha(repo)}"
            return self._answer(200, {"success": True, "commitUrl": url, "commitOid": self.hub.sha(repo)})
        return self._refuse(404, "NotFound")


@contextmanager
def running_hub() -> Iterator[Hub]:
    hub = Hub()
    handler = type("Handler", (_Handler,), {"hub": hub})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    hub.endpoint = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
