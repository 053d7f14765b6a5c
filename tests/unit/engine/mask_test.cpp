// Secrets are taken out of output, however it is cut into pieces; lines are cut for people.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/process/line_splitter.hpp"
#include "engine/process/secret_masker.hpp"

namespace sdlrun::engine {

namespace {

std::string mask(const std::vector<std::string>& secrets, const std::vector<std::string>& pieces) {
  SecretMasker masker(secrets);
  std::string result;
  for (const std::string& piece : pieces) result += masker.mask(piece);
  return result + masker.finish();
}

std::vector<std::string> lines_of(const std::vector<std::string>& pieces) {
  std::vector<std::string> lines;
  LineSplitter splitter([&](std::string_view line) { lines.emplace_back(line); });
  for (const std::string& piece : pieces) splitter.add(piece);
  splitter.finish();
  return lines;
}

}  // namespace

TEST_CASE("a secret is replaced wherever it stands") {
  CHECK(mask({"hunter22"}, {"login with hunter22, again hunter22!"}) == "login with ***, again ***!");
  CHECK(mask({"hunter22"}, {"hunter2 hunter222"}) == "hunter2 ***2");
  CHECK(mask({}, {"nothing to hide"}) == "nothing to hide");
  CHECK(mask({""}, {"nothing to hide"}) == "nothing to hide");
}

TEST_CASE("a secret that is split over pieces is found at every place of the split") {
  const std::string text = "before s3cr3t-t0ken after";
  for (std::size_t first = 0; first <= text.size(); ++first) {
    for (std::size_t second = first; second <= text.size(); ++second) {
      const std::vector<std::string> pieces = {text.substr(0, first), text.substr(first, second - first), text.substr(second)};
      CHECK(mask({"s3cr3t-t0ken"}, pieces) == "before *** after");
    }
  }
}

TEST_CASE("what only begins like a secret is passed on, at the latest at the end") {
  SecretMasker masker({"abcdef"});
  CHECK(masker.mask("xabc").substr(0, 1) == "x");
  CHECK(masker.mask("xyz") == "abcxyz");
  CHECK(masker.mask("abc") == "");
  CHECK(masker.finish() == "abc");
}

TEST_CASE("of two secrets the longer one wins, so that its rest does not show") {
  CHECK(mask({"pass", "password1"}, {"password1 pass"}) == "*** ***");
  CHECK(mask({"pass", "password1"}, {"passw", "ord1 pass"}) == "*** ***");
  CHECK(mask({"aab"}, {"aaab"}) == "a***");
}

TEST_CASE("the base64 form of a secret is masked, also inside that of a longer text") {
  // echo -n 'correct horse' | base64, then 'user:correct horse', 'me:correct horse', 'x:correct horse'
  CHECK(mask({"correct horse"}, {"Y29ycmVjdCBob3JzZQ=="}).find("cmVjdCBob3Jz") == std::string::npos);
  CHECK(mask({"correct horse"}, {"dXNlcjpjb3JyZWN0IGhvcnNl"}).find("ZWN0IGhvcn") == std::string::npos);
  CHECK(mask({"correct horse"}, {"bWU6Y29ycmVjdCBob3JzZQ=="}).find("cmVjdCBob3Jz") == std::string::npos);
  CHECK(mask({"correct horse"}, {"eDpjb3JyZWN0IGhvcnNl"}).find("ZWN0IGhvcn") == std::string::npos);
}

TEST_CASE("the lines of a long secret are masked one by one, its short ones only within the whole") {
  const std::string key = "{\n-----BEGIN KEY-----\nMIIEvQIBADANBg\n}\n";
  CHECK(mask({key}, {"read: MIIEvQIBADANBg"}) == "read: ***");
  CHECK(mask({key}, {"{\"other\": 1}\n"}) == "{\"other\": 1}\n");
  CHECK(mask({key}, {key}) == "***");
}

TEST_CASE("lines end at a line feed or a carriage return, and empty ones are left out") {
  CHECK(lines_of({"one\ntwo\r\nthree\rfour"}) == std::vector<std::string>{"one", "two", "three", "four"});
  CHECK(lines_of({"o", "ne\r", "\ntwo"}) == std::vector<std::string>{"one", "two"});
  CHECK(lines_of({"\n\n\n"}).empty());
}

TEST_CASE("of a line that is too long the beginning is given, without half a character") {
  const std::string longest(LineSplitter::longest_line, 'x');
  CHECK(lines_of({longest + "tail", "tail\nnext"}) == std::vector<std::string>{longest, "next"});
  const std::string one_short(LineSplitter::longest_line - 1, 'x');
  CHECK(lines_of({one_short + "é\n"}) == std::vector<std::string>{one_short});
}

}  // namespace sdlrun::engine
