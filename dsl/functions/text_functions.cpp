#include "dsl/functions/text_functions.hpp"

#include <algorithm>

#include "dsl/functions/argument.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "dsl/values/weight.hpp"

namespace sdlrun::dsl {

namespace {

CallType all_strings(std::span<const Type> arguments, Type result) {
  for (const Type& argument : arguments) {
    if (!fits(argument, string_type)) {
      return tl::unexpected(wrong_argument("strings", argument, "turn a value into text with \"${…}\""));
    }
  }
  return result;
}
CallType strings_to_string(std::span<const Type> arguments) { return all_strings(arguments, string_type); }
CallType strings_to_bool(std::span<const Type> arguments) { return all_strings(arguments, Type(BoolType{})); }

CallError too_large() { return {"the result takes more than 256 MiB", too_heavy_hint}; }

CallType type_of_join(std::span<const Type> arguments) {
  const auto element = element_type(arguments[0]);
  if (!element) return tl::unexpected(element.error());
  const bool printable = element->as<FileType>() == nullptr && element->as<SecretType>() == nullptr;
  if (!fits(*element, string_type) || !printable) {
    return tl::unexpected(wrong_argument("a list of strings", arguments[0], "turn elements into text: `join([\"${x}\" for x in xs], \", \")`"));
  }
  return all_strings(arguments.subspan(1), string_type);
}

CallValue joined(std::span<const Value> arguments, const std::filesystem::path&) {
  std::string text;
  bool first = true;
  for (const Value& element : *arguments[0].as_list()) {
    if (!first) text += text_of(arguments[1]);
    text += text_of(element);
    if (text.size() > heaviest_value) return tl::unexpected(too_large());
    first = false;
  }
  return Value::text(text);
}

CallValue split(std::span<const Value> arguments, const std::filesystem::path&) {
  const std::string& text = text_of(arguments[0]);
  const std::string& separator = text_of(arguments[1]);
  if (separator.empty()) return tl::unexpected(CallError{"the separator of `split` is empty", "give the text between the parts"});
  List parts;
  std::size_t begin = 0;
  for (std::size_t at = text.find(separator); at != std::string::npos; at = text.find(separator, begin)) {
    parts.push_back(Value::text(text.substr(begin, at - begin)));
    if (parts.size() > heaviest_value / sizeof(Value)) return tl::unexpected(too_large());
    begin = at + separator.size();
  }
  parts.push_back(Value::text(text.substr(begin)));
  return Value::list(std::move(parts));
}

CallValue replace(std::span<const Value> arguments, const std::filesystem::path&) {
  const std::string& text = text_of(arguments[0]);
  const std::string& from = text_of(arguments[1]);
  if (from.empty()) return tl::unexpected(CallError{"the text that `replace` looks for is empty", "give the text to be replaced"});
  std::string result;
  std::size_t begin = 0;
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, begin)) {
    result += text.substr(begin, at - begin) + text_of(arguments[2]);
    if (result.size() > heaviest_value) return tl::unexpected(too_large());
    begin = at + from.size();
  }
  return Value::text(result + text.substr(begin));
}

/// ASCII letters only: the result does not depend on the machine's locale.
template <char First, char Last, int Shift>
CallValue shift_letters(std::span<const Value> arguments, const std::filesystem::path&) {
  std::string text = text_of(arguments[0]);
  for (char& letter : text) {
    if (letter >= First && letter <= Last) letter = static_cast<char>(letter + Shift);
  }
  return Value::text(text);
}

CallValue trim(std::span<const Value> arguments, const std::filesystem::path&) {
  constexpr const char* white_space = " \t\r\n";
  const std::string& text = text_of(arguments[0]);
  const std::size_t begin = text.find_first_not_of(white_space);
  if (begin == std::string::npos) return Value::text("");
  return Value::text(text.substr(begin, text.find_last_not_of(white_space) - begin + 1));
}

CallValue starts_with(std::span<const Value> arguments, const std::filesystem::path&) {
  return Value::boolean(text_of(arguments[0]).starts_with(text_of(arguments[1])));
}

CallValue ends_with(std::span<const Value> arguments, const std::filesystem::path&) {
  return Value::boolean(text_of(arguments[0]).ends_with(text_of(arguments[1])));
}

CallType type_of_json(std::span<const Type> arguments) {
  if (arguments[0].as<SecretType>() != nullptr || arguments[0].as<HandleType>() != nullptr) {
    return tl::unexpected(wrong_argument("a value that may be written down", arguments[0]));
  }
  return string_type;
}

CallValue json(std::span<const Value> arguments, const std::filesystem::path&) {
  return Value::text(value_to_json(arguments[0]));
}

}  // namespace

std::vector<Function> text_functions() {
  return {
      {"join", "join(list: [string], separator: string) -> string", "The strings with the separator between them.", 2, 2, type_of_join, joined},
      {"split", "split(text: string, separator: string) -> [string]", "The parts of a text between separators.", 2, 2,
       [](std::span<const Type> arguments) { return all_strings(arguments, Type(ListType{string_type})); }, split},
      {"replace", "replace(text: string, from: string, to: string) -> string", "The text with every `from` replaced.", 3, 3, strings_to_string, replace},
      {"lower", "lower(text: string) -> string", "With the letters A–Z made small.", 1, 1, strings_to_string, shift_letters<'A', 'Z', 'a' - 'A'>},
      {"upper", "upper(text: string) -> string", "With the letters a–z made capital.", 1, 1, strings_to_string, shift_letters<'a', 'z', 'A' - 'a'>},
      {"trim", "trim(text: string) -> string", "Without white space at both ends.", 1, 1, strings_to_string, trim},
      {"starts_with", "starts_with(text: string, beginning: string) -> bool", "Whether a text begins so.", 2, 2, strings_to_bool, starts_with},
      {"ends_with", "ends_with(text: string, end: string) -> bool", "Whether a text ends so.", 2, 2, strings_to_bool, ends_with},
      {"json", "json(value: T) -> string", "The value as JSON.", 1, 1, type_of_json, json},
  };
}

}  // namespace sdlrun::dsl
