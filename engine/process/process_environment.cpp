#include "engine/process/process_environment.hpp"

#include <fstream>
#include <sstream>

namespace sdlrun::engine {

std::string environment_of_process(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/environ", std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return '\0' + text.str();
}

std::optional<std::string> value_in(const std::string& environment, std::string_view variable) {
  const std::string beginning = '\0' + std::string(variable) + '=';
  const std::size_t at = environment.find(beginning);
  if (at == std::string::npos) return std::nullopt;
  const std::size_t begin = at + beginning.size();
  return environment.substr(begin, environment.find('\0', begin) - begin);
}

}  // namespace sdlrun::engine
