#include "stages/kubernetes/wait/expectation.hpp"

#include <variant>
#include <vector>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/objects/readiness.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using nlohmann::json;

namespace {

using Step = std::variant<std::string, std::size_t>;

tl::unexpected<engine::Error> no_path(const std::string& path) {
  return engine::failure("`" + path + "` is no simple JSONPath", "write names and numbers, such as `{.status.phase}` or `{.status.conditions[0].type}`; a point in a name gets a backslash");
}

Result<std::vector<Step>> steps_of(const std::string& path) {
  std::string rest = path;
  if (rest.starts_with('{') && rest.ends_with('}')) rest = rest.substr(1, rest.size() - 2);
  if (rest.starts_with('$')) rest.erase(0, 1);
  std::vector<Step> steps;
  while (!rest.empty()) {
    if (rest.front() == '[') {
      const std::size_t end = rest.find(']');
      if (end == std::string::npos || end == 1 || end > 7 || rest.find_first_not_of("0123456789", 1) != end) return no_path(path);
      steps.emplace_back(static_cast<std::size_t>(std::stoul(rest.substr(1, end - 1))));
      rest.erase(0, end + 1);
      continue;
    }
    if (rest.front() != '.') return no_path(path);
    std::string name;
    std::size_t at = 1;
    for (; at < rest.size() && rest[at] != '.' && rest[at] != '['; ++at) {
      if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
      name += rest[at];
    }
    if (name.empty() || name.find_first_of("*?@()") != std::string::npos) return no_path(path);
    steps.emplace_back(std::move(name));
    rest.erase(0, at);
  }
  if (steps.empty()) return no_path(path);
  return steps;
}

json value_at_steps(const json& object, const std::vector<Step>& steps) {
  const json* value = &object;
  for (const Step& step : steps) {
    if (const auto* name = std::get_if<std::string>(&step)) {
      if (!value->is_object() || !value->contains(*name)) return nullptr;
      value = &value->at(*name);
    } else {
      const std::size_t index = std::get<std::size_t>(step);
      if (!value->is_array() || index >= value->size()) return nullptr;
      value = &value->at(index);
    }
  }
  return *value;
}

std::string plain(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(-1, ' ', false, json::error_handler_t::replace); }

Expectation condition_is(std::string type, std::string status) {
  return [type = std::move(type), status = std::move(status)](const json& object) {
    const json& observed = value_at(object, {"status", "observedGeneration"});
    if (observed.is_number_integer() && observed.get<std::int64_t>() < integer_at(object, {"metadata", "generation"})) return false;
    return text_in(condition_of(object, type), "status") == status;
  };
}

}  // namespace

Result<json> value_at_path(const json& object, const std::string& path) {
  const auto steps = steps_of(path);
  if (!steps) return tl::unexpected(steps.error());
  return value_at_steps(object, *steps);
}

Result<Expectation> expectation(const std::string& text) {
  constexpr std::string_view by_path = "jsonpath=", by_condition = "condition=";
  if (text == "Ready" || text == "ready") return Expectation([](const json& object) { return !object.is_null() && readiness_of(object).is_ready(); });
  if (text == "deleted" || text == "delete") return Expectation([](const json& object) { return object.is_null(); });
  if (text.starts_with(by_path)) {
    const std::string rest = text.substr(by_path.size());
    const std::size_t brace = rest.find('}'), sign = rest.find('=', brace == std::string::npos ? 0 : brace);
    auto steps = steps_of(rest.substr(0, sign));
    if (!steps) return tl::unexpected(steps.error());
    if (sign == std::string::npos) return Expectation([steps = *steps](const json& object) { return !value_at_steps(object, steps).is_null(); });
    return Expectation([steps = *steps, wanted = rest.substr(sign + 1)](const json& object) {
      const json value = value_at_steps(object, steps);
      return !value.is_null() && plain(value) == wanted;
    });
  }
  const std::string rest = text.starts_with(by_condition) ? text.substr(by_condition.size()) : text;
  const std::size_t sign = rest.find('=');
  const std::string type = rest.substr(0, sign);
  if (type.empty() || type.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./") != std::string::npos) {
    return engine::failure("`" + text + "` is nothing to wait `for`", "\"Ready\", \"deleted\", a condition such as \"Available\" or \"Progressing=False\", or \"jsonpath={.status.phase}=Running\"");
  }
  return condition_is(type, sign == std::string::npos ? "True" : rest.substr(sign + 1));
}

}  // namespace sdlrun::stages::kubernetes
