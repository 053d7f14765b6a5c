"""How a stage of sdlrun and its Python program speak: a request and an answer, each a JSON file.

A program is run as `python -m stages.<family>.<name> REQUEST ANSWER`. It exits with 0 when it has answered, also when the
answer is that the input cannot be used; anything else is a fault of the program or of its environment.
"""

import json
import sys
from pathlib import Path


class Refused(Exception):
    """Input that cannot be used. The texts are read by the user: lower case, no full stop."""

    def __init__(self, message, hint="", detail=""):
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.detail = detail


def serve(answer):
    """Answers the request named on the command line; `answer` takes it and gives what the stage wants to know."""
    request_file, answer_file = sys.argv[1:]
    request = json.loads(Path(request_file).read_text(encoding="utf-8"))
    try:
        reply = {"answer": answer(request)}
    except Refused as refused:
        reply = {"refused": {"message": refused.message, "hint": refused.hint, "detail": refused.detail}}
    Path(answer_file).write_text(json.dumps(reply), encoding="utf-8")


def nearest(name, candidates):
    """"did you mean `x`?" for the candidate that looks most like the name, else an empty text."""
    from difflib import get_close_matches

    found = get_close_matches(name, list(candidates), n=1)
    return f"did you mean `{found[0]}`?" if found else ""
