"""No operator renders what a sender wrote: every task of every Dag is given hostile values and rendered by Airflow."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import dags_page
import pytest
from markdown_it import MarkdownIt

pytestmark = [pytest.mark.slow, pytest.mark.core]

# Every XCom value is hostile. Taskflow operators take it among their arguments, others by the names of their fields.
RENDER = """
import inspect, json, sys
from types import SimpleNamespace
from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.bases.operator import BaseOperator
from airflow.sdk.definitions.mappedoperator import MappedOperator
from airflow.sdk.definitions.xcom_arg import XComArg

HOSTILE = json.loads(sys.argv[2])

def subclasses(cls):
    return [cls, *(below for child in cls.__subclasses__() for below in subclasses(child))]

def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        yield from (text for pair in value.items() for each in pair for text in texts(each))
    elif isinstance(value, (list, tuple, set)):
        yield from (text for each in value for text in texts(each))

def fields(task):
    names = [name for cls in task.operator_class.__mro__ if issubclass(cls, BaseOperator) and cls is not BaseOperator
             for name, given in inspect.signature(cls.__init__).parameters.items()
             if given.annotation in ("str", "str | None")]
    return [{name: text for name in names if name not in task.partial_kwargs} for text in HOSTILE]

rendered = {}
for dag in DagBag(dag_folder=sys.argv[1]).dags.values():
    for task in dag.tasks:
        mapped = isinstance(task, MappedOperator)
        if mapped and "op_kwargs" not in task.template_fields:
            values = fields(task)
        else:
            values = HOSTILE
        for cls in subclasses(XComArg):
            if "resolve" in vars(cls):
                cls.resolve = lambda self, context, values=values: list(values)
        for index in range(len(HOSTILE) if mapped else 1):
            ti = SimpleNamespace(map_index=index if mapped else -1, task=task, _upstream_map_indexes={})
            context = {"ti": ti, "task_instance": ti, "task": task, "dag": dag, "params": {}, "conn": "leaked",
                       "dag_run": SimpleNamespace(conf={})}
            task.render_template_fields(context)
            done = context["task"]
            held = {name: value for name, value in vars(done).items() if not name.startswith("_")}
            rendered.setdefault(f"{dag.dag_id}.{task.task_id}", []).extend(texts(held))
print(json.dumps(rendered))
"""
HOSTILE = [
    "{{ 7 * 7 }}",
    "{% for i in range(3) %}looped{% endfor %}",
    "{{ conn }}",
    "{# dropped #}",
]
RENDERED = ("49", "loopedlooped", "leaked")


@pytest.fixture(scope="module")
def rendered(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Return the texts that each task holds once Airflow has rendered it, by `dag.task`."""
    environment = {
        **os.environ,
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "PYTHONPATH": str(dags_page.REPOSITORY),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "sqlite://",
    }
    done = subprocess.run(
        [sys.executable, "-c", RENDER, str(dags_page.DAGS), json.dumps(HOSTILE)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


def test_values_from_xcom_reach_tasks_unrendered(rendered: dict[str, list[str]]) -> None:
    for task, texts in rendered.items():
        assert not [text for text in texts if any(mark in text for mark in RENDERED)], task
    for task in ("ingest__brb.answer", "decide_doubts.questions", "decide_doubts.decide", "decide_doubts.note"):
        assert set(HOSTILE) <= set(rendered[task]), task


def test_every_dag_is_rendered(rendered: dict[str, list[str]]) -> None:
    ignored = (dags_page.DAGS / ".airflowignore").read_text().splitlines()
    files = {path.stem for path in Path(dags_page.DAGS).glob("*.py") if path.name not in ignored} - {"ingest"}
    assert files <= {task.partition(".")[0] for task in rendered}


@pytest.mark.parametrize(
    "text",
    [
        "[x](http://example.org)",
        "![i](http://example.org/i.png)",
        "<img src=x onerror=alert(1)>",
        "http://example.org www.example.org <a@example.org>",
        "`` ` ``` [x](http://example.org)",
        "`",
        "one\n\n# two\n\n[x](http://example.org)",
        "\u202egnp.exe\x1b[31m",
    ],
)
def test_a_code_span_holds_any_text(text: str) -> None:
    from dags.questions import code_span

    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(f"Case {code_span(text)} of a file")
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    before, code, after = tokens[1].children or []
    assert (before.content, code.type, after.content) == ("Case ", "code_inline", " of a file")
    assert code.content.isprintable()
