"""An explanation as one HTML file: no script, nothing fetched, every text escaped."""

from __future__ import annotations

from html import escape

from .tree import Explanation, Node

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1c1e21; background: #fff }
h1 { font: 600 1.2rem ui-monospace, monospace; overflow-wrap: anywhere }
h1 b { float: right; padding: 0 .6rem; border-radius: .3rem; color: #fff }
ol { list-style: none; padding: 0 } li { border-left: .25rem solid #b8bcc2; padding: .3rem 1rem; margin: .5rem 0 }
li p { margin: 0; overflow-wrap: anywhere } li ul { margin: .2rem 0; padding-left: 1rem; color: #50555c }
li ul li { border: 0; padding: 0; margin: 0; font: .85rem ui-monospace, monospace; overflow-wrap: anywhere }
.good { border-color: #1a7f37 } .bad { border-color: #cf222e } h1 b.good { background: #1a7f37 } h1 b.bad { background: #cf222e }
@media (prefers-color-scheme: dark) { body { color: #e6e8eb; background: #16181b } li ul { color: #a4a9b0 } }
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # what stands here is all there is


def page(explanation: Explanation) -> str:
    """Return an explanation as an HTML document."""
    asked, status = escape(explanation.asked), explanation.status
    colour = "good" if explanation.allowed else "bad"
    steps = "\n".join(map(_item, explanation.nodes))
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{asked}: {status}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<h1>{asked} <b class="{colour}">{status}</b></h1>\n<ol>\n{steps}\n</ol>\n</body>\n</html>\n'
    )


def _item(node: Node) -> str:
    colour, mark = {True: ("good", "✓"), False: ("bad", "✗"), None: ("", "·")}[node.good]
    more = "".join(f"<li>{escape(each)}</li>" for each in node.more)
    listed = f"<ul>{more}</ul>" if more else ""
    return f'<li class="{colour}"><p>{mark} <strong>{escape(node.place)}</strong> {escape(node.said)}</p>{listed}</li>'
