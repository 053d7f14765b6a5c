#include "stages/python/python_program.hpp"

#include <fstream>
#include <sstream>

#include "stages/embedded.hpp"
#include "stages/program/user_program.hpp"
#include "stages/program/variables.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using Json = nlohmann::json;

namespace {

engine::Result<void> write_file(const fs::path& path, const std::string& content) {
  std::error_code code;
  fs::create_directories(path.parent_path(), code);
  std::ofstream stream(path, std::ios::binary);
  stream << content;
  stream.close();
  if (stream) return {};
  return engine::failure("cannot write " + path.string(), "is the disk full?");
}

/// A program that ends without an answer has met something we did not think of, or an environment that lacks a package.
engine::Error no_answer(const engine::StageContext& context, const std::string& module, const engine::ProcessResult& result, const PythonEnvironment& python) {
  const std::string tail = context.log_tail(20);
  constexpr std::string_view missing = "No module named ";
  if (const std::size_t at = tail.rfind(missing); at != std::string::npos) {
    const std::size_t begin = at + missing.size();
    const std::string name = tail.substr(begin, tail.find('\n', begin) - begin);
    return {.message = "the Python environment has no module " + name, .hint = "add its package to " + python.requirements};
  }
  return {.message = module + " ended with " + describe(result), .hint = "its log shows why; this may be a fault of sdlrun", .detail = tail};
}

}  // namespace

Json json_of(const dsl::Value& value) { return Json::parse(dsl::value_to_json(value)); }

engine::Result<fs::path> place_python_programs(const engine::StageContext& context) {
  const fs::path folder = context.scratch_directory() / "python";
  for (const std::string_view name : embedded_names()) {
    if (auto written = write_file(folder / "stages" / name, embedded(name)); !written) return tl::unexpected(written.error());
  }
  return folder;
}

engine::Task<engine::Result<Json>> run_python_program(engine::StageContext& context, PythonEnvironment python, std::string module, Json request) {
  const auto programs = place_python_programs(context);
  if (!programs) co_return tl::unexpected(programs.error());
  const fs::path request_file = *programs / "request.json", answer_file = *programs / "answer.json";
  if (auto written = write_file(request_file, request.dump()); !written) co_return tl::unexpected(written.error());
  engine::ProcessRequest process;
  process.command = {python.interpreter().string(), "-m", module, request_file.string(), answer_file.string()};
  process.environment = activated(context.environment(), python);
  set_variable(process.environment, "PYTHONPATH", programs->string());
  engine::Task<engine::Result<engine::ProcessResult>> running = context.run(std::move(process));
  const engine::Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  if (!result->success()) co_return tl::unexpected(no_answer(context, module, *result, python));
  std::ifstream stream(answer_file);
  std::ostringstream text;
  text << stream.rdbuf();
  const Json reply = Json::parse(text.str(), nullptr, false);
  if (reply.is_discarded()) co_return tl::unexpected(no_answer(context, module, *result, python));
  if (const auto refused = reply.find("refused"); refused != reply.end()) {
    co_return engine::failure(refused->value("message", ""), refused->value("hint", ""), refused->value("detail", ""));
  }
  co_return reply.at("answer");
}

}  // namespace sdlrun::stages
