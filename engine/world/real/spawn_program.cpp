#include "engine/world/real/spawn_program.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <optional>

#include "dsl/diagnostics/diagnostic.hpp"
#include "engine/world/lies_below.hpp"
#include "engine/world/real/file_error.hpp"

namespace sdlrun::engine {

namespace {

namespace fs = std::filesystem;

std::string quoted(const fs::path& path) { return "`" + path.string() + "`"; }

bool holds_file(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

std::string_view path_variable(EnvironmentView environment) {
  const auto found = std::find_if(environment.rbegin(), environment.rend(), [](const auto& entry) { return entry.first == "PATH"; });
  return found == environment.rend() ? "/usr/local/bin:/usr/bin:/bin" : std::string_view(found->second);
}

/// The folders of PATH, each with a slash behind it. Texts, as each program that is started is looked for in all of them. An empty part
/// means the current folder, and what does not begin with a slash lies below it: that of the process.
std::vector<std::string> path_folders(std::string_view variable, const fs::path& directory) {
  std::vector<std::string> folders;
  std::size_t begin = 0;
  while (begin <= variable.size()) {
    const std::size_t end = std::min(variable.find(':', begin), variable.size());
    const std::string_view part = variable.substr(begin, end - begin);
    std::string& folder = folders.emplace_back(part.starts_with('/') ? part : (directory / part).native());
    if (!folder.ends_with('/')) folder += '/';
    begin = end + 1;
  }
  return folders;
}

std::string nearest_program(const std::string& name, const std::vector<std::string>& folders) {
  std::vector<std::string> programs;
  for (const std::string& folder : folders) {
    std::error_code ignored;
    for (auto entry = fs::directory_iterator(folder, ignored); !ignored && entry != fs::directory_iterator(); entry.increment(ignored)) {
      programs.push_back(entry->path().filename().string());
    }
  }
  const std::vector<std::string_view> candidates(programs.begin(), programs.end());
  return std::string(dsl::nearest_name(name, candidates));
}

Error not_on_path(const std::string& name, const std::vector<std::string>& folders, const fs::path& directory,
                  const std::optional<std::string>& not_executable) {
  Error error{"cannot start `" + name + "`: there is no such program on PATH"};
  const std::string nearest = nearest_program(name, folders);
  if (not_executable) {
    error.message = "cannot start `" + name + "`: " + quoted(fs::path(*not_executable)) + " is not executable";
    error.hint = "make it so: `chmod +x " + *not_executable + "`";
  } else if (holds_file(directory / name)) {
    error.hint = "the step's folder has a file of this name: write `./" + name + "` to run it";
  } else if (!nearest.empty()) {
    error.hint = "did you mean `" + nearest + "`?";
  } else {
    error.hint = "install it, or add its folder to PATH";
  }
  return error;
}

/// What the first line `#!…` of a script names, or what an executable names as its loader: nothing is known of that.
std::optional<std::string> interpreter_of(const fs::path& program) {
  std::ifstream file(program, std::ios::binary);
  std::string line;
  std::array<char, 256> begin{};
  file.read(begin.data(), begin.size());
  line.assign(begin.data(), static_cast<std::size_t>(file.gcount()));
  if (!line.starts_with("#!")) return std::nullopt;
  line = line.substr(2, line.find('\n') - 2);
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string::npos) return std::nullopt;
  return line.substr(first, line.find_first_of(" \t", first) - first);
}

Error explain_missing_in(const fs::path& directory, const fs::path& program) {
  const std::string name = program.lexically_relative(directory).string();
  return {"cannot start `" + name + "`: there is no such file in the folder that it runs in",
          "a step has a folder of its own: name the program in `files`, or write it as `file(\"…\")`"};
}

Error explain_missing(const fs::path& program, const fs::path& directory) {
  // A program in the folder that a step runs in has a name that is over with the step.
  if (!holds_file(program) && lies_below(program, directory)) return explain_missing_in(directory, program);
  Error error{"cannot start " + quoted(program) + ": there is no such file", "check the path, and that an earlier step makes the file"};
  if (!holds_file(program)) return error;
  const auto interpreter = interpreter_of(program);
  if (!interpreter) {
    return {"cannot start " + quoted(program) + ": the loader that it names is not on this machine",
            "it was built for another system: build it here, or install what `file " + program.string() + "` names"};
  }
  error.message = "cannot start " + quoted(program) + ": its first line names the interpreter `" + *interpreter + "`, which does not exist";
  error.hint = interpreter->ends_with('\r') ? "the file has Windows line ends: convert it, for example by `sed -i 's/\\r$//' " + program.string() + "`"
                                            : "install the interpreter, or change the line `#!" + *interpreter + "`";
  return error;
}

Error explain_not_permitted(const fs::path& program, const fs::path& directory) {
  struct stat found {};
  const bool is_there = ::stat(program.c_str(), &found) == 0;
  if (is_there && S_ISDIR(found.st_mode)) {
    return {"cannot start " + quoted(program) + ": it is a folder", "name the program in it"};
  }
  if (is_there && ::access(program.c_str(), X_OK) != 0 && lies_below(program, directory)) {
    return {"cannot start `" + program.lexically_relative(directory).string() + "`: it is not executable",
            "make it so where it comes from (`chmod +x`), or name its interpreter first, such as [\"python3\", …]"};
  }
  if (is_there && ::access(program.c_str(), X_OK) != 0) {
    return {"cannot start " + quoted(program) + ": it is not executable",
            "make it so by `chmod +x " + program.string() + "`, or name its interpreter first, such as [\"python3\", …]"};
  }
  return {"cannot start " + quoted(program) + ": permission denied",
          "look at who may enter its folders, and whether its file system is mounted `noexec`"};
}

}  // namespace

Result<fs::path> find_program(const std::string& name, EnvironmentView environment, const fs::path& directory) {
  if (name.find('/') != std::string::npos) return directory / name;
  const auto folders = path_folders(path_variable(environment), directory);
  std::optional<std::string> not_executable;
  for (const std::string& folder : folders) {
    std::string candidate = folder + name;
    if (!holds_file(candidate)) continue;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    if (!not_executable) not_executable = std::move(candidate);
  }
  return tl::unexpected(not_on_path(name, folders, directory, not_executable));
}

Error explain_start_failure(int number, bool changing_directory, const fs::path& program, const fs::path& directory) {
  if (changing_directory) return file_error("start " + quoted(program) + " in", directory, number);
  switch (number) {
    case ENOENT:
    case ENOTDIR: return explain_missing(program, directory);
    case EACCES: return explain_not_permitted(program, directory);
    case ENOEXEC:
      return {"cannot start " + quoted(program) + ": it is neither a program of this machine nor a script with `#!`",
              "a script says in its first line what runs it, such as `#!/bin/sh`; or name the interpreter first in the command"};
    case E2BIG:
      return {"cannot start " + quoted(program) + ": its arguments and environment are too long",
              "one argument may have 128 KiB: hand long lists over in a file"};
    case EAGAIN:
      return {"cannot start " + quoted(program) + ": this user has too many processes", "run fewer steps at once (`-j`), or raise `ulimit -u`"};
    default: return file_error("start", program, number);
  }
}

}  // namespace sdlrun::engine
