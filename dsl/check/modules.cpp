#include "dsl/check/modules.hpp"

#include <algorithm>

namespace sdlrun::dsl {

namespace {

template <typename Entry>
const Entry* find_by_name(const std::vector<Entry>& entries, std::string_view name) {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.name == name; });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace

const InterfaceInput* StageInterface::find_input(std::string_view name) const { return find_by_name(inputs, name); }

const InterfaceOutput* StageInterface::find_output(std::string_view name) const { return find_by_name(outputs, name); }

const Item* Body::find(std::string_view wanted) const {
  const auto found = names.find(wanted);
  return found == names.end() ? nullptr : &(*items)[found->second];
}

std::optional<StageTarget> find_stage(const Program& program, const LoadedModule& module,
                                      const std::vector<Name>& path) {
  if (path.size() == 1) {
    const auto found = module.stages.find(path[0].text);
    if (found == module.stages.end()) return std::nullopt;
    return StageTarget(found->second.get());
  }
  if (path.size() != 2) return std::nullopt;
  if (const auto library = module.libraries.find(path[0].text); library != module.libraries.end()) {
    for (const LoadedModule* member : library->second.modules) {
      const auto found = member->stages.find(path[1].text);
      if (found != member->stages.end()) return StageTarget(found->second.get());
    }
    return std::nullopt;
  }
  const StageSchema* schema = program.schemas.find(path[0].text, path[1].text);
  if (schema == nullptr) return std::nullopt;
  return StageTarget(schema);
}

std::string path_text(const std::vector<Name>& path) {
  std::string text;
  for (const Name& name : path) text += (text.empty() ? "" : ".") + std::string(name.text);
  return text;
}

namespace {

/// `output model = model`; and pools are named by texts, from within libraries too.
template <typename Declaration>
constexpr bool has_own_namespace = std::is_same_v<Declaration, OutputDeclaration> || std::is_same_v<Declaration, PoolDeclaration>;

}  // namespace

std::optional<Name> declared_name(const Item& item) {
  return std::visit(
      [](const auto& declaration) -> std::optional<Name> {
        if constexpr (std::is_same_v<std::decay_t<decltype(declaration)>, RequireDeclaration>) {
          return declaration.name;
        } else if constexpr (has_own_namespace<std::decay_t<decltype(declaration)>>) {
          return std::nullopt;
        } else {
          return declaration.name;
        }
      },
      item);
}

}  // namespace sdlrun::dsl
