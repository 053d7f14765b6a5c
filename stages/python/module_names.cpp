#include "stages/python/module_names.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sdlrun::stages {

namespace {

constexpr auto standard_modules = std::to_array<std::string_view>({
    "abc", "aifc", "annotationlib", "antigravity", "argparse", "array", "ast", "asynchat", "asyncio", "asyncore", "atexit",
    "audioop", "base64", "bdb", "binascii", "binhex", "bisect", "builtins", "bz2", "cProfile", "calendar", "cgi", "cgitb",
    "chunk", "cmath", "cmd", "code", "codecs", "codeop", "collections", "colorsys", "compileall", "compression", "concurrent",
    "configparser", "contextlib", "contextvars", "copy", "copyreg", "crypt", "csv", "ctypes", "curses", "dataclasses",
    "datetime", "dbm", "decimal", "difflib", "dis", "distutils", "doctest", "dummy_threading", "email", "encodings",
    "ensurepip", "enum", "errno", "faulthandler", "fcntl", "filecmp", "fileinput", "fnmatch", "formatter", "fractions",
    "ftplib", "functools", "gc", "genericpath", "getopt", "getpass", "gettext", "glob", "graphlib", "grp", "gzip", "hashlib",
    "heapq", "hmac", "html", "http", "idlelib", "imaplib", "imghdr", "imp", "importlib", "inspect", "io", "ipaddress",
    "itertools", "json", "keyword", "lib2to3", "linecache", "locale", "logging", "lzma", "macpath", "mailbox", "mailcap",
    "marshal", "math", "mimetypes", "mmap", "modulefinder", "msilib", "msvcrt", "multiprocessing", "netrc", "nis", "nntplib",
    "nt", "ntpath", "nturl2path", "numbers", "opcode", "operator", "optparse", "os", "ossaudiodev", "parser", "pathlib", "pdb",
    "pickle", "pickletools", "pipes", "pkgutil", "platform", "plistlib", "poplib", "posix", "posixpath", "pprint", "profile",
    "profiling", "pstats", "pty", "pwd", "py_compile", "pyclbr", "pydoc", "pydoc_data", "pyexpat", "queue", "quopri", "random",
    "re", "readline", "reprlib", "resource", "rlcompleter", "runpy", "sched", "secrets", "select", "selectors", "shelve",
    "shlex", "shutil", "signal", "site", "smtpd", "smtplib", "sndhdr", "socket", "socketserver", "spwd", "sqlite3",
    "sre_compile", "sre_constants", "sre_parse", "ssl", "stat", "statistics", "string", "stringprep", "struct", "subprocess",
    "sunau", "symbol", "symtable", "sys", "sysconfig", "syslog", "tabnanny", "tarfile", "telnetlib", "tempfile", "termios",
    "textwrap", "this", "threading", "time", "timeit", "tkinter", "token", "tokenize", "tomllib", "trace", "traceback",
    "tracemalloc", "tty", "turtle", "turtledemo", "types", "typing", "unicodedata", "unittest", "urllib", "uu", "uuid", "venv",
    "warnings", "wave", "weakref", "webbrowser", "winreg", "winsound", "wsgiref", "xdrlib", "xml", "xmlrpc", "zipapp",
    "zipfile", "zipimport", "zlib", "zoneinfo",
});

using Row = std::pair<std::string_view, std::string_view>;
constexpr auto with_other_modules = std::to_array<Row>({
    {"absl-py", "absl"}, {"argon2-cffi", "argon2"}, {"attrs", "attr"}, {"beautifulsoup4", "bs4"},
    {"cython", "Cython pyximport"}, {"fonttools", "fontTools"}, {"google-pasta", "pasta"}, {"grpcio", "grpc"},
    {"ipykernel", "ipykernel_launcher"}, {"ipython", "IPython"}, {"jupyter-core", "jupyter"}, {"libclang", "clang"},
    {"markdown-it-py", "markdown_it"}, {"matplotlib", "mpl_toolkits pylab"}, {"pillow", "PIL"}, {"protobuf", "google"},
    {"python-dateutil", "dateutil"}, {"python-json-logger", "pythonjsonlogger"}, {"pyyaml", "yaml"}, {"pyzmq", "zmq"},
    {"rpds-py", "rpds"}, {"scikit-learn", "sklearn"}, {"setuptools", "easy_install pkg_resources"},
    {"tensorflow", "tensorflow_core"}, {"tensorflow-cpu", "tensorflow"}, {"websocket-client", "websocket"},
});

// Their modules have their own names.
constexpr auto with_their_own_name_only = std::to_array<std::string_view>({
    "anyio", "argon2-cffi-bindings", "arrow", "asttokens", "astunparse", "async-lru", "babel", "bleach", "blinker", "certifi",
    "cffi", "charset-normalizer", "click", "comm", "contourpy", "cycler", "debugpy", "decorator", "defusedxml", "elephas",
    "exceptiongroup", "executing", "fastjsonschema", "flask", "flatbuffers", "fqdn", "gast", "h11", "h5py", "httpcore",
    "httpx", "idna", "importlib-metadata", "ipython-pygments-lexers", "isoduration", "itsdangerous", "jedi", "jinja2",
    "joblib", "json5", "jsonpointer", "jsonschema", "jsonschema-specifications", "jupyter-builder", "jupyter-client",
    "jupyter-events", "jupyter-lsp", "jupyter-server", "jupyter-server-terminals", "jupyterlab", "jupyterlab-pygments",
    "jupyterlab-server", "keras", "kiwisolver", "lark", "markdown", "markupsafe", "matplotlib-inline", "mdurl", "mistune",
    "ml-dtypes", "namex", "nbclient", "nbconvert", "nbformat", "nest-asyncio", "nest-asyncio2", "networkx", "notebook-shim",
    "numpy", "opt-einsum", "optree", "overrides", "packaging", "pandas", "pandocfilters", "parso", "pexpect", "platformdirs",
    "prometheus-client", "prompt-toolkit", "psutil", "ptyprocess", "pure-eval", "py4j", "pycparser", "pygments", "pyparsing",
    "pyspark", "pytz", "referencing", "requests", "rfc3339-validator", "rfc3986-validator", "rfc3987-syntax", "rich", "scipy",
    "seaborn", "send2trash", "six", "soupsieve", "stack-data", "tensorboard", "tensorboard-data-server", "tensorflow",
    "tensorflow-io-gcs-filesystem", "termcolor", "terminado", "threadpoolctl", "tinycss2", "tomli", "tornado", "tqdm",
    "traitlets", "typing-extensions", "tzdata", "uri-template", "urllib3", "wcwidth", "webcolors", "webencodings", "werkzeug",
    "wheel", "wrapt", "xgboost", "zipp",
});

}  // namespace

bool is_standard_module(std::string_view name) { return std::find(standard_modules.begin(), standard_modules.end(), name) != standard_modules.end(); }

std::optional<std::string_view> other_modules_of(std::string_view package) {
  const auto row = std::find_if(with_other_modules.begin(), with_other_modules.end(), [&](const Row& one) { return one.first == package; });
  if (row != with_other_modules.end()) return row->second;
  const bool is_known = std::find(with_their_own_name_only.begin(), with_their_own_name_only.end(), package) != with_their_own_name_only.end();
  return is_known ? std::optional<std::string_view>("") : std::nullopt;
}

}  // namespace sdlrun::stages
