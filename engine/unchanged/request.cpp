#include "engine/unchanged/request.hpp"

#include <unistd.h>

#include <filesystem>

#include "engine/cache/boot_id.hpp"
#include "engine/cache/digest.hpp"
#include "engine/unchanged/look.hpp"
#include "engine/unchanged/note_bytes.hpp"

namespace sdlrun::engine {

namespace {

/// Another program may read the same file in another way. Nothing where its file has been removed meanwhile.
std::optional<std::string> this_program(const Files& files) {
  const auto path = files.read_link("/proc/self/exe");
  if (!path) return std::nullopt;
  const auto status = files.status_of(*path);
  if (!status || !status->has_value() || (*status)->kind != FileKind::regular) return std::nullopt;
  return *path + '\n' + seen_bytes(status);
}

/// Which cache it is does not matter where nothing is fetched; that there is none is told where a step asks for one.
std::optional<std::string> shared_cache(const RunRequest& request) {
  const auto settings = shared_cache_settings(request.project.shared_cache, request.variables);
  if (!settings) return std::nullopt;
  if (shared_cache_is_switched_off(request.variables)) return "off";
  return settings->has_value() ? "one" : "none";
}

}  // namespace

std::optional<std::string> request_digest(const Files& files, const RunRequest& request) {
  std::error_code problem;
  const std::filesystem::path here = std::filesystem::current_path(problem);
  const auto program = this_program(files);
  const std::string boot = boot_id(files);
  const auto cache = shared_cache(request);
  const auto folder = shared_cache_directory();
  if (problem || !program || boot.empty() || !cache || !folder) return std::nullopt;

  const Project& project = request.project;
  std::string bytes;
  for (const std::string& text : {std::string("sdlrun-request-1"), *program, boot, here.string(), folder->string(), *cache, project.root.string(),
                                  project.configuration.value_or("").string(), project.configuration_text, request.profile}) {
    add_text(bytes, text);
  }
  add_number(bytes, ::geteuid());
  add_number(bytes, ::getegid());
  for (const std::string& word : request.words) add_text(bytes, word);
  return sha256(bytes);
}

}  // namespace sdlrun::engine
