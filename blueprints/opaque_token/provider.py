"""A stand-in for the authorization server, on this machine: it knows three tokens (RFC 7662), and takes them back (RFC 7009)."""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

SUBJECTS = {"of-ann": "ann", "of-bob": "bob", "of-eve": "eve"}
STANDING = {"active": True, "token_type": "Bearer", "scope": "orders:read"}


class Provider(BaseHTTPRequestHandler):
    def do_POST(self):
        form = parse_qs(self.rfile.read(int(self.headers["content-length"])).decode())
        token = form.get("token", [""])[0]
        if self.path == "/revoke":
            SUBJECTS.pop(token, None)
        answer = said_of(token) if self.path == "/introspect" else {}
        body = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def said_of(token):
    if token not in SUBJECTS:
        return {"active": False}
    return {**STANDING, "sub": SUBJECTS[token], "jti": token, "iat": int(time.time()) - 60}


if __name__ == "__main__":
    STANDING.update(iss=os.environ["ISSUER"], aud=os.environ["AUDIENCE"])
    server = ThreadingHTTPServer(("127.0.0.1", 0), Provider)
    Path("provider.url").write_text(f"http://127.0.0.1:{server.server_port}")
    server.serve_forever()
