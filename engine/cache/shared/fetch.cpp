#include "engine/cache/shared/fetch.hpp"

#include "engine/cache/shared/materialize.hpp"
#include "engine/cache/shared/sharable.hpp"
#include "engine/task/lanes.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::size_t downloads_at_once = 8;

/// A step's folder in temporary/, for what is fetched.
class WorkDirectory {
 public:
  WorkDirectory(Store& store, std::filesystem::path path) : store_(store), path_(std::move(path)) {}
  ~WorkDirectory() { static_cast<void>(store_.remove_work_directory(path_)); }
  WorkDirectory(const WorkDirectory&) = delete;
  WorkDirectory& operator=(const WorkDirectory&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  Store& store_;
  std::filesystem::path path_;
};

Fetched nothing() { return {}; }
Fetched no_answer(Error error) { return {.error = std::move(error), .has_answered = false}; }
Fetched bad_content(Error error) { return {.error = std::move(error)}; }

/// False where the server has it no more.
Task<Result<bool>> download(const Fetching* fetching, Materialization* made, const SharedFile* file) {
  HttpRequest request = fetching->server.get_blob(file->digits(), file->size, made->place_of(*file));
  const HttpRequest asked = request;
  Task<Result<HttpResponse>> calling = fetching->call(std::move(request));
  const Result<HttpResponse> response = co_await calling;
  if (!response) co_return tl::unexpected(response.error());
  if (is_missing(*response)) co_return false;
  if (response->status != 200) co_return tl::unexpected(fetching->server.refusal(*response, asked));
  if (auto good = made->check(*file); !good) {
    fetching->spoiled.add(file->digits());
    co_return tl::unexpected(std::move(good.error()));
  }
  co_return true;
}

Result<StepResult> publish(const Fetching& fetching, const SharedEntry& entry, Materialization& made) {
  auto outputs = made.finish(entry.outputs);
  if (!outputs) return tl::unexpected(std::move(outputs.error()));
  auto published = fetching.store.publish(fetching.key, *outputs, made.folder());
  if (!published) return tl::unexpected(std::move(published.error()));
  return StepResult{.key = fetching.key, .outputs = std::move(*published), .warnings = entry.warnings, .duration = entry.duration};
}

Task<Fetched> fetch_files(const Fetching* fetching, const SharedEntry* entry) {
  const auto folder = fetching->store.make_work_directory(fetching->step.name);
  if (!folder) co_return nothing();  // the step itself will say why
  const WorkDirectory work(fetching->store, *folder);
  Materialization made(fetching->files, fetching->store.state_folder(), work.path());
  const auto begun = made.begin(entry->files);
  if (!begun) co_return bad_content(begun.error());
  const std::vector<SharedFile>& missing = made.missing();
  if (fetching->on_found) fetching->on_found(made.missing_bytes());
  std::function<Task<Result<bool>>(std::size_t)> one = [fetching, &made, &missing](std::size_t index) { return download(fetching, &made, &missing[index]); };
  Task<Result<bool>> downloading = in_lanes(missing.size(), downloads_at_once, std::move(one));
  const Result<bool> downloaded = co_await downloading;
  if (!downloaded) co_return bad_content(downloaded.error());
  if (!*downloaded) co_return nothing();
  Result<StepResult> published = publish(*fetching, *entry, made);
  if (!published) co_return bad_content(published.error());
  co_return Fetched{.result = std::move(*published)};
}

}  // namespace

Task<Fetched> fetch_shared(Fetching fetching) {
  HttpRequest request = fetching.server.get_entry(fetching.key);
  const HttpRequest asked = request;
  Task<Result<HttpResponse>> calling = fetching.call(std::move(request));
  const Result<HttpResponse> response = co_await calling;
  if (!response) co_return no_answer(response.error());
  if (is_missing(*response)) co_return nothing();
  if (response->status != 200) co_return no_answer(fetching.server.refusal(*response, asked));
  const Result<SharedEntry> entry = decode_shared_entry(response->body, fetching.key);
  if (!entry) co_return bad_content(entry.error());
  if (!are_outputs_of(fetching.step, entry->outputs)) {
    Error other{.message = "what it holds for a step has other outputs than the step", .hint = "is it a cache of sdlrun's? See docs/shared-cache.md"};
    co_return bad_content(std::move(other));
  }
  Task<Fetched> files = fetch_files(&fetching, &*entry);
  Fetched fetched = co_await files;
  co_return fetched;
}

}  // namespace sdlrun::engine
