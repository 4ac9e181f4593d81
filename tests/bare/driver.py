# Runs cells as plain code in this process, which has imported nothing for them: no IPython, no backend of ours.
# Reads a list of [name, code, raises] as JSON from the file named; prints a mark line before each cell's own output.
import sys

if True:  # the driver's own names leave the cells' namespace before the first one runs
    import json as _json

    with open(sys.argv[1], encoding="utf-8") as _file:
        _cells = _json.load(_file)
    del _json, _file
    sys.modules["snippets"] = None  # this project may be installed, and is not there for a reader

_mark, _error = sys.argv[2:4]
_sys = sys
del sys

for _name, _code, _raises in _cells:
    print(f"\n{_mark}{_name}")
    try:
        exec(compile(_code, f"<{_name}>", "exec"), globals())
    except BaseException as _exc:
        if type(_exc).__name__ != _raises:
            raise
        print(f"{_error}{type(_exc).__name__}: {_exc}")
    else:
        if _raises:
            raise AssertionError(f"{_name} raised nothing")
    _sys.stdout.flush()
