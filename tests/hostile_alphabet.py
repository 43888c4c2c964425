"""What a sender may write to be more than text: each of it goes through every exit, in the tests of exits."""

from __future__ import annotations

from collections.abc import Mapping

# By what would take it for its own, or be misled by it.
ALPHABET: Mapping[str, str] = {
    "jinja": "{{ 7*7 }}{{ cycler.__init__.__globals__ }}",
    "jinja block": "{% for x in y %}{# lost #}",
    "shell variable": "${HOME} $HOME %PATH%",
    "markdown link": "[click](http://evil.example) ![i](http://evil.example/i.png)",
    "markdown": "# *bold* _it_ ~~gone~~ `code` > quote | a | b | \\[x\\]",
    "autolink": "<http://evil.example> http://evil.example www.evil.example",
    "chat": "<http://evil.example|Calypso> <!channel> <@U1> @here :bomb:",
    "rich": "[/red][bold red on red]x[link=http://evil.example]y[/link]",
    "escape": "\x1b[31mred\x1b[0m\x1b[2J\x1b]0;title\x07",
    "hyperlink": "\x1b]8;;http://evil.example\x1b\\here\x1b]8;;\x1b\\",
    "c1": "\x9b31mred\x9c \x90q\x9c \x85next",
    "control": "bell\x07 back\x08\x08\x08 return\rover \x7f\x0b\x0c\x1c",
    "lines": "one\ntwo\r\nthree\u2028four\u2029five",
    "printf": "%s %n %(name)s %d %%",
    "format": "{0} {given} {given.__class__} {field!r:>99} {{}} }{",
    "typst": '#panic("ran") #eval("panic()") #read("/etc/passwd") $ x $ @ref <label> *b* _i_ // c /* \\u{41}',
    "sql": "'; drop table raw.submissions; -- \" \\' $$ %27",
    "shell": "$(id) `id` ; id | id && id > x",
    "header": "x\r\nBcc: all@evil.example\r\n\r\n<p>body</p>",
    "formula": "=cmd|' /C calc'!A0",
    "sum": "@SUM(A1:A9)",
    "plus": "+1+1",
    "minus": "-1+1",
    "tab": "\t=1+1",
    "return": "\r=1+1",
    "line formula": "\n=1+1",
    "wide formula": "\uff1d1+1",
    "hidden formula": "\u200b\ufeff=1+1",
    "bidi": "\u202egnp.exe\u202c \u2066x\u2069 \u200f",
    "zero width": "ze\u200bro\u200c \u2060wi\ufeffdth\u00ad \u3164\ufe0f\U000e0041",
    "wide": "\uff46\uff55\uff4c\uff4c \uff1cb\uff1e",
    "arabic digits": "\u0663\u0665",
    "look-alikes": "n\u0131l \u017feizures \u212ag \u0430",
    "private": "\ue000\U000f0000\ufffe\u0378",
    "long": "a" * 10_000,
    "long markup": "<b>" * 3_000,
    "script": "</script><script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x=\'y\' `z`',
    "style": "</style></title></textarea><svg onload=alert(1)>",
    "comment": "--><!-- ]]> <![CDATA[ <?php",
    "entity": "&lt;b&gt; &#60;i&#62; &amp;",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,<b>x</b>",
    "svg": 'url(#gone) id="a" href="#b" class="c" role="d"',
    "vega": "datum.x != null && datum['y'] signal('z')",
    "json": '"}],"x":[{"y":"\\u0000"',
    "statsd": "a:1|c\nb:2|g|#t",
    "path": "../../../etc/passwd\\..\\x",
    "workbook": "<r><t>raw</t></r>_x000D__x0041_",
    "accents": "Réf\u00a0: cañón, œuvre, ≥ 5 € – fin",
}
# What no file, and no text in the database, holds: file names and error messages may.
SURROGATE = "lone\udce9\ud83d half"
ALL = {**ALPHABET, "surrogate": SURROGATE}

# Of these a spreadsheet makes a formula, unless something stands before them.
FORMULAS = tuple(
    ALPHABET[name]
    for name in (
        *("formula", "sum", "plus", "minus", "tab", "return", "line formula", "wide formula", "hidden formula"),
    )
)
