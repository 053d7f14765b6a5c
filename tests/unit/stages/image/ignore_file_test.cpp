// Docker's rules for `.dockerignore`, by the examples of its documentation and of its own tests.
#include "stages/image/dockerfile/ignore_file.hpp"

#include "image_fixtures.hpp"

using namespace sdlrun;
using namespace sdlrun::stages::image;
using namespace sdlrun::stages::image::tests;

namespace {

bool takes(std::string_view text, const std::string& place) { return need(IgnoreFile::parse(text, "`.dockerignore`")).takes(place); }

std::string digest_of_folder(engine::FakeFiles& files, std::string_view ignored) {
  class Visitor final : public engine::TreeVisitor {
    engine::Result<std::string> file(const std::filesystem::path& path, const engine::FileStatus&) override { return "digest of " + path.string(); }
  } visitor;
  const IgnoreFile filter = need(IgnoreFile::parse(ignored, "`.dockerignore`"));
  return need(engine::tree_digest(files, "/d", visitor, &filter));
}

}  // namespace

TEST_CASE("the examples of Docker's documentation") {
  const std::string documented = "# comment\n*/temp*\n*/*/temp*\ntemp?\n";
  CHECK_FALSE(takes(documented, "somedir/temporary.txt"));
  CHECK_FALSE(takes(documented, "somedir/temp"));
  CHECK_FALSE(takes(documented, "somedir/subdir/temporary.txt"));
  CHECK_FALSE(takes(documented, "tempa"));
  CHECK(takes(documented, "temp"));
  CHECK(takes(documented, "a/b/c/temporary.txt"));
  CHECK_FALSE(takes("**/*.go", "main.go"));
  CHECK_FALSE(takes("**/*.go", "a/b/main.go"));
  CHECK_FALSE(takes("*.md\n!README.md", "NEWS.md"));
  CHECK(takes("*.md\n!README.md", "README.md"));
  CHECK_FALSE(takes("*.md\n!README*.md\nREADME-secret.md", "README-secret.md"));
  CHECK(takes("*.md\nREADME-secret.md\n!README*.md", "README-secret.md"));
}

TEST_CASE("what stands above decides for what is below") {
  CHECK_FALSE(takes("node_modules", "node_modules/a/b.js"));
  CHECK(takes("node_modules", "web/node_modules/b.js"));
  CHECK_FALSE(takes("**/node_modules", "web/node_modules/b.js"));
  CHECK_FALSE(takes("**/node_modules", "node_modules/b.js"));
  CHECK_FALSE(takes("docs/*", "docs/a/b"));
  CHECK(takes("docs/*", "docs"));
  CHECK(takes("docs/**", "docs"));
  CHECK_FALSE(takes("docs/**", "docs/a/b"));
  CHECK(takes("docs\n!docs/keep", "docs/keep/a"));
  CHECK_FALSE(takes("docs\n!docs/keep", "docs/other"));
}

TEST_CASE("patterns as Docker's own tests have them") {
  struct Example {
    std::string pattern;
    std::string place;
    bool matches;
  };
  const Example examples[] = {
      {"**", "file", true},           {"**", "dir/file", true},        {"**/", "file", true},          {"**/", "dir/file", true},
      {"**/**", "dir/file", true},    {"dir/**", "dir/file", true},    {"dir/**", "dir/dir2/file", true}, {"**/dir", "dir/file", true},
      {"**/dir2/*", "dir/dir2/file", true},  {"**/dir2/**", "dir/dir2/dir2/file", true},  {"**file", "file", true},  {"**file", "dir/file", true},
      {"**file", "dir/dir.file", true},      {"**/file", "dir/file", true},  {"**/file", "dir/dir.file", false}, {"**/file*", "dir/dir/file.txt", true},
      {"**/file*txt", "dir/dir/file.txt", true}, {"**/**/*.txt", "dir/dir/file.txt", true}, {"**/**/*.txt2", "dir/dir/file.txt", false}, {"a[b-d]e", "ace", true},
      {"a[b-d]e", "aae", false},      {"a[^b]c", "adc", true},          {"a[^b]c", "abc", false},        {".*", ".foo", true},
      {".*", "foo", false},           {"abc.def", "abcdef", false},     {"abc.def", "abc.def", true},    {"abc?def", "abcZdef", true},
      {"abc?def", "abc/def", false},  {"a\\*b", "a*b", true},           {"a\\*b", "axb", false},         {"a**/*.txt", "abcd/a.txt", true},
      {"/docs/", "docs", true},       {"./docs/../docs/a", "docs/a", true}, {"a(b|c)$", "a(b|c)$", true}, {"**/foo/bar", "foo/bar", true},
      {"abc/**", "abc/def/ghi", true}, {"**/.foo", "bar.foo", false},   {"  spaces around  ", "spaces around", true},
  };
  for (const Example& example : examples) {
    CAPTURE(example.pattern);
    CAPTURE(example.place);
    CHECK(takes(example.pattern, example.place) == !example.matches);
  }
}

TEST_CASE("comments, a byte order mark, Windows line ends and blanks") {
  CHECK_FALSE(takes("\xef\xbb\xbfsecret\r\nother\r\n", "secret"));
  CHECK_FALSE(takes("secret\r\nother\r\n", "other"));
  CHECK(takes("# secret\n\n   \n", "secret"));
  CHECK_FALSE(takes(" # not a comment", "# not a comment"));
  CHECK(takes("*\n! keep", "keep"));
}

TEST_CASE("the line that decides is told") {
  const IgnoreFile file = need(IgnoreFile::parse("*.md\n!README.md\n**/build\n", "`.dockerignore`"));
  CHECK(*file.deciding_line("a.md") == "*.md");
  CHECK(*file.deciding_line("x/build/y") == "**/build");
  CHECK(file.deciding_line("README.md") == nullptr);
}

TEST_CASE("what is no pattern is refused, with its line") {
  CHECK(message(IgnoreFile::parse("ok\n[a\n", "`.dockerignore`")) == "`.dockerignore`: `[a` is no pattern");
  CHECK(message(IgnoreFile::parse("!\n", "`.dockerignore`")) == "`.dockerignore`: a line has a `!` and nothing behind it");
}

TEST_CASE("folders that are left out are not even looked into, unless something in them may be taken") {
  const IgnoreFile file = need(IgnoreFile::parse("*\n!src\n!docs/*.md\n", "`.dockerignore`"));
  CHECK_FALSE(file.may_take_below("node_modules"));
  CHECK(file.may_take_below("docs"));
  CHECK_FALSE(file.may_take_below("docsx"));
  CHECK(need(IgnoreFile::parse("*\n!**/*.md", "x")).may_take_below("any/where"));
}

TEST_CASE("a folder's digest knows nothing of what is ignored") {
  engine::FakeFiles files;
  files.put("/d/a", "1");
  files.put("/d/docs/keep.md", "1");
  const std::string rules = "docs\n!docs/keep.md\nempty\n!empty/none\n";
  const std::string before = digest_of_folder(files, rules);
  files.put("/d/docs/other.txt", "2");
  files.put("/d/empty/x", "2");
  CHECK(digest_of_folder(files, rules) == before);
  files.put("/d/docs/keep.md", "2");
  CHECK(digest_of_folder(files, rules) == before);  // the visitor's digests are the names
  files.put("/d/b", "1");
  CHECK(digest_of_folder(files, rules) != before);
}
