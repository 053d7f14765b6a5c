#include "stages/compose/project.hpp"

#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace sdlrun::stages::compose {

namespace fs = std::filesystem;
using engine::Result;

namespace {

constexpr std::string_view letters_and_digits = "abcdefghijklmnopqrstuvwxyz0123456789";
constexpr std::string_view allowed = "abcdefghijklmnopqrstuvwxyz0123456789_-";
constexpr const char* rule = "a project's name has lower-case letters, digits, `-` and `_`, and begins with a letter or digit";

}  // namespace

bool is_project_name(std::string_view name) {
  return !name.empty() && letters_and_digits.find(name.front()) != std::string_view::npos && name.find_first_not_of(allowed) == std::string_view::npos;
}

std::string name_in(const std::string& compose_file) {
  try {
    const YAML::Node name = YAML::Load(compose_file)["name"];
    return name && name.IsScalar() ? name.Scalar() : "";
  } catch (const YAML::Exception&) {
    return "";
  }
}

std::string name_of_folder(const fs::path& folder) {
  std::string name = folder.filename().string();
  std::transform(name.begin(), name.end(), name.begin(), [](char letter) { return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter; });
  std::erase_if(name, [](char letter) { return allowed.find(letter) == std::string_view::npos; });
  name.erase(0, std::min(name.size(), name.find_first_not_of("_-")));
  return name;
}

Result<void> check_file(const engine::StageInputs& inputs) {
  const auto* file = inputs["file"].as<dsl::FileValue>();
  if (file == nullptr || file->digest.empty()) return {};
  return engine::failure("the compose file was made by a step: it lies in the cache, where its relative paths lead nowhere",
                         "write it yourself, beside what it names; values of steps reach it as variables, by `with { env }`");
}

Result<std::string> project_of(engine::StageContext& context) {
  if (context.inputs().has("project")) {
    const std::string name = context.inputs().text("project");
    if (!is_project_name(name)) return engine::failure("`" + name + "` is no name for a project of Compose", rule);
    return name;
  }
  const fs::path file = context.inputs().text("file");
  const auto text = context.world().files.read(file);
  if (!text) return tl::unexpected(text.error());
  if (const std::string own = name_in(*text); !own.empty()) {
    if (is_project_name(own)) return own;
    return engine::failure("`" + file.string() + "` has the name `" + own + "`, which is none for a project of Compose", std::string(rule) + "; or say another by `project`");
  }
  const std::string name = name_of_folder(file.parent_path());
  if (name.empty()) return engine::failure("`" + file.parent_path().string() + "` gives no name for the project", "say one by `project`");
  return name;
}

}  // namespace sdlrun::stages::compose
