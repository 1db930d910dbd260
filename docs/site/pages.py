"""The pages of the site: every Markdown file of the repository at its own path, so that links are those of the repository,
each file that one of them links to, and the navigation that docs/README.md has."""

import posixpath
import re
import subprocess
from pathlib import Path

from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\]\(([^)\s#]+)[^)\s]*\)")


def on_config(config):
    """The manual's sections, in their order; the first page is the repository's README."""
    index = (ROOT / "docs/README.md").read_text(encoding="utf-8")
    config.nav = [{"Start": ["README.md", {"Manual": "docs/README.md"}]}]
    for heading, title, target in re.findall(r"(?m)^## (.+)$|^- \[([^\]]+)\]\(([^)]+\.md)\): ", index):
        page = {title: posixpath.normpath(posixpath.join("docs", target))}
        if not heading:
            next(iter(config.nav[-1].values())).append(page)
        elif heading != "Start":
            config.nav.append({heading: []})
    return config


def on_files(files, config):
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    pages = [page for page in listed.stdout.splitlines() if (ROOT / page).is_file()]
    linked = set(pages)
    for page in pages:
        for target in LINK.findall((ROOT / page).read_text(encoding="utf-8")):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(page), target))
            if (ROOT / path).is_file():
                linked.add(path)
    for path in sorted(linked):
        files.append(File.generated(config, path, abs_src_path=str(ROOT / path)))
    return files


def on_page_markdown(markdown, page, config, files):
    """What GitHub renders as a list, Python's Markdown does after an empty line, with four spaces before what belongs to an
    item."""
    lines, deeper, fenced = [], 0, False
    for line in markdown.split("\n"):
        item = None if fenced else re.match(r"(- |\d+\. )", line)
        if item:
            if not deeper and lines and lines[-1]:
                lines.append("")
            deeper = 4 - len(item.group())
        elif deeper and line.startswith(" "):
            line = " " * deeper + line
        elif line:
            deeper = 0
        if line.lstrip().startswith("```"):
            fenced = not fenced
        lines.append(line)
    return "\n".join(lines)
