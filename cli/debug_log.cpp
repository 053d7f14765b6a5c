#include "cli/debug_log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <ostream>

namespace sdlrun::cli {

namespace {

spdlog::sink_ptr chosen_sink(const Console& console, const std::string& file) {
  if (!file.empty()) return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
  if (console.variable("SDLRUN_LOG") == "debug") return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return nullptr;
}

}  // namespace

void start_debug_log(const Console& console, const std::string& file) {
  try {
    const spdlog::sink_ptr sink = chosen_sink(console, file);
    auto logger = sink ? std::make_shared<spdlog::logger>("sdlrun", sink) : std::make_shared<spdlog::logger>("sdlrun");
    logger->set_level(sink ? spdlog::level::debug : spdlog::level::off);
    logger->flush_on(spdlog::level::debug);
    spdlog::set_default_logger(std::move(logger));
  } catch (const spdlog::spdlog_ex& problem) {
    console.errors.stream << "warning: no debug log: " << problem.what() << '\n';
  }
}

}  // namespace sdlrun::cli
