// Takes what a program left: the outputs that its step declares.
#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>

#include "dsl/values/line_pattern.hpp"
#include "engine/stage/stage.hpp"

namespace sdlrun::engine {

namespace fs = std::filesystem;

namespace {

/// A value is for people and other steps to read; what is larger belongs into a file.
constexpr std::uintmax_t largest_value = 64ULL << 20;

std::string upper_case(std::string text) {
  for (char& letter : text) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return text;
}

Result<std::string> read_whole(const fs::path& path, const std::string& output) {
  std::error_code code;
  if (fs::file_size(path, code) > largest_value) {
    return failure("output `" + output + "` is larger than 64 MiB", "declare it as a `file`");
  }
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream content;
  content << stream.rdbuf();
  if (!stream) return failure("cannot read output `" + output + "` at " + path.string());
  return content.str();
}

std::string without_trailing_space(const std::string& text) {
  const std::size_t end = text.find_last_not_of(" \t\r\n");
  return end == std::string::npos ? "" : text.substr(0, end + 1);
}

bool is_text(const dsl::Type& type) {
  const auto* optional = type.as<dsl::OptionalType>();
  const dsl::Type& inner = optional != nullptr ? optional->inner : type;
  return inner.as<dsl::StringType>() != nullptr || inner.as<dsl::EnumType>() != nullptr;
}

/// What was printed, as a value: text as it is, all else as JSON.
Result<dsl::Value> value_of(const std::string& text, const dsl::NodeOutput& output) {
  const std::string json = is_text(output.type) ? dsl::value_to_json(dsl::Value::text(text)) : text;
  std::string error;
  if (auto value = dsl::value_from_json(json, output.type, error)) return *value;
  const std::string shown = text.size() > 80 ? text.substr(0, 80) + "…" : text;
  return failure("output `" + output.name + "` is declared as `" + type_text(output.type) + "`, but the program printed `" + shown + "`",
                 "print a value of this type, or take it out of a line with `at stdout matching \"… (.*)\"`");
}

Result<dsl::Value> take_from_standard_output(const dsl::NodeOutput& output, const fs::path& standard_output) {
  auto text = read_whole(standard_output, output.name);
  if (!text) return tl::unexpected(text.error());
  if (output.pattern.empty()) return value_of(without_trailing_space(*text), output);
  if (const auto match = dsl::last_match(*text, output.pattern)) return value_of(*match, output);
  if (output.type.as<dsl::OptionalType>() != nullptr) return dsl::Value();
  return failure("the program succeeded but printed no line that matches `" + output.pattern + "`, which output `" + output.name + "` takes",
                 "only standard output is looked at; `sdlrun log` shows all that was printed");
}

/// Whether a path, with symbolic links followed, lies in the folder.
bool stays_in(const fs::path& path, const fs::path& folder) {
  std::error_code code;
  const auto is_link = [&](const fs::path& place) { return fs::is_symlink(fs::symlink_status(place, code)); };
  fs::path step = path.lexically_normal();
  while (step != folder && step.has_relative_path() && !is_link(step)) step = step.parent_path();
  if (step == folder) return true;  // no link on the way: nothing to be followed
  const fs::path inner = fs::weakly_canonical(path, code), outer = fs::weakly_canonical(folder, code);
  return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

std::string what_is_there(const fs::path& folder) {
  std::error_code code;
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(folder, code)) names.push_back(entry.path().filename().string());
  std::erase_if(names, [](const std::string& name) { return name.starts_with("."); });
  std::sort(names.begin(), names.end());
  if (names.empty()) return "it left nothing";
  std::string text = "it left";
  constexpr std::size_t most_shown = 5;
  for (std::size_t i = 0; i < std::min(names.size(), most_shown); ++i) text += (i == 0 ? " `" : ", `") + names[i] + "`";
  return names.size() > most_shown ? text + ", …" : text;
}

Result<dsl::Value> take_path(const dsl::NodeOutput& output, const fs::path& folder) {
  const auto* optional = output.type.as<dsl::OptionalType>();
  const dsl::Type& type = optional != nullptr ? optional->inner : output.type;
  const fs::path path = folder / output.path;
  std::error_code code;
  const fs::file_status status = fs::status(path, code);
  if (!fs::exists(status)) {
    if (optional != nullptr) return dsl::Value();
    return failure("the program succeeded but left no `" + output.path + "`, which output `" + output.name + "` takes; " + what_is_there(folder),
                   "write it to $SDL_OUTPUT_" + upper_case(output.name) + ", or change the path in `outputs`");
  }
  if (!stays_in(path, folder)) return failure("output `" + output.name + "` is a link out of the step's folder: " + path.string(), "copy what it points to into the folder");
  const bool wants_folder = type.as<dsl::DirType>() != nullptr;
  if (wants_folder != fs::is_directory(status)) {
    return failure("output `" + output.name + "` is declared as `" + type_text(output.type) + "`, but `" + output.path + "` is a " + (wants_folder ? "file" : "folder"),
                   wants_folder ? "declare it as a `file`" : "declare it as a `dir`");
  }
  if (wants_folder) return dsl::Value(dsl::Value::Data(dsl::DirValue{path.string(), ""}));
  if (type.as<dsl::FileType>() != nullptr) return dsl::Value(dsl::Value::Data(dsl::FileValue{path.string(), ""}));
  auto text = read_whole(path, output.name);
  if (!text) return tl::unexpected(text.error());
  std::string error;
  if (auto value = dsl::value_from_json(*text, output.type, error)) return *value;
  return failure("output `" + output.name + "` is declared as `" + type_text(output.type) + "`, but in `" + output.path + "` " + error, "let the program write JSON of this type");
}

}  // namespace

Environment output_environment(const std::vector<dsl::NodeOutput>& outputs, const fs::path& work_directory) {
  Environment environment;
  for (const dsl::NodeOutput& output : outputs) {
    if (output.source == dsl::OutputSource::path) environment.emplace_back("SDL_OUTPUT_" + upper_case(output.name), (work_directory / output.path).string());
  }
  return environment;
}

Result<StageOutputs> collect_declared_outputs(StageContext& context, const fs::path& standard_output) {
  StageOutputs outputs;
  for (const dsl::NodeOutput& output : context.declared_outputs()) {
    auto value = output.source == dsl::OutputSource::standard_output ? take_from_standard_output(output, standard_output) : take_path(output, context.work_directory());
    if (!value) return tl::unexpected(value.error());
    outputs.emplace_back(output.name, std::move(*value));
  }
  return outputs;
}

}  // namespace sdlrun::engine
