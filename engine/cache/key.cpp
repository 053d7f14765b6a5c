#include "engine/cache/key.hpp"

#include <algorithm>

#include "engine/cache/canonical_value.hpp"

namespace sdlrun::engine {

namespace {

/// What is hashed, as one text.
class KeyText {
 public:
  KeyText() : text_("sdlrun-key-1") {}

  void add(std::string_view kind, std::string_view name, std::string_view value) {
    add_name(kind, name);
    add_length(value.size());
    text_ += value;
  }
  Result<void> add(std::string_view kind, std::string_view name, const dsl::Value& value, FileDigests& digests) {
    add_name(kind, name);
    const std::size_t length_at = text_.size();
    add_length(0);
    const std::size_t begin = text_.size();
    if (auto added = add_canonical_text(text_, value, digests); !added) return added;
    write_length(length_at, text_.size() - begin);
    return {};
  }
  std::string hex() const { return sha256(text_); }

 private:
  void add_name(std::string_view kind, std::string_view name) {
    add_length(kind.empty() ? name.size() : kind.size() + 1 + name.size());
    text_ += kind;
    if (!kind.empty()) text_ += ' ';
    text_ += name;
  }
  void add_length(std::uint64_t length) {
    text_.append(8, '\0');
    write_length(text_.size() - 8, length);
  }
  void write_length(std::size_t at, std::uint64_t length) {
    for (std::size_t byte = 0; byte < 8; ++byte, length >>= 8) text_[at + byte] = static_cast<char>(length & 0xff);
  }

  std::string text_;
};

/// The parts as people are told them, and as they are recorded.
class KeyParts {
 public:
  void add(std::string_view kind, std::string_view name, std::string_view value) {
    parts_.push_back({.name = full_name(kind, name), .value = std::string(value), .display = std::string(value)});
  }
  Result<void> add(std::string_view kind, std::string_view name, const dsl::Value& value, FileDigests& digests) {
    std::string canonical;
    if (auto added = add_canonical_text(canonical, value, digests); !added) return added;
    std::string display = display_text(value, digests);
    parts_.push_back({.name = full_name(kind, name), .value = std::move(canonical), .display = std::move(display)});
    return {};
  }
  std::vector<KeyPart> take() { return std::move(parts_); }

 private:
  static std::string full_name(std::string_view kind, std::string_view name) {
    std::string full(kind);
    if (!kind.empty()) full += ' ';
    return full += name;
  }

  std::vector<KeyPart> parts_;
};

std::string output_text(const dsl::NodeOutput& output) {
  std::string text = dsl::type_text(output.type);
  if (output.source == dsl::OutputSource::path) return text += " at " + output.path;
  return text += output.pattern.empty() ? " at stdout" : " at stdout matching " + output.pattern;
}

/// Pointers, as most steps have few, and to copy them costs more than all else here.
template <typename Element, typename Name>
std::vector<const Element*> sorted_by_name(const std::vector<Element>& elements, Name name_of) {
  std::vector<const Element*> sorted;
  sorted.reserve(elements.size());
  for (const Element& element : elements) sorted.push_back(&element);
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Element* left, const Element* right) { return name_of(*left) < name_of(*right); });
  return sorted;
}

template <typename Parts>
void add_stage(Parts& parts, const dsl::StageSchema& schema) {
  parts.add("", "stage", schema.full_name() + ' ' + std::to_string(schema.version));
}

bool is_said_in_with(const dsl::StageSchema& schema, std::string_view name) {
  const dsl::InputSchema* input = schema.find_input(name);
  return input != nullptr && input->said_in_with;
}

/// All parts but the stage's, in their order.
template <typename Parts>
Result<void> add_values(Parts& parts, const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs, const dsl::Fields& environment, FileDigests& digests) {
  const auto keyed = stage.keyed_inputs(inputs, digests);
  if (!keyed) return tl::unexpected(keyed.error());
  for (const auto& [name, value] : keyed->has_value() ? **keyed : inputs) {
    if (value.is_none() && is_said_in_with(*node.schema, name)) continue;  // a step that runs here has the key that it always had
    if (auto added = parts.add("input", name, value, digests); !added) return added;
  }
  for (const dsl::NodeOutput* output : sorted_by_name(node.declared_outputs, [](const dsl::NodeOutput& one) -> const std::string& { return one.name; })) {
    parts.add("output", output->name, output_text(*output));
  }
  for (const auto* variable : sorted_by_name(environment, [](const auto& one) -> const std::string& { return one.first; })) {
    if (auto added = parts.add("env", variable->first, variable->second, digests); !added) return added;
  }
  return {};
}

template <typename Parts>
Result<void> add_all(Parts& parts, const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs, const dsl::Fields& environment, FileDigests& digests) {
  add_stage(parts, stage.schema());
  for (const auto& [name, value] : stage.key_parts(inputs)) parts.add("", name, value);
  return add_values(parts, node, stage, inputs, environment, digests);
}

}  // namespace

Result<std::string> step_key_hex(const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs, const dsl::Fields& environment, FileDigests& digests) {
  KeyText text;
  if (auto added = add_all(text, node, stage, inputs, environment, digests); !added) return tl::unexpected(std::move(added.error()));
  return text.hex();
}

Result<StepKey> step_key(const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs, const dsl::Fields& environment, FileDigests& digests) {
  KeyParts collected;
  if (auto added = add_all(collected, node, stage, inputs, environment, digests); !added) return tl::unexpected(std::move(added.error()));
  StepKey key{.hex = {}, .parts = collected.take()};
  KeyText text;
  for (const KeyPart& part : key.parts) text.add("", part.name, part.value);
  key.hex = text.hex();
  return key;
}

Result<std::vector<KeyPart>> known_key_parts(const dsl::Node& node, const Stage& stage, const dsl::Fields& inputs, const dsl::Fields& environment, FileDigests& digests) {
  KeyParts parts;
  add_stage(parts, *node.schema);
  if (auto added = add_values(parts, node, stage, inputs, environment, digests); !added) return tl::unexpected(std::move(added.error()));
  return parts.take();
}

}  // namespace sdlrun::engine
