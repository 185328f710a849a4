"""Name the benchmarks: each is a module of its own."""

import pkgutil

import benchmarks

print("Run one of these, such as `python -m benchmarks.convert BOOK`:")
for module in pkgutil.iter_modules(benchmarks.__path__):
    if not module.name.startswith("_"):
        print(f"  python -m benchmarks.{module.name}")
