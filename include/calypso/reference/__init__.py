"""The reference is what an administration needs to write a file: templates, specification, rules, codes and schema.

It is made from the contract, the rule book and the registry and from nothing else, always the same, and carries
their fingerprint: what is in a folder is written anew where that fingerprint has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path

from calypso.contracts import contracts
from calypso.judging import RuleBook
from calypso.reference import pages, tableschema
from calypso.reference.template import Form, template
from calypso.registry import LANGUAGES, Administration
from calypso.registry import fingerprint as of_declaration

ROOM = Path(__file__).parent
STAMP = "version.txt"  # written last: the fingerprint of everything beside it, and its names
FORMS: tuple[Form, ...] = ("short", "long")


def publish(folder: Path, administration: Administration, rules: RuleBook) -> bool:
    """Bring an administration's `reference/` up to date; tell whether anything was written."""
    stamp = fingerprint(rules, administration)
    return _write(folder, stamp, partial(documents, administration, rules))


def publish_languages(folder: Path, rules: RuleBook) -> bool:
    """Write the pages and the schema in a folder for each language, for readers of no administration."""
    stamp = fingerprint(rules)
    made = {language: partial(_documents, language, rules) for language in LANGUAGES}
    return any([_write(folder / language, stamp, make) for language, make in made.items()])


def in_language(language: str, rules: RuleBook, home: str | None = None) -> Mapping[str, bytes]:
    """Return the pages and the schema for readers of no administration: the content of each file by its name.

    `home` is where the pages lead up to, where they lie in a site.
    """
    return _documents(language, rules, home=home)


def documents(administration: Administration, rules: RuleBook) -> Mapping[str, bytes]:
    """Return what belongs into an administration's `reference/`: the content of each file by its name."""
    found = _documents(administration.language, rules, administration)
    for dataset in contracts():
        for form in FORMS:
            found[f"{dataset}_template_{form}.xlsx"] = template(administration, form, dataset)
    return found


def fingerprint(rules: RuleBook, administration: Administration | None = None) -> str:
    """Return a short hash of everything that the reference is made from."""
    said = [of_declaration(contract) for contract in contracts().values()]
    said += [_rules(rules), _room()]
    if administration:
        said.append(of_declaration(administration))
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


def _documents(
    language: str, rules: RuleBook, administration: Administration | None = None, home: str | None = None
) -> dict[str, bytes]:
    """Return the pages and the schema in one language."""
    stamp = fingerprint(rules, administration)
    found = {name: page.encode() for name, page in pages.pages(language, rules, stamp, administration, home)}
    for dataset, contract in contracts().items():
        schema = tableschema.table_schema(contract, language, administration, stamp)
        found[f"{dataset}.schema.json"] = f"{json.dumps(schema, ensure_ascii=False, indent=1)}\n".encode()
    return found


def _rules(rules: RuleBook) -> str:
    told = [
        [rule.code, rule.severity, rule.field, rule.sentence.model_dump(), list(rule.right), list(rule.wrong)]
        for rule in rules.rules.values()
    ]
    return json.dumps([rules.version, told], ensure_ascii=False, default=dict)


@cache
def _room() -> str:
    """Return a hash of this room's own code, words and templates, which shape the reference as well."""
    parts = sorted(path for path in ROOM.iterdir() if path.suffix in (".py", ".yml", ".j2"))
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in parts)).hexdigest()


def _write(folder: Path, stamp: str, made: Callable[[], Mapping[str, bytes]]) -> bool:
    """Write documents where the folder's stamp is another; a reader sees each whole or not at all."""
    known, names = _stamped(folder)
    if known == stamp and all((folder / name).is_file() for name in names):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    documents = made()
    for name in set(names) - set(documents):
        (folder / name).unlink(missing_ok=True)
    listed = "\n".join([stamp, *documents])
    for name, content in {**documents, STAMP: f"{listed}\n".encode()}.items():
        draft = folder / f".{name}.tmp"
        draft.write_bytes(content)
        draft.replace(folder / name)
    return True


def _stamped(folder: Path) -> tuple[str, list[str]]:
    """Return the fingerprint that a folder carries, and the names of the documents it stands for."""
    try:
        stamp, *names = (folder / STAMP).read_text(encoding="utf-8").split()
    except (FileNotFoundError, ValueError):
        return "", []
    return stamp, [name for name in names if Path(name).name == name]
