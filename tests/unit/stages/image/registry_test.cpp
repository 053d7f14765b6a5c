// What registries and Docker's configuration say, and what we make of it. Whole conversations are in tests/image.
#include "image_fixtures.hpp"
#include "engine/base64.hpp"
#include "engine/world/another_try.hpp"
#include "stages/image/registry/credentials.hpp"
#include "stages/image/registry/refusal.hpp"
#include "stages/image/registry/upload.hpp"

namespace sdlrun::stages::image::tests {

namespace {

std::string stored(const std::string& configuration, const std::string& host) {
  const auto found = credentials_in(configuration, host, "config.json");
  if (!found) return "error: " + found.error().message;
  if (!found->helper.empty()) return "helper " + found->helper;
  const Credentials& who = found->credentials;
  return who.are_none() ? "none" : who.user + '/' + who.password + '/' + who.identity_token;
}

engine::HttpResponse answer(int status, std::string body = {}, std::vector<std::pair<std::string, std::string>> headers = {}) {
  return {.status = status, .final_url = {}, .headers = std::move(headers), .body = std::move(body)};
}

}  // namespace

TEST_CASE("base64") {
  for (const char* text : {"", "a", "ab", "abc", "abcd", "user:p@ss\xff"}) CHECK(engine::from_base64(engine::to_base64(text)) == std::string(text));
  CHECK(engine::to_base64("user:pass") == "dXNlcjpwYXNz");
  CHECK(engine::to_base64("a") == "YQ==");
  CHECK(engine::to_base64("ab") == "YWI=");
  CHECK_FALSE(engine::from_base64("not base64!"));
}

TEST_CASE("who we are stands in Docker's configuration") {
  const std::string entry = R"({"auths":{"host.example:5000":{"auth":"dXNlcjpwYXNz"},"https://other.example/v1/":{"username":"a","password":"b"},"t.example":{"auth":"dXNlcjo=","identitytoken":"tok"}}})";
  CHECK(stored(entry, "host.example:5000") == "user/pass/");
  CHECK(stored(entry, "other.example") == "a/b/");
  CHECK(stored(entry, "t.example") == "user//tok");
  CHECK(stored(entry, "host.example") == "none");
  CHECK(stored(R"({"auths":{"https://index.docker.io/v1/":{"auth":"dXNlcjpwYXNz"}}})", "docker.io") == "user/pass/");
}

TEST_CASE("or with the program that it names") {
  CHECK(stored(R"({"auths":{"a.example":{}},"credsStore":"desktop"})", "a.example") == "helper desktop");
  CHECK(stored(R"({"auths":{},"credsStore":"desktop"})", "a.example") == "helper desktop");
  CHECK(stored(R"({"credHelpers":{"a.example":"gcloud"},"credsStore":"desktop"})", "a.example") == "helper gcloud");
  CHECK(need(credentials_of_helper(R"({"Username":"u","Secret":"s"})", "x")).password == "s");
  CHECK(need(credentials_of_helper(R"({"Username":"<token>","Secret":"s"})", "x")).identity_token == "s");
  CHECK(contains(message(credentials_of_helper("", "x")), "`docker-credential-x` has answered without user and secret"));
}

TEST_CASE("a configuration that cannot be read is said so, without what stands in it") {
  CHECK(stored("{", "a") == "error: config.json is no JSON");
  CHECK(stored(R"({"auths":{"a":{"auth":"?s3cret?"}}})", "a") == "error: config.json: the entry `auth` of a is not what `docker login` writes");
  CHECK(stored(R"({"auths":[],"credHelpers":3,"credsStore":{}})", "a") == "none");
}

TEST_CASE("what a registry wants to know") {
  const auto bearer = challenge_in(answer(401, "", {{"www-authenticate", R"(Bearer realm="https://auth.example/token",service="reg, \"x\"", scope="repository:a:pull,push")"}}));
  CHECK(bearer == Challenge{.is_bearer = true, .realm = "https://auth.example/token", .service = "reg, \"x\"", .scope = "repository:a:pull,push"});
  CHECK(challenge_in(answer(401, "", {{"www-authenticate", "basic realm=x"}})) == Challenge{.is_bearer = false, .realm = "x"});
  CHECK(challenge_in(answer(401, "", {{"www-authenticate", "Basic realm=x"}, {"www-authenticate", "Bearer realm=y"}}))->is_bearer);
  CHECK_FALSE(challenge_in(answer(401, "", {{"www-authenticate", "Negotiate"}})));
  CHECK_FALSE(challenge_in(answer(401)));
  CHECK(challenge_in(answer(401, "", {{"www-authenticate", "Bearer realm=\"open"}}))->realm == "open");
}

TEST_CASE("each refusal has words of its own") {
  const Attempt push{.what = "push to `r.example/a`", .host = "r.example", .has_credentials = false, .is_push = true};
  Attempt known = push;
  known.has_credentials = true;
  std::vector<std::string> seen;
  for (const int status : {401, 403, 404, 405, 413, 429, 500}) {
    for (const Attempt& attempt : {push, known}) {
      const engine::Error error = refusal(answer(status), attempt);
      CHECK(error.message.starts_with("cannot push to `r.example/a`: r.example "));
      CHECK(contains(error.message, std::to_string(status)));
      CHECK_FALSE(error.hint.empty());
      CHECK(error.transient == (status == 429 || status == 500));
    }
    seen.push_back(refusal(answer(status), push).hint);
  }
  std::sort(seen.begin(), seen.end());
  CHECK(std::adjacent_find(seen.begin(), seen.end()) == seen.end());
  CHECK(contains(refusal(answer(401), push).hint, "docker login r.example"));
  CHECK(contains(refusal(answer(401), known).hint, "does not accept the credentials"));
}

TEST_CASE("the registry's own words are shown, a proxy's page is not") {
  CHECK(words_of(R"({"errors":[{"code":"DENIED","message":"quota"},{"code":"X"}]})") == "DENIED: quota\nX");
  CHECK(words_of("plain words\n") == "plain words");
  CHECK(words_of("<html>busy</html>").empty());
  CHECK(words_of(std::string(5000, 'x')).size() == 600);
}

TEST_CASE("pauses are what the registry asks for, else they grow") {
  CHECK(engine::pause_before(0, answer(503)) == engine::Milliseconds(500));
  CHECK(engine::pause_before(3, answer(503)) == engine::Milliseconds(4000));
  CHECK(engine::pause_before(60, answer(503)) == engine::Milliseconds(16'000));
  CHECK(engine::pause_before(0, answer(429, "", {{"retry-after", "7"}})) == engine::Milliseconds(7000));
  CHECK(engine::pause_before(0, answer(429, "", {{"retry-after", "86400"}})) == engine::Milliseconds(60'000));
  CHECK(engine::pause_before(0, answer(429, "", {{"retry-after", "Wed, 21 Oct"}})) == engine::Milliseconds(500));
}

TEST_CASE("how far an upload came") {
  CHECK(bytes_in_range("0-99") == 100);
  CHECK(bytes_in_range("bytes=0-99") == 100);
  CHECK(bytes_in_range("0-0") == 0);
  CHECK(bytes_in_range("") == 0);
  CHECK(bytes_in_range("0-x") == 0);
}

}  // namespace sdlrun::stages::image::tests
