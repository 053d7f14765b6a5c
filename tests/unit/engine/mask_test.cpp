// Secrets are taken out of output, however it is cut into pieces; lines are cut for people.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "engine/process/line_splitter.hpp"
#include "engine/process/secret_masker.hpp"

namespace sdlrun::engine {

namespace {

using namespace std::string_literals;

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

TEST_CASE("base64 of a long secret is masked in lines of any length, and their ends stay") {
  const std::string secret(80, 'k');  // echo -n kkk… | base64
  const std::string encoded = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr\na2tra2tra2tra2tra2tra2tra2tra2s=\n";
  CHECK(mask({secret}, {encoded}) == "***\ns=\n");
  CHECK(mask({secret}, {encoded.substr(0, 40), encoded.substr(40)}) == "***\ns=\n");
  CHECK(mask({secret}, {"    a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2tr\r\n    a2tra2tra2tra2tra2tra2tra2tra2s="}) ==
        "    ***\r\n    s=");
}

TEST_CASE("colours and control characters in a secret do not hide it, and stay") {
  CHECK(mask({"hunter22"}, {"pw=\033[01;31m\033[Khunt\033[m\033[Ker22\n"}) == "pw=\033[01;31m\033[K***\033[m\033[K\n");
  CHECK(mask({"hunter22"}, {"hun\b\0ter\x7f\rxx22"s, "hu\0nt\ber22"s}) == "hun\b\0ter\x7f\rxx22***\0\b"s);
  CHECK(mask({"hunter22"}, {"hunt\xC2\x85" "er22"}) == "***\xC2\x85");
  CHECK(mask({"hunter22"}, {"hunt\033]8;;http://x\a", "er22"}) == "***\033]8;;http://x\a");
  const std::string text = "pw=hu\033[1mnter\0002\033]0;t\033\\2!"s;
  for (std::size_t first = 0; first <= text.size(); ++first) {
    CHECK(mask({"hunter22"}, {text.substr(0, first), text.substr(first)}) == "pw=***\033[1m\0\033]0;t\033\\!"s);
  }
}

TEST_CASE("a stream is not kept back for ever by what never becomes a secret") {
  SecretMasker masker({"hunter22"});
  std::size_t passed = 0;
  for (int i = 0; i < 100; ++i) passed += masker.mask((i == 0 ? "hun" : "") + std::string(1000, '\0')).size();
  CHECK(passed > 95'000);
  for (int i = 0; i < 100; ++i) passed += masker.mask((i == 0 ? "hun\033]0;" : "") + std::string(1000, 'x')).size();
  CHECK(passed > 190'000);
}

TEST_CASE("a secret is masked as encoders of JSON, URLs and XML write it") {
  const std::string secret = "p\"a\\ss/w@rd#1 é<&";
  CHECK(mask({secret}, {R"({"pw": "p\"a\\ss/w@rd#1 é<&"})"}) == R"({"pw": "***"})");
  CHECK(mask({secret}, {R"({"pw": "p\"a\\ss\/w@rd#1 é\u003c\u0026"})"}) == R"({"pw": "***"})");
  CHECK(mask({secret}, {"?q=p%22a%5Css%2Fw%40rd%231%20%C3%A9%3C%26&x"}) == "?q=***&x");
  CHECK(mask({secret}, {"?q=p%22a%5css/w%40rd%231+%c3%a9%3c%26"}) == "?q=***");
  CHECK(mask({secret}, {"<p>p&quot;a\\ss/w@rd#1 é&lt;&amp;</p>"}) == "<p>***</p>");
  CHECK(mask({secret}, {R"({"pw": "p\"a\\ss/w@rd#1 \u00e9<&"})"}) == R"({"pw": "***"})");
  CHECK(mask({secret}, {"<p>p&quot;a\\ss/w@rd#1 &#233;&lt;&amp;</p> p\"a\\ss/w@rd#1 &#xE9;&lt;&amp;"}) == "<p>***</p> ***");
  CHECK(mask({"漢字🙂-"}, {"\\u6f22\\u5B57\\ud8", "3d\\ude42- &#28450;&#x5b57;&#1", "28578;- \\u6f22"}) == "*** *** \\u6f22");
  CHECK(mask({"50%off-now"}, {"50%25off-now 50%off-now 50%off"}) == "*** *** 50%off");
  CHECK(mask({"a%25b-c"}, {"a%25b-c a%2525b-c"}) == "*** ***");
  CHECK(mask({"%percent"}, {"%25percent", " %perc", "ent"}) == "*** ***");
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
