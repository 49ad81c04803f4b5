"""``python -m snippets._zip site``: the built site as one archive that needs no server.

From a file a browser starts no module, fetches nothing and runs no worker. So links
name the file that they lead to, modules become one plain script that holds their data,
and the search brings its index and its worker along.
"""

import base64
import json
import mimetypes
import posixpath
import re
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

from snippets._site import ANCHOR, TAG, offer
from snippets._style import ROOT

NAME = "convolution-checked"
INDEX = "search/search_index.json"
# Unused languages of the search, maps for debuggers, what only a server needs.
LEFT = re.compile(
    r"assets/javascripts/lunr/|.*\.(map|zip|j2)$|(404\.html|sitemap\.xml(\.gz)?)$"
)
ATTRIBUTE = re.compile(r'(?<=\shref=")[^"]*(?=")')
MODULE = re.compile(r'<script[^>]* src="([^"]*)" type="module"></script>')
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
WORKER = re.compile(r'"search": "([^"]+)"')
IMPORT = re.compile(r'^import \{([^}]*)\} from "\./([^"]+)";$', re.MULTILINE)
EXPORT = re.compile(
    r"^export ((?:async )?(?:function|class|const)\*?) (\w+)", re.MULTILINE
)
ADDRESS = re.compile(r'new URL\("([^"]+)", import\.meta\.url\)')
BUNDLE = """\
(() => {{
  const parts = {{}}, made = {{}};
  const need = (name) => (made[name] ??= parts[name.replace("./", "")]());
{parts}
{entries}
}})();
"""
STARTED = """\
// A worker starts from text where it does not from a file.
window.Worker = class extends Worker {{
  constructor() {{
    super(URL.createObjectURL(new Blob([{source}], {{ type: "text/javascript" }})));
  }}
}};
"""


def archive(site: Path, target: Path) -> None:
    """Write the built site into a zip; equal sites give equal bytes."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in sorted(unserved(site).items()):
            entry = zipfile.ZipInfo(f"{NAME}/{name}")  # dated 1980, on every day
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system, entry.external_attr = 3, 0o644 << 16
            packed.writestr(entry, content)


def unserved(site: Path) -> dict[str, bytes]:
    """The files of the archive by name: those of the site, made to work unserved."""
    files = _packed(site)
    home = files["index.html"].decode()
    worker = WORKER.search(home)
    entries = MODULE.findall(home)
    index = located(files.pop(INDEX).decode())
    files["search/search_index.js"] = f"var __index = {index}".encode()
    files["scripts/modules.js"] = bundle(files, entries).encode()
    source = json.dumps(files[worker[1]].decode()) if worker else '""'
    files["scripts/worker.js"] = STARTED.format(source=source).encode()
    pages = [name for name in files if name.endswith(".html")]
    files |= {name: page(name, files).encode() for name in pages}
    return {name: files[name] for name in files if not name.startswith("widgets/")}


def _packed(site: Path) -> dict[str, bytes]:
    """The files of a site that the archive takes, and the licences."""
    found = {
        path.relative_to(site).as_posix(): path
        for path in site.rglob("*")
        if path.is_file()
    }
    files = {n: path.read_bytes() for n, path in found.items() if not LEFT.match(n)}
    return files | {path.name: path.read_bytes() for path in ROOT.glob("LICENSE*")}


def page(name: str, files: Mapping[str, bytes]) -> str:
    """A page whose links name files, with plain scripts."""
    html = POLICY.sub("", files[name].decode())  # it speaks of a server
    # With it Material does nothing at all in a file.
    html = html.replace('"navigation.instant", ', "", 1)
    up = "../" * name.count("/")
    plain = f'<script src="{up}scripts/modules.js"></script>'
    html = MODULE.sub(lambda found: "", MODULE.sub(plain, html, count=1))
    html = html.replace(
        "<head>", f'<head><script src="{up}scripts/worker.js"></script>', 1
    )
    html = ANCHOR.sub(lambda link: _kept(link, name, files), html)
    return TAG.sub(
        lambda tag: ATTRIBUTE.sub(lambda link: named(link[0], name, files), tag[0]),
        html,
    )


def named(link: str, page: str, files: Mapping[str, bytes]) -> str:
    """A link of a page, to the file itself where it led to a folder.

    >>> files = {"index.html": b"", "dilation/index.html": b""}
    >>> named("../dilation/?d=2#cost", "index/index.html", files)
    '../dilation/index.html?d=2#cost'
    """
    path, rest = _split(link)
    if path is None or not path or _target(path, page) in files:
        return link
    return f"{path.rstrip('/')}/index.html{rest}"


def located(index: str) -> str:
    """A search index that finds files.

    >>> located('{"docs": [{"location": ""}, {"location": "tips/#one"}]}')
    '{"docs":[{"location":"index.html"},{"location":"tips/index.html#one"}]}'
    """
    content = json.loads(index)
    for entry in content["docs"]:
        folder, mark, section = entry["location"].partition("#")
        entry["location"] = f"{folder}index.html{mark}{section}"
    return json.dumps(content, separators=(",", ":"))


def bundle(files: Mapping[str, bytes], entries: list[str]) -> str:
    """The modules of the site as one plain script, which starts with ``entries``."""
    modules = {
        posixpath.basename(name): part(files[name].decode(), name, files)
        for name in sorted(files)
        if name in entries or re.fullmatch(r"widgets/.*\.js", name)
    }
    return BUNDLE.format(
        parts="\n".join(
            f"parts[{json.dumps(name)}] = async () => {{\n{code}\n}};"
            for name, code in modules.items()
        ),
        entries="\n".join(
            f"need({json.dumps(posixpath.basename(entry))});" for entry in entries
        ),
    )


def part(code: str, name: str, files: Mapping[str, bytes]) -> str:
    """A module as the body of a function that answers what it exports.

    >>> code = 'import { a as b } from "./c.js";\\nexport const d = b;'
    >>> print(part(code, "x.js", {}))
    const { a: b } = await need("c.js");
    const d = b;
    return { d };
    """
    given = [export[2] for export in EXPORT.finditer(code)]
    code = EXPORT.sub(r"\1 \2", code)
    code = IMPORT.sub(
        lambda m: f'const {{{m[1].replace(" as ", ": ")}}} = await need("{m[2]}");',
        code,
    )
    code = re.sub(r"(?<!\{)\bimport\(", "need(", code)
    code = ADDRESS.sub(
        lambda m: _data(posixpath.join(posixpath.dirname(name), m[1]), files), code
    )
    wrong = re.search(r"^(import|export)\b.*", code, re.MULTILINE)
    if wrong:
        raise ValueError(f"{name}: {wrong[0]!r} can be read by a browser alone")
    return f"{code}\nreturn {{ {', '.join(given)} }};"


def _data(name: str, files: Mapping[str, bytes]) -> str:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return json.dumps(f"data:{kind};base64,{base64.b64encode(files[name]).decode()}")


def _kept(link: re.Match[str], page: str, files: Mapping[str, bytes]) -> str:
    """The link, or its words alone where what it leads to is not in the archive."""
    path, _ = _split(link[1])
    if not path or {_target(path, page), _target(f"{path}/index.html", page)} & {
        *files
    }:
        return link[0]
    return link[2]


def _split(link: str) -> tuple[str | None, str]:
    """The path of a link within the site, or none, and what follows it."""
    path = re.split(r"[?#]", link)[0]
    return (
        (None, link) if re.match(r"[a-z+.-]+:|/", link) else (path, link[len(path) :])
    )


def _target(path: str, page: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path))


def main(folder: str) -> None:
    """Put the archive of a built site into it, and offer it there."""
    site = Path(folder)
    archive(site, site / f"{NAME}.zip")
    offer(site, f"{NAME}.zip")


if __name__ == "__main__":
    main(*sys.argv[1:])
