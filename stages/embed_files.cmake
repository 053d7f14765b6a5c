# Writes a C++ file that holds the given files, byte for byte: FILES below FOLDER, into OUTPUT. The bytes go through as
# hexadecimal digits, because CMake's lists and strings lose `;`, `[`, `]` and backslashes of a text.
set(arrays "")
set(lookup "")
set(names "")
set(count 0)
foreach(file IN LISTS FILES)
  file(READ ${FOLDER}/${file} digits HEX)
  string(REGEX REPLACE "(................................................................)" "\\1\"\n    \"" digits "${digits}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" digits "${digits}")
  string(APPEND arrays "// ${file}\nconstexpr char file_${count}[] =\n    \"${digits}\";\n")
  string(APPEND lookup "  if (name == \"${file}\") return std::string(file_${count}, sizeof(file_${count}) - 1);\n")
  string(APPEND names "\"${file}\", ")
  math(EXPR count "${count} + 1")
endforeach()

file(WRITE ${OUTPUT} "// Made by stages/embed_files.cmake.
#include \"stages/embedded.hpp\"

namespace sdlrun::stages {

namespace {
${arrays}}  // namespace

std::string embedded(std::string_view name) {
${lookup}  static_cast<void>(name);
  return {};
}

std::vector<std::string_view> embedded_names() { return {${names}}; }

}  // namespace sdlrun::stages
")
