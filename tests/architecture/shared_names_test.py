#!/usr/bin/env python3
"""That twins are found where files are compiled together, and nothing else is."""
import unittest

import shared_names


def library(*unnamed, public="", around="sdlrun::engine"):
    """The mistakes of files with these texts in their unnamed namespaces, beside a header."""
    header = f"namespace sdlrun::engine {{\n{public}\n}}  // namespace sdlrun::engine\n"
    texts = {f"{number}.cpp": f"namespace {around} {{\nnamespace {{\n{text}\n}}  // namespace\n}}  // namespace {around}\n"
             for number, text in enumerate(unnamed)}
    return list(shared_names.mistakes(texts, shared_names.public_names([header])))


class SharedNamesTest(unittest.TestCase):
    def test_types_functions_constants_and_templates_are_found(self):
        for one, other in (("struct Part {", "class Part final : public Whole {"),
                           ("int count(const Run& run) {", "std::size_t count(const Run& all) {"),
                           ("constexpr int most = 3;", "const std::vector<int> most{1};"),
                           ("std::array<const char*, 2> words = {", "Task<Result<void>> words;"),
                           ("template <typename Kind>\nvoid show(Kind kind) {", "void show(Kind what) {"),
                           ("static int most() {", "constexpr int most() {"),
                           ("bool fits(const Run& run,\n          int count) {", "bool fits(const Run& run, double many) {")):
            with self.subTest(one):
                found = library(one, other)
                self.assertEqual(len(found), 1, found)
                self.assertIn("0.cpp and 1.cpp: each has a `", found[0])

    def test_functions_of_as_many_arguments_are_twins_whatever_their_types(self):
        self.assertTrue(library("int length(const std::string& text) {", "int length(std::string_view line) {"))
        self.assertTrue(library("int half(std::map<int, int> whole) {", "int half(double whole = f(1, 2)) {"))
        self.assertEqual(library("int length(const Run& run) {", "int length(const Run& run, Unit unit) {"), [])
        self.assertEqual(library("int length() {", "int length(Unit unit) {"), [])

    def test_what_is_declared_for_all_is_hidden_by_a_name_of_ones_own(self):
        self.assertIn("hides the `length` of a header", library("int length(const Run& run) {", public="int length(int);")[0])
        self.assertTrue(library("int length(const Run& run) {", public="int length(int);", around="sdlrun::engine::inner"))
        self.assertEqual(library("int length(const Run& run) {", public="int length(int);", around="sdlrun::cli"), [])

    def test_other_names_mean_the_same_everywhere(self):
        self.assertEqual(library("using nlohmann::json;", "using nlohmann::json;"), [])
        self.assertTrue(library("using Json = nlohmann::json;", "using Json = nlohmann::ordered_json;"))
        self.assertTrue(library("using Part = Whole::Part;", "struct Part {"))
        self.assertTrue(library("#define MOST 3", "#define MOST 4"))
        self.assertIn("name what is meant", library("using namespace spark;")[0])
        self.assertEqual(library("using namespace std::string_view_literals;"), [])

    def test_members_and_what_is_inside_is_nobodys_twin(self):
        self.assertEqual(library("struct One {\n  int most = 1;\n};", "struct Other {\n  int most = 1;\n};"), [])
        self.assertEqual(library("void One::run() {", "void One::run() {"), [])
        self.assertEqual(library('const char* one = R"(\nint most;\n)";', "int most;"), [])
        self.assertEqual(library("std::function<Size()> one(int a) {", "std::function<Size()> other(int a) {"), [])

    def test_files_of_tests_lie_in_one_place(self):
        one = "using namespace sdlrun::engine;\nnamespace {\nstruct Fixture {\n}  // namespace\n"
        header = "namespace sdlrun::engine::run_tests {\nclass Project {\n}  // namespace sdlrun::engine::run_tests\n"
        check = lambda *texts: list(shared_names.mistakes_in_tests({str(number): text for number, text in enumerate(texts)}, [header], {"sdlrun::engine": {"plan"}}))
        self.assertEqual(check(one), [])
        self.assertEqual(len(check(one, one)), 1)
        for hidden in ("Project", "plan"):
            self.assertIn("of a header", check(one.replace("Fixture", hidden))[0])


if __name__ == "__main__":
    unittest.main()
