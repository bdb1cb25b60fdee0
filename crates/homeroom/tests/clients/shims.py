"""What old and new client packages lack on the Python at hand; nothing of what they do is changed."""

import collections
import collections.abc
import importlib.abc
import importlib.machinery
import re
import sys


def old_names():
    """Names that Python 3.10 moved to collections.abc, which `oneroster` 0.0.17 still uses."""
    for name in ("MutableMapping", "Mapping", "Iterable"):
        setattr(collections, name, getattr(collections.abc, name))


def new_names():
    """What `timeback` 0.4.0 takes from Python 3.12: classes and functions with type parameters."""
    if sys.version_info >= (3, 12):
        return
    sys.meta_path.insert(0, _Finder())


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        if not fullname.startswith("timeback_"):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec and isinstance(spec.loader, importlib.machinery.SourceFileLoader):
            spec.loader = _Loader(spec.loader.name, spec.loader.path)
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def get_code(self, fullname):
        return self.source_to_code(self.get_data(self.path), self.path)

    def source_to_code(self, data, path, *, _optimize=-1):
        return super().source_to_code(lowered(data.decode()).encode(), path, _optimize=_optimize)


_CLASS = re.compile(r"^(\s*)class (\w+)\[([^\]]+)\](?:\((.*?)\))?:", re.M)
_FUNCTION = re.compile(r"^(\s*)((?:async )?def \w+)\[([^\]]+)\]\(", re.M)
_ALIAS = re.compile(r"^type (\w+)(?:\[[^\]]+\])? = ", re.M)


def lowered(source):
    """Type parameters of classes and functions (PEP 695) as names of the module."""
    found = set()

    def parameters(text):
        for parameter in text.split(","):
            found.add(parameter.split(":")[0].strip().lstrip("*"))
        return ", ".join(p.split(":")[0].strip() for p in text.split(","))

    def in_class(match):
        indent, name, names, bases = match.groups()
        bases = (bases + ", " if bases else "") + f"typing_of_shim.Generic[{parameters(names)}]"
        return f"{indent}class {name}({bases}):"

    def in_function(match):
        parameters(match.group(3))
        return f"{match.group(1)}{match.group(2)}("

    source = _CLASS.sub(in_class, source)
    source = _FUNCTION.sub(in_function, source)
    source = _ALIAS.sub(r"\1 = ", source)
    if not found:
        return source
    head = "import typing as typing_of_shim\n" + "".join(
        f"{name} = typing_of_shim.TypeVar({name!r})\n" for name in sorted(found)
    )
    # Behind `from __future__`, which must come first.
    future = re.search(r"^from __future__ import .*$", source, re.M)
    at = future.end() + 1 if future else 0
    return source[:at] + head + source[at:]
