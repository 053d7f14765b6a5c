#include "engine/cache/key.hpp"

#include <algorithm>

#include "engine/cache/canonical_value.hpp"

namespace sdlrun::engine {

namespace {

void add_counted(Sha256& hash, std::string_view text) {
  std::string length;
  for (std::size_t byte = 0, rest = text.size(); byte < 8; ++byte, rest >>= 8) length += static_cast<char>(rest & 0xff);
  hash.add(length);
  hash.add(text);
}

std::string key_of(const std::vector<KeyPart>& parts) {
  Sha256 hash;
  hash.add("sdlrun-key-1");
  for (const KeyPart& part : parts) {
    add_counted(hash, part.name);
    add_counted(hash, part.value);
  }
  return hash.hex();
}

KeyPart stage_part(const dsl::StageSchema& schema) {
  const std::string text = schema.full_name() + ' ' + std::to_string(schema.version);
  return {.name = "stage", .value = text, .display = text};
}

Result<void> add_values(std::vector<KeyPart>& parts, const std::string& kind, const dsl::Fields& fields,
                        FileDigests& digests) {
  for (const auto& [name, value] : fields) {
    auto canonical = canonical_text(value, digests);
    if (!canonical) return tl::unexpected(std::move(canonical.error()));
    std::string display = display_text(value, *canonical);
    parts.push_back({.name = kind + ' ' + name, .value = std::move(*canonical), .display = std::move(display)});
  }
  return {};
}

KeyPart output_part(const dsl::NodeOutput& output) {
  std::string text = dsl::type_text(output.type);
  const bool is_file = output.source == dsl::OutputSource::path;
  text += is_file ? " at " + output.path : output.pattern.empty() ? " at stdout" : " at stdout matching " + output.pattern;
  return {.name = "output " + output.name, .value = text, .display = text};
}

void add_outputs(std::vector<KeyPart>& parts, const std::vector<dsl::NodeOutput>& outputs) {
  const auto first = parts.size();
  for (const dsl::NodeOutput& output : outputs) parts.push_back(output_part(output));
  std::sort(parts.begin() + static_cast<std::ptrdiff_t>(first), parts.end(),
            [](const KeyPart& left, const KeyPart& right) { return left.name < right.name; });
}

dsl::Fields sorted_by_name(dsl::Fields fields) {
  std::stable_sort(fields.begin(), fields.end(),
                   [](const auto& left, const auto& right) { return left.first < right.first; });
  return fields;
}

/// All parts but the stage's, in their order.
Result<std::vector<KeyPart>> value_parts(std::vector<KeyPart> parts, const dsl::Node& node, const dsl::Fields& inputs,
                                         const dsl::Fields& environment, FileDigests& digests) {
  if (auto added = add_values(parts, "input", inputs, digests); !added) return tl::unexpected(std::move(added.error()));
  add_outputs(parts, node.declared_outputs);
  const auto added = add_values(parts, "env", sorted_by_name(environment), digests);
  if (!added) return tl::unexpected(added.error());
  return parts;
}

}  // namespace

Result<StepKey> step_key(const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs,
                         const dsl::Fields& environment, FileDigests& digests) {
  std::vector<KeyPart> parts{stage_part(stage.schema())};
  for (auto& [name, value] : stage.key_parts(StageInputs(inputs))) {
    parts.push_back({.name = name, .value = value, .display = value});
  }
  auto all = value_parts(std::move(parts), node, inputs, environment, digests);
  if (!all) return tl::unexpected(std::move(all.error()));
  std::string hex = key_of(*all);
  return StepKey{.hex = std::move(hex), .parts = std::move(*all)};
}

Result<std::vector<KeyPart>> known_key_parts(const dsl::Node& node, const dsl::Fields& inputs,
                                             const dsl::Fields& environment, FileDigests& digests) {
  return value_parts({stage_part(*node.schema)}, node, inputs, environment, digests);
}

}  // namespace sdlrun::engine
