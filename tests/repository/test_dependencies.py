"""pyproject.toml, constraints.txt and environment.yml say the same; each file's bad twin is refused."""

import re
import tomllib
from importlib import metadata
from pathlib import Path

import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name as canonical

ROOT = Path(__file__).resolve().parents[2]
BAD = Path(__file__).parent / "bad"
CONDA_NAMES = {"pytorch": "torch", "python-build": "build"}  # conda's name: the name in pyproject.toml
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def required() -> dict[str, Requirement]:
    """Every requirement of pyproject.toml, the extras included, by name."""
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    return {canonical(r.name): r for group in groups for r in map(Requirement, group)}


def pins(path: Path) -> tuple[dict[str, str], list[str]]:
    """The pinned versions of a constraints file, and the lines that are no pins."""
    lines = (line.split("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines())
    found, other = {}, []
    for line in filter(None, lines):
        match = re.fullmatch(r"([\w.-]+)==([\w.!]+)", line)
        if match:
            found[canonical(match[1])] = match[2]
        else:
            other.append(line)
    return found, other


def lock_problems(path: Path) -> list[str]:
    """What is wrong with a constraints file."""
    versions, other = pins(path)
    problems = [f"not a pin of a published version: {line}" for line in other]
    for name, requirement in required().items():
        if name not in versions:
            problems.append(f"{name} is not pinned")
        elif not requirement.specifier.contains(versions[name], prereleases=True):
            problems.append(f"{name}=={versions[name]} does not satisfy {requirement}")
    return problems


def environment_problems(path: Path) -> list[str]:
    """Where an environment for conda differs from pyproject.toml."""
    listed = yaml.safe_load(path.read_text(encoding="utf-8"))["dependencies"]
    texts = [entry for entry in listed if isinstance(entry, str)]
    (pip,) = (entry["pip"] for entry in listed if isinstance(entry, dict))
    texts += [entry for entry in pip if not entry.startswith("--editable")]
    stated = {CONDA_NAMES.get(canonical(r.name), canonical(r.name)): r for r in map(Requirement, texts)}

    wanted = {name: requirement.specifier for name, requirement in required().items()}
    wanted["python"] = Requirement("python" + PROJECT["requires-python"]).specifier
    wanted["pip"] = Requirement("pip").specifier
    problems = [] if "--editable ." in pip else ["the package itself is not installed"]
    problems += [f"{name} is missing" for name in wanted.keys() - stated.keys()]
    problems += [f"{name} is not in pyproject.toml" for name in stated.keys() - wanted.keys()]
    for name in wanted.keys() & stated.keys():
        if wanted[name] != stated[name].specifier:
            problems.append(f"{name}: pyproject.toml says {wanted[name]}, here {stated[name].specifier}")
    return sorted(problems)


def test_every_requirement_is_pinned_and_satisfied():
    assert lock_problems(ROOT / "constraints.txt") == []


def test_the_lock_holds_all_that_is_installed_for_us():
    """Follow the requirements through the installed packages: none may be free to change."""
    versions, _ = pins(ROOT / "constraints.txt")
    extras = PROJECT["optional-dependencies"]
    assert {canonical(Requirement(line).name) for line in extras["bench"]} <= set(versions)
    waiting = [("opt4ml", tuple(extra for extra in extras if extra != "bench"))]  # `make bench` installs it
    seen, free = set(), set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for line in metadata.requires(name) or []:
            requirement = Requirement(line)
            marker = requirement.marker
            if marker and not any(marker.evaluate({"extra": extra}) for extra in extras or ("",)):
                continue
            child = canonical(requirement.name)
            if child not in versions:
                free.add(child)
            else:
                waiting.append((child, tuple(sorted(requirement.extras))))
    assert len(seen) > 150
    # PyTorch's builds for graphics cards bring libraries that its builds for processors do not name.
    graphics = ("nvidia-", "cuda-", "triton")
    assert {name for name in free if not name.startswith(graphics)} == set()


def test_the_holds_are_in_the_lock():
    held, other = pins(ROOT / "tools" / "holds.txt")
    versions, _ = pins(ROOT / "constraints.txt")
    assert not other
    assert len(held) >= 20
    assert {name: versions.get(name) for name in held} == held


def test_a_bad_lock_is_refused():
    problems = "\n".join(lock_problems(BAD / "constraints.txt"))
    assert "numpy==1.21.0 does not satisfy numpy>=1.26" in problems
    assert "scipy is not pinned" in problems
    assert "not a pin of a published version: torch==2.13.0+cpu" in problems
    assert "tqdm is not pinned" in problems


def test_conda_has_the_same_dependencies():
    assert environment_problems(ROOT / "environment.yml") == []


def test_a_bad_environment_is_refused():
    problems = environment_problems(BAD / "environment.yml")
    assert "numpy: pyproject.toml says >=1.26, here >=1.20" in problems
    assert "pandas is not in pyproject.toml" in problems
    assert "torch is missing" in problems
    assert "torch is not in pyproject.toml" not in problems
