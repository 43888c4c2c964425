"""A template is a workbook in an administration's language in which a report can be filled in without a mistake."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, Literal

from calypso.contracts import Contract, FieldOfContract, contracts
from calypso.reference.choices import choices
from calypso.reference.naming import file_names
from calypso.reference.wording import said, wording
from calypso.registry import Administration
from calypso.sheet import ASIDE

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.workbook import Workbook
    from xlsxwriter.worksheet import Worksheet

Form = Literal["short", "long"]

ROWS = 2000  # prepared below the header
STARS = {"always": " *", "with_goods": " (*)", "never": ""}  # a header is read without its marks
DATE_FORMATS = {"day-month-year": "dd/mm/yyyy", "month-day-year": "mm/dd/yyyy", "year-month-day": "yyyy-mm-dd"}
DEPENDENT = ("sub_type", "unit")  # lists that the category of the row shortens
MADE = datetime(2024, 1, 1)  # the same template gives the same bytes on any day


def template(administration: Administration, form: Form, dataset: str = "seizures") -> bytes:
    """Return the workbook of a dataset for an administration: the required columns, or all of them."""
    import xlsxwriter

    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True})
    book.set_properties({"title": wording().datasets[dataset][administration.language], "created": MADE})
    contract = contracts()[dataset]
    sheet = _Sheet(book, contract, administration, fields_of(contract, form))
    sheet.write(book.add_worksheet(wording().datasets[dataset][administration.language]))
    text = sheet.text
    _write_help(book, book.add_worksheet(f"{ASIDE}{text['help_sheet']}"), administration, text)
    sheet.write_lists(book.add_worksheet(f"{ASIDE}{text['list_sheet']}"))
    book.close()
    return content.getvalue()


def fields_of(contract: Contract, form: Form) -> list[FieldOfContract]:
    """Return the fields of a form: the short one has the required ones alone."""
    return [field for field in contract.fields.values() if form == "long" or field.required != "never"]


@dataclass(frozen=True)
class _Sheet:
    """The sheet to fill in, with the lists it refers to."""

    book: Workbook
    contract: Contract
    administration: Administration
    fields: Sequence[FieldOfContract]

    @property
    def text(self) -> Mapping[str, str]:
        return said(wording().template, self.administration.language)

    def write(self, sheet: Worksheet) -> None:
        """Write headers, formats and what a spreadsheet program checks while one types."""
        for position, field in enumerate(self.fields):
            header = f"{field.label[self.administration.language]}{STARS[field.required]}"
            sheet.set_column(position, position, max(len(header) + 3, 14), self._format(field))
            sheet.write_string(0, position, header, self._header_format(field))
            sheet.data_validation(0, position, 0, position, {"validate": "any", **self._help(field)})
            sheet.data_validation(1, position, ROWS, position, {**self._check(field), **self._help(field)})
        sheet.set_row(0, 30)
        sheet.freeze_panes(1, 0)
        sheet.set_landscape()
        sheet.repeat_rows(0)
        sheet.fit_to_pages(1, 0)

    def write_lists(self, sheet: Worksheet) -> None:
        """Write each list in a column of its own under a name that the sheet refers to."""
        column = 0
        for field in self.fields:
            for name, values in self._lists(field).items():
                sheet.write_column(0, column, [name, *values])
                letter = _letters(column)
                place = f"='{sheet.get_name()}'!${letter}$2:${letter}${len(values) + 1}"
                self.book.define_name(f"calypso_{name}", place)
                column += 1
        sheet.very_hidden()

    def _lists(self, field: FieldOfContract) -> dict[str, list[str]]:
        names = self._choices(field)
        if not names:
            return {}
        lists = {field.name: list(names)}
        if field.name in DEPENDENT:
            pairs = [
                (category, name)
                for category, of in self._choices(self.contract.fields["category"]).items()
                for name, code in names.items()
                if self._belongs(field, code, of)
            ]
            lists[f"{field.name}_of"] = [category for category, _ in pairs]
            lists[f"{field.name}_in"] = [name for _, name in pairs]
        return lists

    def _belongs(self, field: FieldOfContract, code: str, category: str) -> bool:
        if field.name == "unit":
            return code in self.contract.units_of(category)
        return self.contract.codes[field.codes or ""][code].category == category

    def _choices(self, field: FieldOfContract) -> dict[str, str]:
        return choices(field, self.contract, self.administration)

    def _check(self, field: FieldOfContract) -> dict[str, Any]:
        """Return the data validation of a field's cells."""
        if self._choices(field):
            return {"validate": "list", "source": self._source(field), **self._error("wrong_value", "warning")}
        if field.type == "text":
            limit = {"validate": "length", "criteria": "<=", "value": field.max_length}
            return {**limit, **self._error("too_long", "stop")}
        least: Any = {"date": datetime(2000, 1, 1), "time": time(), "integer": 0, "decimal": 0}[field.type]
        return {"validate": field.type, "criteria": ">=", "value": least, **self._error(f"wrong_{field.type}", "stop")}

    def _source(self, field: FieldOfContract) -> str:
        """Return the formula of a drop-down list: all its values, or those of the category of the row."""
        everything = f"calypso_{field.name}"
        names = [other.name for other in self.fields]
        if field.name not in DEPENDENT or "category" not in names:
            return f"={everything}"
        given, of = f"${_letters(names.index('category'))}2", f"{everything}_of"
        return (
            f"=IF(COUNTIF({of},{given})=0,{everything},"
            f"OFFSET(INDEX({everything}_in,1),MATCH({given},{of},0)-1,0,COUNTIF({of},{given}),1))"
        )

    def _error(self, words: str, kind: str) -> dict[str, str]:
        return {"error_type": kind, "error_message": self.text[words]}

    def _help(self, field: FieldOfContract) -> dict[str, str]:
        language = self.administration.language
        return {"input_title": field.label[language], "input_message": field.help[language]}

    def _format(self, field: FieldOfContract) -> Format:
        shown = {
            "date": DATE_FORMATS[self.administration.date_order],
            "time": "hh:mm",
            "integer": "0",
            # A number is shown with the decimal mark of the machine, and never grouped.
            "decimal": "General",
        }.get(field.type, "@")  # as text, long references keep every digit
        return self.book.add_format({"num_format": shown, "valign": "top"})

    def _header_format(self, field: FieldOfContract) -> Format:
        dark = field.required != "never"
        colours = {"bg_color": "#123B5D", "font_color": "#FFFFFF"} if dark else {"bg_color": "#DCE6EE"}
        return self.book.add_format({"bold": dark, "text_wrap": True, "valign": "vcenter", "border": 1, **colours})


def _write_help(book: Workbook, sheet: Worksheet, administration: Administration, text: Mapping[str, str]) -> None:
    """Write how to name and fill in the file."""
    title, plain = book.add_format({"bold": True, "font_size": 14}), book.add_format({"text_wrap": True})
    heading, *names = file_names(administration)
    notes = ("star", "one_item", "choose", "cash", "no_names", "own_columns")
    lines = [(heading, title), *((name, plain) for name in names), ("", plain), (text["filling"], title)]
    lines += [(text[note], plain) for note in notes]
    sheet.set_column(0, 0, 110)
    for number, (line, style) in enumerate(lines):
        sheet.write_string(number, 0, line, style)


def _letters(column: int) -> str:
    from xlsxwriter.utility import xl_col_to_name

    return str(xl_col_to_name(column))
