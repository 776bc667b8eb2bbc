"""Pure: which routes a pattern's files can take, known before there is a file."""

import re
from collections.abc import Iterator, Mapping

from postflow.routing.forms import Form, choice
from postflow.routing.globs import wildcard_regex
from postflow.routing.output import OWN_NAME, fields_of
from postflow.routing.rules import Lookup, Pattern, Route
from postflow.routing.spelling import folded


def meets(route: Route, fields: Mapping[str, str]) -> bool:
    """Whether a file with these fields (`pattern` among them) takes this route."""
    return all(_any_fits(wanted, fields.get(field)) for field, wanted in route.when.items())


def _any_fits(wanted: tuple[str, ...], value: str | None) -> bool:
    return value is not None and any(_fits(text, value) for text in wanted)


def _fits(wanted: str, value: str) -> bool:
    return re.fullmatch(wildcard_regex(folded(wanted)), folded(value), re.DOTALL) is not None


def forms_of(pattern: Pattern, own: Mapping[str, Form], lookups: Mapping[str, Lookup]) -> dict[str, Form]:
    """What every field of this pattern's files can be, after its lookups."""
    forms = dict(own) | {"pattern": choice(pattern.name)}
    for name in pattern.lookups:
        if name in lookups:
            rows = lookups[name].values.values()
            for field in lookups[name].gives - forms.keys():
                forms[field] = choice(*dict.fromkeys(row[field] for row in rows if field in row))
    return forms


def possible(route: Route, forms: Mapping[str, Form]) -> bool:
    return all(
        field in forms and any(_possible(text, forms[field]) for text in wanted) for field, wanted in route.when.items()
    )


def _possible(wanted: str, form: Form) -> bool:
    if form.options:
        return any(_fits(wanted, option) for option in form.options)
    return bool(set("*?") & set(wanted)) or form.suits(wanted)


def certain(route: Route, forms: Mapping[str, Form]) -> bool:
    """Whether every file with such fields takes it, so that no later route sees one."""
    return all(field in forms and _certain(wanted, forms[field]) for field, wanted in route.when.items())


def _certain(wanted: tuple[str, ...], form: Form) -> bool:
    if not form.always:
        return False
    if form.options:
        return all(_any_fits(wanted, option) for option in form.options)
    return "*" in wanted


def taken(routes: Mapping[int, Route], forms: Mapping[str, Form]) -> Iterator[int]:
    """The routes that files with such fields may take, by index, as far as no broken one comes before."""
    for index in range(max(routes, default=-1) + 1):
        if index not in routes:
            return
        if possible(routes[index], forms):
            yield index
            if certain(routes[index], forms):
                return


def not_given(route: Route, forms: Mapping[str, Form]) -> Iterator[tuple[str, str]]:
    """Key and field, for every field of the route's templates that such files do not have."""
    given = forms.keys() - {"pattern"}
    for field in sorted(fields_of(route.folder) - given):
        yield "folder", field
    for field in sorted(fields_of(route.filename) - given - OWN_NAME):
        yield "filename", field
