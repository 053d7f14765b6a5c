"""Random pipelines for the crash harness: forks, joins, retries, steps that fail the first times, files and values."""

import hashlib
import random

# What a step does. It may leave a daemon, which is not to outlive the run. It notes that it was begun in a ledger beside the project, sleeps, and writes what only its inputs decide.
SCRIPT = """
echo x >> "$LEDGER/$NAME"
[ "$DAEMON" = 0 ] || setsid sleep 1000 < /dev/null > /dev/null 2>&1 &
count=$(wc -l < "$LEDGER/$NAME")
sleep "$PAUSE"
[ "$count" -gt "$FAILURES" ] || exit 75
{ echo "$NAME"; cat /dev/null %s; } | sha256sum | cut -c1-64 > sum
awk -v sum="$(cat sum)" -v lines="$LINES" 'BEGIN { for (i = 0; i < lines; i++) print sum }' > text
mkdir folder
cp text folder/copy
printf '"%%s"' "$(cat sum)"
"""


class Step:
    def __init__(self, index, chance):
        self.name = f"s{index}"
        self.needs = sorted(chance.sample(range(index), min(index, chance.choice([0, 1, 1, 2, 3]))))
        self.pause = chance.choice([0, 0.01, 0.03, 0.08])
        self.lines = chance.choice([1, 1, 3, 5000])
        self.failures = chance.choice([0, 0, 0, 0, 1, 2])
        self.leaves_daemon = chance.random() < 0.3
        # With enough attempts one run is enough; without, the run fails and is begun again.
        self.attempts = chance.choice([1, self.failures + 1])
        # Which stage it runs is known only once this step has run: it is behind a gate.
        self.chosen_by = chance.choice(self.needs) if self.needs and chance.random() < 0.3 else None

    def text(self, ledger):
        inputs = " ".join(f'"$IN{need}"' for need in self.needs)
        files = "".join(f', "s{need}.txt": s{need}.text' for need in self.needs)
        env = "".join(f', "IN{need}": "s{need}.txt"' for need in self.needs)
        retry = f", retry = {{ attempts: {self.attempts}, backoff: 20ms }}" if self.attempts > 1 else ""
        script = SCRIPT % inputs
        call = (f"shell.run {{\n    script = '''{script}'''\n    files = {{{files[1:]} }}\n"
                f"  }} outputs {{ text: file at \"text\", folder: dir at \"folder\", sum: string at stdout }}\n")
        if self.chosen_by is not None:
            call = f"if length(s{self.chosen_by}.sum) > 0 then {call} else {call}"
        return (f"  step {self.name} = {call}"
                f"  with {{ env = {{ \"NAME\": \"{self.name}\", \"LEDGER\": \"{ledger}\", \"PAUSE\": \"{self.pause}\", "
                f"\"DAEMON\": \"{int(self.leaves_daemon)}\", \"LINES\": \"{self.lines}\", \"FAILURES\": \"{self.failures}\"{env} }}{retry} }}\n")


class Graph:
    def __init__(self, seed):
        chance = random.Random(seed)
        self.steps = [Step(index, chance) for index in range(chance.randint(4, 16))]

    def text(self, ledger):
        outputs = "".join(f"  output {step.name}_text = {step.name}.text\n  output {step.name} = {step.name}.folder\n" for step in self.steps)
        return "pipeline crash {\n" + "".join(step.text(ledger) for step in self.steps) + outputs + "}\n"

    def expected(self):
        """The content of every output, as no run that was disturbed may change it."""
        texts = []
        for step in self.steps:
            content = step.name.encode() + b"\n" + b"".join(texts[need] for need in step.needs)
            line = hashlib.sha256(content).hexdigest().encode() + b"\n"
            texts.append(line * step.lines)
        files = {f"{step.name}_text": text for step, text in zip(self.steps, texts)}
        return files | {f"{step.name}/copy": text for step, text in zip(self.steps, texts)}
