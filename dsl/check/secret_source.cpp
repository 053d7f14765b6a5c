#include "dsl/check/secret_source.hpp"

namespace sdlrun::dsl {

std::optional<SecretPlace> secret_source(const Module& tree, ExpressionId source) {
  const auto* call = std::get_if<Call>(&tree[source].node);
  if (call == nullptr) return std::nullopt;
  if (call->function.text == "generated" && call->arguments.empty()) return SecretPlace{SecretPlace::Source::generated, {}, {}};
  const bool is_file = call->function.text == "file";
  if ((!is_file && call->function.text != "env") || call->arguments.size() != 1) return std::nullopt;
  const auto* place = std::get_if<StringLiteral>(&tree[call->arguments.front()].node);
  if (place == nullptr) return std::nullopt;
  return SecretPlace{is_file ? SecretPlace::Source::file : SecretPlace::Source::environment, place->text, {}};
}

std::optional<SecretPlace> secret_source(std::string_view text) {
  using Source = SecretPlace::Source;
  for (const auto& [beginning, source] : {std::pair(std::string_view("env:"), Source::environment), std::pair(std::string_view("file:"), Source::file)}) {
    if (text.starts_with(beginning) && text.size() > beginning.size()) return SecretPlace{source, std::string(text.substr(beginning.size())), {}};
  }
  return std::nullopt;
}

}  // namespace sdlrun::dsl
