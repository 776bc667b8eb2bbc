"""Edge: reads `.env` as Docker Compose does, and names the lines that cannot be read."""

import io
from pathlib import Path

from dotenv.main import DotEnv
from dotenv.parser import parse_stream


def read(path: Path) -> tuple[dict[str, str], list[str]]:
    """What stands in the file, and a line for each problem with it. An empty value counts as none."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}, [f"there is no {path}: copy .env.example to it, and set what differs"]
    except UnicodeDecodeError:
        return {}, [f"{path} is not UTF-8: save it as UTF-8"]
    except OSError as error:
        return {}, [f"{path} cannot be read: {error.strerror}"]
    bindings = list(parse_stream(io.StringIO(text)))
    problems = [
        f"{path}, line {binding.original.line}: cannot be read; write NAME=value, and put a value with spaces in quotes"
        for binding in bindings
        if binding.error or (binding.key is not None and binding.value is None)
    ]
    if problems:
        return {}, problems
    values = DotEnv(None, stream=io.StringIO(text), override=True).dict()
    return {name: value for name, value in values.items() if value}, []
