#include "engine/closing/closing.hpp"

#include <nlohmann/json.hpp>

namespace sdlrun::engine {

using nlohmann::json;

std::string encode_closing(const Closing& closing) {
  json environment = json::object();
  for (const auto& [name, value] : closing.environment) environment[name] = value;
  const json object = {{"name", closing.name}, {"what", closing.what}, {"command", closing.command}, {"environment", environment}, {"step", closing.step}, {"run", closing.run}, {"log", closing.log}};
  return object.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

std::optional<Closing> decode_closing(std::string_view text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  const json none;
  const auto member = [&](const char* name) { return object.contains(name) ? object.at(name) : none; };
  const auto text_of = [](const json& value) { return value.is_string() ? value.get<std::string>() : std::string(); };
  Closing closing{.name = text_of(member("name")), .what = text_of(member("what")), .step = text_of(member("step")), .run = text_of(member("run")), .log = text_of(member("log"))};
  const json command = member("command"), environment = member("environment");
  if (!command.is_array() || command.empty() || !environment.is_object()) return std::nullopt;
  for (const json& word : command) closing.command.push_back(text_of(word));
  for (const auto& [name, value] : environment.items()) closing.environment.emplace_back(name, text_of(value));
  return closing;
}

}  // namespace sdlrun::engine
