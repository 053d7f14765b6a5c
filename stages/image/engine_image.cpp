#include "stages/image/engine_image.hpp"

#include <array>

#include "stages/container/docker.hpp"
#include "stages/container/printed.hpp"
#include "stages/container/program.hpp"

namespace sdlrun::stages::image {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

struct Transport {
  std::string_view text;
  const char* program;
};
constexpr std::array<Transport, 2> transports = {{{"docker-daemon:", "docker"}, {"containers-storage:", "podman"}}};

bool is_absent(const std::string& errors) { return errors.find("No such image") != std::string::npos || errors.find("image not known") != std::string::npos; }

std::vector<std::string> save_command(const EngineImage& image, const std::string& id, const fs::path& archive) {
  if (image.program == "docker") return {"docker", "save", "--output", archive.string(), id};
  return {"podman", "save", "--quiet", "--format", "oci-archive", "--output", archive.string(), id};
}

}  // namespace

std::string EngineImage::title() const { return container::title_of(program); }

std::optional<EngineImage> image_in_engine(const dsl::Value& base) {
  const auto* text = base.as<std::string>();
  if (text == nullptr) return std::nullopt;
  for (const Transport& transport : transports) {
    if (text->starts_with(transport.text)) return EngineImage{.program = transport.program, .name = text->substr(transport.text.size())};
  }
  return std::nullopt;
}

Task<Result<std::optional<std::string>>> id_in_engine(engine::StageContext& context, EngineImage image) {
  if (image.name.empty() || image.name.starts_with('-')) co_return engine::failure("`" + image.name + "` is no name of an image", "behind the colon stands what `" + image.program + " image ls` shows, such as \"team/app:1\"");
  std::vector<std::string> question = {image.program, "image", "inspect", "--format", "{{.Id}}", image.name};
  Task<Result<container::Answer>> asking = container::ask(context, std::move(question));
  const Result<container::Answer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->result.success()) co_return std::optional<std::string>(container::last_line(answer->output));
  if (!answer->is_installed()) co_return tl::unexpected(container::not_installed(image.program));
  if (is_absent(answer->errors)) co_return std::optional<std::string>();
  if (auto error = container::unreachable(answer->errors, context.environment()); error && image.program == "docker") co_return tl::unexpected(std::move(*error));
  co_return engine::failure("`" + image.program + " image inspect` ended with " + describe(answer->result), "does it work in a terminal?", answer->errors);
}

Task<Result<SavedImage>> save_from_engine(engine::StageContext& context, EngineImage image) {
  EngineImage asked = image;
  Task<Result<std::optional<std::string>>> asking = id_in_engine(context, std::move(asked));
  const Result<std::optional<std::string>> id = co_await asking;
  if (!id) co_return tl::unexpected(id.error());
  if (!id->has_value()) co_return engine::failure(image.title() + " has no image `" + image.name + "`", "`" + image.program + " image ls` shows those that it has; the name alone, `\"" + image.name + "\"`, is one in a registry");
  SavedImage saved{.id = **id, .archive = context.scratch_directory() / "engine.tar"};
  context.progress("taking the base out of " + image.title());
  engine::ProcessRequest request;
  request.command = save_command(image, saved.id, saved.archive);
  Task<Result<engine::ProcessResult>> running = context.run(std::move(request));
  const Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  if (!result->success()) co_return engine::failure("`" + image.program + "` cannot save `" + image.name + "`: " + describe(*result), "its log shows what the engine printed", context.log_tail(3));
  co_return saved;
}

Task<std::optional<std::string>> moved_in_engine(engine::StageContext& context, EngineImage image, std::string id) {
  const std::string called = "`" + image.name + "`", title = image.title();
  Task<Result<std::optional<std::string>>> asking = id_in_engine(context, std::move(image));
  const Result<std::optional<std::string>> now = co_await asking;
  if (!now) {
    context.warn("whether " + called + " is still the same image is not known: " + now.error().message);
    co_return std::nullopt;
  }
  if (!now->has_value()) co_return title + " does not have " + called + " any more";
  if (**now == id) co_return std::nullopt;
  co_return title + " has another image by the name " + called;
}

}  // namespace sdlrun::stages::image
