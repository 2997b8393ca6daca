"""``python -m ui.space``: would a Hugging Face Space take what is here? A line for each thing it would not.

Nothing is sent anywhere. The rules are those of the hub's pages "Spaces configuration reference",
"Licenses" and "Getting started with repositories", and of ``huggingface_hub``, as of November 2026.
"""

import operator
import re
import subprocess
import sys
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent

#: Bytes: the most for a file in plain git. The hub's pages say 10 MB, its error message 10 MiB.
LARGEST = 10_000_000
LONGEST_DESCRIPTION = 60
COLORS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
#: Of the hub's identifiers, those for code and texts.
LICENSES = re.compile(
    r"apache-2\.0|mit|openrail|afl-3\.0|artistic-2\.0|bsl-1\.0|bsd(-[23]-clause)?|bsd-3-clause-clear|cc0-1\.0"
    r"|cc|cc-by-(2\.0|2\.5|3\.0|4\.0)|cc-by-sa-[34]\.0|cc-by-nc-[234]\.0|cc-by-nd-4\.0|cc-by-nc-nd-[34]\.0"
    r"|cc-by-nc-sa-[234]\.0|wtfpl|ecl-2\.0|epl-[12]\.0|eupl-1\.[12]|agpl-3\.0|gfdl|gpl(-[23]\.0)?|isc"
    r"|lgpl(-2\.1|-3\.0)?|lppl-1\.3c|ms-pl|mpl-2\.0|osl-3\.0|postgresql|ofl-1\.1|ncsa|unlicense|zlib|pddl"
    r"|odc-by|odbl|unknown|other"
)
#: Folders that ``huggingface_hub`` refuses to write to, wherever they stand in a path.
FORBIDDEN_FOLDERS = (".git", ".cache")
LFS_POINTER = b"version https://git-lfs.github.com/spec/v1"

_SIGN = "[\u231a-\u27bf\u2b05-\u2b55\U0001f004-\U0001faff]\ufe0f?[\U0001f3fb-\U0001f3ff]?"
_EMOJI = re.compile(f"[\U0001f1e6-\U0001f1ff]{{2}}|{_SIGN}(?:\u200d{_SIGN})*")
#: No ``+``: a local version such as ``2.13.0+cpu`` is not on the public index.
_PINNED = re.compile(r"([A-Za-z0-9][\w.-]*)(\[[\w.,\s-]+\])?==(\d[\w.!-]*)(\s*;.*)?", re.ASCII)
_CLAUSE = re.compile(r"\s*(>=|<=|==|!=|>|<)\s*(\d+(?:\.\d+)*)\s*")
_COMPARE = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq,
    "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip

STEPS = """\
Then, where NAME is the Space, as in owner/galeno (docs/HOSTING.md says more):
  1. .venv/bin/hf auth login                    # with a token that may write
  2. .venv/bin/hf repos create NAME --repo-type space --space-sdk gradio
  3. folder=$(mktemp -d) && git archive HEAD | tar -x -C "$folder"
     .venv/bin/hf upload NAME "$folder" . --repo-type space --delete "*"
  4. .venv/bin/hf spaces wait NAME              # and: hf spaces logs NAME --build
  5. .venv/bin/hf spaces variables add NAME -e GALENO_EMERGENCY_NUMBER=… -e GALENO_CRISIS_LINE=…
To publish a change: steps 3 and 4 again."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong and what to ``do``. ``refused`` false: a Space takes it, but somebody should know."""

    what: str
    do: str
    refused: bool = True

    def __str__(self) -> str:
        return f"{'refused' if self.refused else 'note'}: {self.what}. {self.do}."


def check(root: Path, names: Sequence[str]) -> list[Problem]:
    """Everything that a Space would refuse in the files ``names`` of ``root``, and what is good to know."""
    readme, requirements, project = (
        path.read_bytes() if (path := root / name).is_file() else b""
        for name in ("README.md", "requirements.txt", "pyproject.toml")
    )
    wanted = requirements.decode(errors="replace")
    python = tomllib.loads(project.decode()).get("project", {}).get("requires-python", "")
    return [
        *check_files(root, names),
        *check_front_matter(readme, gradio_pin(wanted), python, names),
        *check_requirements(wanted),
    ]


def check_files(root: Path, names: Sequence[str]) -> list[Problem]:
    """Sizes, names and LFS pointers; how many files are binary is a note (see docs/HOSTING.md)."""
    problems, binary = [], 0
    for name in names:
        shown = name.encode(errors="backslashreplace").decode()
        if not name.isprintable() or "\\" in name:
            problems.append(Problem(f"the file name {shown!r} has odd characters", "Rename it"))
        if folder := next((part for part in name.split("/") if part in FORBIDDEN_FOLDERS), None):
            problems.append(Problem(f"{shown} is in a folder {folder}, where nothing may be", "Move it"))
        path = root / name
        if not path.is_file():
            problems.append(Problem(f"{shown} is in git and not here", "Restore it or commit its removal"))
            continue
        content = path.read_bytes()
        if content.startswith(LFS_POINTER):
            problems.append(Problem(f"{shown} is a Git LFS pointer, not the file", "Run `git lfs pull`"))
        if len(content) > LARGEST:
            size = f"{len(content) / 1e6:.1f} MB"
            problems.append(Problem(f"{shown} has {size}; 10 MB is the most without LFS", "Split it"))
        binary += _is_binary(content)
    if binary:
        what = f"files that are binary, which the hub refuses in a plain `git push`: {binary}"
        problems.append(Problem(what, "Upload with `hf`, as the steps say", refused=False))
    return problems


def check_front_matter(
    readme: bytes, gradio: str | None, requires_python: str, names: Collection[str]
) -> list[Problem]:
    """The YAML block at byte 0 of README.md. ``gradio``: the pin of requirements.txt, ``None`` for none."""
    block = re.match(rb"---\r?\n(.*?)\r?\n---\r?\n", readme, re.DOTALL)
    if block is None:
        return [Problem("README.md does not begin with a block between two lines ---", "Begin it with one")]
    try:
        facts = yaml.safe_load(block[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 2})" if mark else ""
        return [Problem(f"the block at the top of README.md is not YAML{where}", "Correct it")]
    if not isinstance(facts, dict):
        return [Problem("the block at the top of README.md has no keys", "Write `title: …` and the rest")]
    text = {key: value if isinstance(value, str) else "" for key, value in facts.items()}
    # The hub counts as JavaScript does, in UTF-16 units.
    length = len(text.get("short_description", "").encode("utf-16-le")) // 2
    colors = "one of " + ", ".join(COLORS)
    version = f"{gradio or 'a version'}, as requirements.txt pins gradio"
    python = f'a version in quotes, as in "3.11", that fits requires-python "{requires_python}"'
    expected = [
        ("title", bool(text.get("title", "").strip()), "a name"),
        ("emoji", bool(_EMOJI.fullmatch(text.get("emoji", ""))), "one emoji"),
        ("colorFrom", text.get("colorFrom") in COLORS, colors),
        ("colorTo", text.get("colorTo") in COLORS, colors),
        ("sdk", text.get("sdk") == "gradio", "gradio"),
        ("sdk_version", gradio is not None and text.get("sdk_version") == gradio, version),
        ("python_version", fits(text.get("python_version", ""), requires_python), python),
        ("app_file", text.get("app_file") in names, "a file in git"),
        ("short_description", 0 < length <= LONGEST_DESCRIPTION, "1 to 60 characters"),
        ("license", bool(LICENSES.fullmatch(text.get("license", ""))), "an identifier, as in apache-2.0"),
        ("pinned", isinstance(facts.get("pinned"), bool), "true or false"),
    ]
    keys = re.findall(r"^(\w+):", block[1].decode(errors="replace"), re.MULTILINE)
    return [
        *(
            Problem(
                f"README.md: {key} is {repr(facts[key]) if key in facts else 'missing'}", f"Expected: {what}"
            )
            for key, right, what in expected
            if not right
        ),
        *(Problem(f"README.md: {key} is there twice", "Keep one") for key in _twice(keys)),
    ]


def check_requirements(text: str) -> list[Problem]:
    """Every line is ``name==version``: a Space's build sees this one file, and the public index."""
    problems = [] if text.strip() else [Problem("requirements.txt is missing or empty", "Write it")]
    for number, line in enumerate(text.splitlines(), start=1):
        wanted = re.sub(r"(^|\s)#.*", "", line).strip()
        where = f"requirements.txt, line {number}: {wanted}"
        if not wanted or _PINNED.fullmatch(wanted):
            continue
        if wanted.startswith("-"):
            problems.append(Problem(f"{where} is an option (editable, file or index)", "Take it out"))
        elif re.search(r"[/\\@]|\.(whl|zip|gz)$", wanted):
            problems.append(Problem(f"{where} is an address or a path", "Name a package of the public index"))
        else:
            problems.append(Problem(f"{where} is not pinned to a public version", "Write name==version"))
    return problems


def gradio_pin(requirements: str) -> str | None:
    """The version of ``gradio==…`` or ``gradio[…]==…``; ``None`` where there is no such line."""
    pins = (_PINNED.fullmatch(line.split("#")[0].strip()) for line in requirements.splitlines())
    return next((pin[3] for pin in pins if pin and pin[1].lower() == "gradio"), None)


def fits(version: str, requires: str) -> bool:
    """Whether ``version`` (``3.11``) meets every clause of ``requires`` (``>=3.11,<3.12``; at least one)."""
    clauses = [_CLAUSE.fullmatch(clause) for clause in requires.split(",")]
    return bool(re.fullmatch(r"3\.\d+(\.\d+)?", version)) and all(
        clause is not None and _COMPARE[clause[1]](_numbers(version), _numbers(clause[2]))
        for clause in clauses
    )


def git_names(root: Path, *arguments: str) -> tuple[str, ...] | None:
    """The names that ``git`` prints, each ended by NUL; ``None``: not a git checkout, or there is no git."""
    try:
        result = subprocess.run(["git", *arguments], cwd=root, capture_output=True, check=False)
    except FileNotFoundError:
        return None
    names = result.stdout.decode(errors="surrogateescape").split("\0")
    return None if result.returncode else tuple(filter(None, names))


def check_git(root: Path) -> list[Problem]:
    """What git knows and an upload would leave behind. ``root`` is a git checkout."""
    ignored = git_names(root, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard") or ()
    changed = git_names(root, "status", "--porcelain", "--no-renames", "-z") or ()
    problems = [
        Problem(f"{name} is in git and in .gitignore, so `hf` skips it", "Choose") for name in ignored
    ]
    if changed:
        what = f"changes that are not committed, so they stay here: {len(changed)} ({changed[0][3:]} …)"
        problems.append(Problem(what, "Commit what the Space needs", refused=False))
    return problems


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _twice(keys: Sequence[str]) -> list[str]:
    return sorted({key for key in keys if keys.count(key) > 1})


def _is_binary(content: bytes) -> bool:
    try:
        return "\0" in content.decode("utf-8")
    except UnicodeDecodeError:
        return True


def main(root: Path = ROOT) -> int:
    """Prints the notes, then the problems or the steps. 1: a Space would refuse the tree."""
    names = git_names(root, "ls-files", "-z")
    if names is None:
        print("This is not a git checkout, so nothing says what would be uploaded: run it in a clone.")
        return 1
    problems = [*check(root, names), *check_git(root)]
    total = sum((root / name).stat().st_size for name in names if (root / name).is_file())
    print(f"{len(names)} files, {total / 1e6:.1f} MB in all.")
    for problem in sorted(problems, key=lambda one: one.refused):
        print(problem)
    if any(problem.refused for problem in problems):
        return 1
    print(f"ready: nothing here that a Space would refuse.\n{STEPS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
