#!/usr/bin/env python3
"""The event log of a run, and its report as HTML, trace and JUnit XML, read by Python's own parsers."""

import html.parser
import json
import re
import unittest
import xml.etree.ElementTree

from project import SECRET, Project

VOID_ELEMENTS = {"meta", "br", "img", "link", "input", "hr"}


class Page(html.parser.HTMLParser):
    """An HTML file: every element with its attributes, and the text of each section."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.problems, self.section, self.sections = [], [], [], "", {}
        self.feed(text)
        self.close()
        self.problems += [f"<{tag}> is never closed" for tag in self.open]

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in VOID_ELEMENTS:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> closes another element")

    def handle_data(self, data):
        if self.open and self.open[-1] == "h2":
            self.section = data
        if "style" not in self.open:
            self.sections[self.section] = self.sections.get(self.section, "") + data

    @property
    def text(self):
        return "".join(self.sections.values())

    def classes(self, tag, of):
        return [attributes["class"] for name, attributes in self.elements if name == tag and of in attributes.get("class", "").split()]


class ReportTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.project = Project()
        cls.addClassCleanup(cls.project.close)
        cls.project.sdlrun("hostile.sdl", "-q")
        cls.project.write("tries", "")
        cls.project.sdlrun("hostile.sdl", "-q", "broken=true", "--keep-going", code=1)
        cls.project.sdlrun("hostile.sdl", "-q")
        cls.first, cls.failed, cls.nothing = cls.project.runs()

    def report(self, kind, *words):
        return self.project.sdlrun("report", f"--{kind}", "-", *words)

    # ---- the event log ----------------------------------------------------------------------------------------------

    def test_the_event_log_begins_with_the_graph(self):
        graph, started, *_ = self.project.events(self.failed)
        self.assertEqual((graph["event"], graph["pipeline"], started["event"]), ("graph", "hostile", "run_started"))
        steps = {step["step"]: step for step in graph["steps"]}
        self.assertEqual(steps["each[<img src=x>]"]["after"], ["base"])
        self.assertEqual(steps["bad"]["stage"], "shell.run")
        self.assertEqual(steps["small"]["stage"], "")

    def test_the_event_log_has_what_happened_and_nothing_of_the_cache(self):
        events = self.project.events(self.failed)
        moments = [event["at_ms"] for event in events[1:]]
        self.assertEqual(moments, sorted(moments))
        outcomes = {event["step"]: event["outcome"] for event in events if event["event"] == "step_finished"}
        self.assertEqual(outcomes, {"flaky": "ran", "off": "skipped", "bad": "failed", "behind": "not_reached"})
        self.assertNotIn("step_printed", {event["event"] for event in events})
        self.assertEqual(events[-1]["event"], "run_finished")

    def test_a_run_with_nothing_to_do_writes_nothing(self):
        self.assertFalse(self.project.event_log(self.nothing).parent.exists())

    def test_secrets_are_in_no_file(self):
        texts = [self.report(kind, self.failed) for kind in ("html", "trace", "junit")]
        texts.append(self.project.event_log(self.failed).read_text(encoding="utf-8"))
        for text in texts:
            self.assertNotIn(SECRET, text)
        self.assertIn("***", texts[0])

    # ---- HTML -------------------------------------------------------------------------------------------------------

    def test_the_page_is_whole_and_needs_nothing_else(self):
        text = self.report("html", self.failed)
        page = Page(text)
        self.assertEqual(page.problems, [])
        self.assertTrue(text.startswith("<!DOCTYPE html>"))
        self.assertNotIn("script", {tag for tag, _ in page.elements})
        self.assertNotIn("img", {tag for tag, _ in page.elements})
        for tag, attributes in page.elements:
            self.assertFalse({"src", "onclick", "onerror"} & attributes.keys(), (tag, attributes))
            self.assertTrue(attributes.get("href", "#").startswith("#"), attributes)
        self.assertNotRegex(text, r"url\(|@import|https?://")
        self.assertIn(("meta", {"name": "viewport", "content": "width=device-width, initial-scale=1"}), page.elements)
        self.assertIn("prefers-color-scheme: dark", text)

    def test_links_within_the_page_lead_somewhere_and_ids_are_there_once(self):
        page = Page(self.report("html", self.failed))
        ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
        self.assertEqual(len(ids), len(set(ids)))
        targets = {attributes["href"][1:] for _, attributes in page.elements if "href" in attributes}
        self.assertEqual(targets - set(ids), set())

    def test_text_of_steps_is_shown_as_it_was(self):
        page = Page(self.report("html", self.failed))
        failure = page.sections["What went wrong"]
        self.assertIn("</script><script>alert(1)</script>\n]]> <!-- &amp; \"q\"", failure)
        self.assertIn("é✓", failure)
        self.assertIn("red", failure)
        self.assertIn("the script ended with exit code 1", failure)
        self.assertNotRegex(page.text, "[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
        self.assertIn("each[<img src=x>]", page.sections["Steps"])

    def test_every_step_is_told_with_its_outcome_and_why(self):
        page = Page(self.report("html", self.failed))
        rows = {row["id"]: row["class"] for tag, row in page.elements if tag == "tr" and "id" in row}
        self.assertEqual(sorted(rows.values()),
                         ["cached", "cached", "cached", "failed", "not-reached", "ran", "ran", "skipped"])  # `small` holds
        steps = page.sections["Steps"]
        self.assertIn("env `NEEDED` changed: \"1\" → \"2\"", steps)
        self.assertIn("nothing that it depends on has changed", steps)
        self.assertRegex(steps, r"flaky.*\(attempt 2\)")

    def test_the_graph_and_the_timeline_are_drawn(self):
        page = Page(self.report("html", self.failed))
        self.assertEqual(len(page.classes("a", "node")), 8)
        self.assertEqual(page.classes("a", "requirement"), ["node ran requirement"])
        self.assertEqual(sum(tag == "path" for tag, _ in page.elements), 4)
        self.assertEqual(sorted(page.classes("a", "bar")), ["bar failed", "bar failed", "bar ran"])  # flaky twice, bad once
        for tag, attributes in page.elements:
            if "bar" in attributes.get("class", "").split():
                self.assertRegex(attributes["style"], r"^left:[\d.]+%;width:[\d.]+%$")

    def test_outputs_are_shown(self):
        page = Page(self.report("html", self.first))
        self.assertIn('a&b <b>&"]]> 41', page.sections["Outputs"])
        self.assertIn("number", page.sections["Outputs"])

    def test_a_run_with_nothing_to_do_has_a_report(self):
        page = Page(self.report("html"))  # of the newest run
        self.assertEqual(page.problems, [])
        self.assertIn("Everything came from the cache", page.text)
        self.assertIn("6cached", page.text)

    def test_a_report_without_options_lies_in_out(self):
        self.assertEqual(self.project.sdlrun("report", self.failed), f"wrote out/report-{self.failed}.html\n")
        self.assertIn(self.failed, (self.project.folder / "out" / f"report-{self.failed}.html").read_text(encoding="utf-8"))

    # ---- trace ------------------------------------------------------------------------------------------------------

    def test_the_trace_has_complete_events_that_do_not_overlap_on_a_lane(self):
        trace = json.loads(self.report("trace", self.first))["traceEvents"]
        complete = [event for event in trace if event["ph"] == "X"]
        self.assertEqual({event["name"] for event in complete},
                         {"base", "each[<img src=x>]", "each[a&b]", "flaky", "bad", "behind"})
        for event in complete:
            self.assertTrue(all(isinstance(event[field], int) and event[field] >= 0 for field in ("ts", "dur", "pid", "tid")))
        for one in complete:
            for other in complete:
                if one is not other and one["tid"] == other["tid"]:
                    self.assertTrue(one["ts"] + one["dur"] <= other["ts"] or other["ts"] + other["dur"] <= one["ts"])
        lanes = {event["tid"] for event in trace if event["name"] == "thread_name"}
        self.assertEqual({event["tid"] for event in complete}, lanes)

    def test_attempts_lie_within_their_step(self):
        trace = json.loads(self.report("trace", self.failed))["traceEvents"]
        step = next(event for event in trace if event["name"] == "flaky")
        attempts = [event for event in trace if event.get("cat") == "attempt"]
        self.assertEqual([attempt["name"] for attempt in attempts], ["attempt 1", "attempt 2"])
        for attempt in attempts:
            self.assertGreaterEqual(attempt["ts"], step["ts"])
            self.assertLessEqual(attempt["ts"] + attempt["dur"], step["ts"] + step["dur"])
        self.assertEqual(step["args"]["outcome"], "ran")

    # ---- JUnit ------------------------------------------------------------------------------------------------------

    def suite(self, *words):
        text = self.report("junit", *words)
        self.assertNotRegex(text, "[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
        root = xml.etree.ElementTree.fromstring(text.encode("utf-8"))
        self.assertEqual((root.tag, [child.tag for child in root]), ("testsuites", ["testsuite"]))
        suite = root[0]
        self.check_schema(suite)
        return suite

    def check_schema(self, suite):
        """What the schemas in use (Jenkins', and the older one of Apache Ant) ask for."""
        self.assertEqual([child.tag for child in suite if child.tag != "testcase"], ["properties", "system-out", "system-err"])
        self.assertEqual(suite[0].tag, "properties")
        for attribute in ("name", "package", "id", "hostname"):
            self.assertTrue(suite.attrib[attribute])
        self.assertRegex(suite.attrib["timestamp"], r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$")
        self.assertRegex(suite.attrib["time"], r"^\d+\.\d{3}$")
        cases = suite.findall("testcase")
        self.assertEqual(int(suite.attrib["tests"]), len(cases))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            self.assertEqual(int(suite.attrib[name]), len(suite.findall(f"testcase/{tag}")))
        for case in cases:
            self.assertEqual(set(case.attrib), {"name", "classname", "time"})
            self.assertLessEqual(len(case), 1)
            for child in case:
                self.assertTrue(child.attrib["message"])
                self.assertTrue(child.tag == "skipped" or child.attrib["type"])

    def test_junit_has_a_case_a_step(self):
        suite = self.suite(self.failed)
        cases = {case.attrib["name"]: [child.tag for child in case] for case in suite.findall("testcase")}
        self.assertEqual(cases, {"base": [], "each[<img src=x>]": [], "each[a&b]": [], "flaky": [], "off": ["skipped"],
                                 "bad": ["failure"], "behind": ["skipped"], "small": []})
        failure = suite.find("testcase/failure")
        self.assertEqual(failure.attrib["message"], "the script ended with exit code 1")
        self.assertIn("</script><script>alert(1)</script>\n]]> <!-- &amp; \"q\"\n", failure.text)
        self.assertIn("é✓", failure.text)

    def test_junit_of_a_run_with_nothing_to_do(self):
        case, = self.suite(self.nothing).findall("testcase")
        self.assertEqual((case.attrib["name"], len(case)), ("nothing to do: 6 steps cached", 0))


class KilledRunTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)

    def test_a_killed_run_is_told_as_far_as_it_came(self):
        self.project.write("long.sdl", 'pipeline long {\n  step quick = exec.run { command = ["true"] }\n'
                           '  step slow = shell.run { script = "echo begun; sleep 60" } with { after = [quick] }\n'
                           '  step last = exec.run { command = ["true"] } with { after = [slow] }\n}\n')

        def slow_has_begun():
            return any('"step_started","step":"slow"' in log.read_text(encoding="utf-8")
                       for log in self.project.folder.glob(".sdl/runs/*/events.jsonl"))

        self.project.kill_when(slow_has_begun, "long.sdl")
        run, = self.project.runs()
        page = Page(self.project.sdlrun("report", "--html", "-"))
        self.assertEqual(page.problems, [])
        rows = {row["id"]: row["class"] for tag, row in page.elements if tag == "tr" and "id" in row}
        self.assertEqual(rows, {"step-0": "ran", "step-1": "unfinished", "step-2": "unknown"})
        self.assertIn("begun", page.sections["What went wrong"])
        suite = xml.etree.ElementTree.fromstring(self.project.sdlrun("report", "--junit", "-"))[0]
        self.assertEqual(suite.attrib["errors"], "1")
        # A line that was cut off is no harm.
        log = self.project.event_log(run)
        log.write_bytes(log.read_bytes() + b'{"event":"step_fin')
        self.assertEqual(Page(self.project.sdlrun("report", "--html", "-")).problems, [])


class LargeGraphTest(unittest.TestCase):
    def test_a_graph_that_is_too_large_becomes_a_table(self):
        project = Project()
        self.addCleanup(project.close)
        steps = "\n".join(f'  step s{n} = exec.run {{ command = ["true"] }} with {{ when = false }}' for n in range(400))
        project.write("large.sdl", "pipeline large {\n" + steps + '\n  step last = exec.run { command = ["true"] }\n}\n')
        project.sdlrun("large.sdl", "-q")
        page = Page(project.sdlrun("report", "--html", "-"))
        self.assertEqual(page.problems, [])
        self.assertIn("With 401 steps the graph is too large for a drawing", page.sections["Graph"])
        self.assertEqual(page.classes("a", "node"), [])
        self.assertEqual(sum(bool(re.fullmatch(r"step-\d+", row.get("id", ""))) for _, row in page.elements), 401)


if __name__ == "__main__":
    unittest.main()
