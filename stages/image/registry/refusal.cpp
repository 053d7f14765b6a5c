#include "stages/image/registry/refusal.hpp"

#include <algorithm>

#include "engine/world/another_try.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/image/registry/challenge.hpp"

namespace sdlrun::stages::image {

using nlohmann::json;

namespace {

constexpr std::size_t longest_words = 600;

std::string hint_for(int status, const Attempt& attempt) {
  const std::string log_in = "`docker login " + attempt.host + "`";
  if (status == 401) {
    return attempt.has_credentials ? "it does not accept the credentials that we have: log in anew with " + log_in + ", or look at `username` and `password` of the step"
                                   : "log in once with " + log_in + ", or give the step `username` and `password`";
  }
  if (status == 403) {
    return attempt.has_credentials ? std::string("the account that is used may not ") + (attempt.is_push ? "write" : "read") + " there: ask who runs the registry, or use another"
                                   : "log in once with " + log_in + ": without an account this is not allowed";
  }
  if (status == 404) return attempt.is_push ? "some registries want a repository to be made before the first push" : "look at the name and the tag; private images seem not to be there for whoever is not logged in";
  if (status == 405) return "it takes no pushes: is it a mirror?";
  if (status == 413) return "something before the registry, such as a proxy, allows no requests of that size: raise its limit";
  if (status == 429) return attempt.has_credentials ? "wait a while and run again" : "wait a while and run again; " + log_in + " often allows more";
  if (status >= 500) return "the registry has a problem: try again later, or look at its log";
  return "";
}

std::string meaning_of(int status) {
  if (status == 401) return "wants to know who asks";
  if (status == 403) return "does not allow it";
  if (status == 404) return "knows nothing of that name";
  if (status == 429) return "was asked too often";
  if (status >= 500) return "has a problem";
  return "refuses it";
}

}  // namespace

engine::Error refusal(const engine::HttpResponse& response, const Attempt& attempt) {
  return {.message = "cannot " + attempt.what + ": " + attempt.host + " " + meaning_of(response.status) + " (answer " + std::to_string(response.status) + ")",
          .hint = hint_for(response.status, attempt),
          .detail = words_of(response.body),
          .transient = engine::is_worth_another_try(response.status)};
}

std::string words_of(const std::string& body) {
  std::string words;
  const json errors = list_in(parsed_json(body), "errors");
  for (const json& each : errors) {
    const std::string code = text_in(each, "code"), message = text_in(each, "message");
    words += (words.empty() ? "" : "\n") + code + (message.empty() ? "" : ": " + message);
  }
  if (words.empty() && body.find('<') == std::string::npos) words = body;  // a proxy's web page tells nobody anything
  words = words.substr(0, longest_words);
  while (words.ends_with('\n')) words.pop_back();
  return words;
}

}  // namespace sdlrun::stages::image
