"""Files of a library are compiled dozens at once (CMAKE_UNITY_BUILD, in all presets but dev), any of them beside any other.
So what one file calls something for itself (in an unnamed namespace, by `using`, by a macro) no other may call otherwise.
Functions may share a name, as overloads do, where they take different numbers of arguments: of two that take as many, a
call may choose the other's without a word, as `{3}` is a number rather than a list.

It reads what clang-format lays out: a declaration begins at the margin.
"""
import collections
import re

NAMED_NAMESPACE = re.compile(r"namespace ([\w:]+) \{")
TYPE = re.compile(r"(?:class|struct|enum class|enum|union|concept) (\w+)")
ALIAS = re.compile(r"using (\w+) = (.+);|using ((?:\w+::)+(\w+));|namespace (\w+) = (.+);")
FUNCTION = re.compile(r"[^={;]*?(?<![^ &*])([\w:]+)\((.*)")
VARIABLE = re.compile(r".*?\b(\w+)(?:\[\w*\])*(?: = | ?\{|;|$)")
MACRO = re.compile(r"#define (\w+)")
LITERALS = re.compile(r"using namespace std::[\w:]*literals;")
RAW_TEXT = re.compile(r'R"(\w*)\(.*?\)\1"', re.DOTALL)


def parameter_count(text):
    """Of what stands behind `name(`."""
    depth, end = 1, 0
    while end < len(text) and depth > 0:
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        end += 1
    inside = text[:end - 1] if depth == 0 else text[:end]
    while (shorter := re.sub(r"<[^<>]*>|\([^()]*\)|\{[^{}]*\}", "", inside)) != inside:
        inside = shorter
    return len(inside.split(",")) if inside.strip() else 0


def own_name(line):
    """What a line at the margin declares; a function's name with how many arguments it takes."""
    if declared := TYPE.match(line):
        return declared[1]
    if function := FUNCTION.match(line):
        return None if "::" in function[1] else f"{function[1]}({parameter_count(function[2])})"
    declared = VARIABLE.match(line)
    return declared and declared[1]


def declarations(text):
    """What stands at the margin: the namespace, whether it is unnamed, the name, and what it stands for (None: itself)."""
    namespaces = []
    text = re.sub(r"^(template <.*>)\n", "", RAW_TEXT.sub('""', text), flags=re.MULTILINE)
    for line in re.sub(r",\n +", ", ", text).splitlines():
        around = "::".join(filter(None, namespaces))
        if line.startswith("namespace {"):
            namespaces.append("")
        elif named := NAMED_NAMESPACE.match(line):
            namespaces.append(named[1])
        elif line.startswith("}  // namespace"):
            namespaces.pop()
        elif macro := MACRO.match(line):
            yield "", True, macro[1], None
        elif alias := ALIAS.match(line):
            yield around, True, alias[1] or alias[4] or alias[5], alias[2] or alias[3] or alias[6]
        elif line.startswith("using namespace"):
            if not LITERALS.match(line):
                yield around, True, line, None
        elif line[:1].isalpha() and (name := own_name(line.removeprefix("inline "))):
            yield around, "" in namespaces or line.startswith("static "), name, None


def public_names(headers):
    """What all files may call by a name, by its namespace."""
    found = collections.defaultdict(set)
    for text in headers:
        for namespace, _, name, meaning in declarations(text):
            if meaning is None:
                found[namespace].add(name.split("(")[0])
    return found


def mistakes(texts, public):
    """Of the files of one library: their texts by their names. What they declare for themselves hides what is public."""
    users = collections.defaultdict(lambda: collections.defaultdict(list))
    for file, text in sorted(texts.items()):
        for namespace, _, name, meaning in set(filter(lambda declared: declared[1], declarations(text))):
            if name.startswith("using namespace"):
                yield f"{file}: `{name}` reaches into the files that are compiled with this one: name what is meant"
                continue
            users[namespace, name][meaning].append(file)
            hidden = [place for place in public if name.split("(")[0] in public[place]
                      and meaning is None and (namespace + "::").startswith(place + "::")]
            if hidden:
                yield f"{file}: its own `{name}` hides the `{name.split('(')[0]}` of a header from files that are compiled with it"
    for (_, name), meanings in sorted(users.items()):
        if len(meanings) > 1 or len(meanings.get(None, [])) > 1:
            files = sorted(file for files in meanings.values() for file in files)
            yield (f"{' and '.join(files)}: each has a `{name}` of its own: the files of a library are compiled together, "
                   "where that is one name")


def mistakes_in_tests(texts, headers, public):
    """The same of a program of tests, whose files lie in no namespace and use whole namespaces: all are as one there."""
    directive = re.compile(r"^using namespace ([\w:]+);\n", re.MULTILINE)
    used = {namespace for text in texts.values() for namespace in directive.findall(text)}
    shared = [public[namespace] for namespace in used if namespace in public] + list(public_names(headers).values())
    one_place = {file: re.sub(r"^namespace \w.*\{$|^\}  // namespace \w.*$", "", directive.sub("", text), flags=re.MULTILINE)
                 for file, text in texts.items()}
    yield from mistakes(one_place, {"": set().union(*shared)})
