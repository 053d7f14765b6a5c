#include "dsl/functions/path_functions.hpp"

#include "dsl/functions/argument.hpp"
#include "dsl/functions/glob.hpp"
#include "dsl/values/path_text.hpp"

namespace sdlrun::dsl {

namespace {

namespace fs = std::filesystem;

CallType path_to_string(std::span<const Type> arguments) {
  const Type path{UnionType{{string_type, Type(FileType{}), Type(DirType{})}}};
  return expect(arguments[0], path, "a string, a file or a folder", string_type);
}

template <fs::path (fs::path::*Part)() const>
CallValue path_part(std::span<const Value> arguments, const fs::path&) {
  return Value::text((fs::path(plain_text(arguments[0])).*Part)().string());
}

template <typename Result>
CallType string_to(std::span<const Type> arguments) {
  return expect(arguments[0], string_type, "a string", Type(Result{}));
}

template <typename Result>
CallValue make_path(std::span<const Value> arguments, const fs::path& directory) {
  return Value(Value::Data(Result{path_from(directory, text_of(arguments[0])), ""}));
}

CallType type_of_glob(std::span<const Type> arguments) {
  return expect(arguments[0], string_type, "a string", Type(ListType{Type(FileType{})}));
}

/// Sorted by path. A pattern is relative to the file that writes it.
CallValue glob_files(std::span<const Value> arguments, const fs::path& directory) {
  if (auto mistake = glob_mistake(text_of(arguments[0]))) return tl::unexpected(CallError{std::move(mistake->message), std::move(mistake->hint)});
  List files;
  for (const std::string& path : files_matching(directory, text_of(arguments[0]))) files.push_back(Value(Value::Data(FileValue{path, ""})));
  return Value::list(std::move(files));
}

}  // namespace

std::vector<Function> path_functions() {
  return {
      {"basename", "basename(path: string | file | dir) -> string", "The last part of a path.", 1, 1, path_to_string, path_part<&fs::path::filename>},
      {"dirname", "dirname(path: string | file | dir) -> string", "A path without its last part.", 1, 1, path_to_string, path_part<&fs::path::parent_path>},
      {"stem", "stem(path: string | file | dir) -> string", "The last part of a path without its ending.", 1, 1, path_to_string, path_part<&fs::path::stem>},
      {"file", "file(path: string) -> file", "The file at a path that is computed.", 1, 1, string_to<FileType>, make_path<FileValue>},
      {"dir", "dir(path: string) -> dir", "The folder at a path that is computed.", 1, 1, string_to<DirType>, make_path<DirValue>},
      {"glob", "glob(pattern: string) -> [file]", "The files that match a pattern such as `data/*.csv` or `data/**/*.csv` (folders of any depth), sorted.", 1, 1, type_of_glob, glob_files, /*looks_for_files=*/true},
  };
}

}  // namespace sdlrun::dsl
