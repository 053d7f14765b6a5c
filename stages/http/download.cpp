#include "stages/http/download.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <filesystem>

#include "engine/cache/file_content.hpp"
#include "engine/world/another_try.hpp"

namespace sdlrun::stages {

namespace fs = std::filesystem;
using engine::Result;
using engine::Task;

namespace {

constexpr int most_attempts = 5;
constexpr std::size_t longest_name = 255;  // of Linux

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = bytes / 100'000;
  return std::to_string(tenths / 10) + "." + std::to_string(tenths % 10);
}

engine::Error refused(int status, const std::string& url) {
  const std::string message = "the server answered " + std::to_string(status) + " for " + url;
  if (status == 404 || status == 410) return {.message = message + ": there is no such file", .hint = "check the URL"};
  if (status == 401 || status == 403) return {.message = message + ": it wants to know who asks", .hint = "is the file public? Credentials are not handed over by this stage"};
  if (status == 429) return {.message = message + ": it was asked too often", .hint = "try again later"};
  return {.message = message, .hint = status >= 500 ? "the server has a problem: try again later" : "check the URL"};
}

/// Gets the file into `partial`, going on where an earlier attempt (also of a run that was killed) was cut off.
Task<Result<bool>> fetch(engine::StageContext& context, std::string url, fs::path partial) {
  for (int attempt = 0;; ++attempt) {
    std::error_code code;
    const std::uintmax_t size = fs::file_size(partial, code);
    engine::HttpRequest request;
    request.url = url;
    request.body_file = partial;
    request.resume_from = code ? 0 : size;
    const auto shown = std::make_shared<std::atomic<std::uint64_t>>(0);
    request.on_progress = [&context, shown](std::uint64_t received, std::uint64_t expected) {
      constexpr std::uint64_t step = 1'000'000;
      if (received < shown->load() + step) return;
      shown->store(received);
      context.progress(megabytes(received) + (expected > 0 ? " of " + megabytes(expected) : "") + " MB");
    };
    const std::uint64_t asked_from = request.resume_from;
    Task<Result<engine::HttpResponse>> calling = context.http(std::move(request));
    const Result<engine::HttpResponse> response = co_await calling;
    if (context.stopping()) co_return engine::failure("stopped");
    if (response && (response->status == 200 || response->status == 206)) co_return true;
    // 416: there is nothing behind what we have. Whether that is the file, its digest tells.
    if (response && response->status == 416 && asked_from > 0) co_return true;
    const bool again = response ? engine::is_worth_another_try(response->status) : response.error().transient;
    if (!again || attempt + 1 == most_attempts) {
      if (response) co_return tl::unexpected(refused(response->status, url));
      co_return tl::unexpected(response.error());
    }
    context.log("attempt " + std::to_string(attempt + 1) + ": " + (response ? "answer " + std::to_string(response->status) : response.error().message));
    Task<bool> sleeping = context.sleep(engine::pause_before(attempt, response));
    co_await sleeping;
  }
}

/// The digest of the file that is in `partial` then. Where the beginning came from an earlier run and the whole is not what
/// is wanted, the beginning may be of another file: it is fetched once more, from the start.
Task<Result<std::string>> fetch_wanted(engine::StageContext& context, std::string url, fs::path partial, std::string wanted) {
  std::error_code code;
  for (bool goes_on = fs::exists(partial, code);; goes_on = false) {
    Task<Result<bool>> fetching = fetch(context, url, partial);
    const Result<bool> fetched = co_await fetching;
    if (!fetched) co_return tl::unexpected(fetched.error());
    const Result<engine::FileContent> found = engine::content_of(context.world().files, partial);
    if (!found) co_return tl::unexpected(found.error());
    if (found->digits == wanted || !goes_on) co_return found->digits;
    context.log("what an earlier run had begun does not fit: starting over");
    fs::remove(partial, code);
  }
}

std::string name_in(const std::string& url) {
  const std::string path = url.substr(0, url.find_first_of("?#"));
  const std::string name = fs::path(path).filename().string();
  return name.empty() || name == "." || name == ".." ? "download" : name;
}

class HttpDownload final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "url") return "download " + dsl::plain_text(value);
    }
    return "download a file";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    std::string url = context.inputs().text("url");
    std::string wanted = context.inputs().text("sha256");
    std::transform(wanted.begin(), wanted.end(), wanted.begin(), [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    if (wanted.size() != 64 || wanted.find_first_not_of("0123456789abcdef") != std::string::npos) {
      co_return engine::failure("`sha256` is not 64 hexadecimal digits", "`sha256sum FILE` gives them for a file that you trust");
    }
    if (!url.starts_with("http://") && !url.starts_with("https://")) co_return engine::failure("`" + url + "` is no http or https URL", "a file of this machine is written as a `file`");
    const fs::path name = context.inputs().has("name") ? context.inputs().text("name") : name_in(url);
    if (name.has_parent_path() || name.empty() || name == "." || name == "..") co_return engine::failure("`" + name.string() + "` is no name for a file", "give a name without folders");
    if (name.native().size() > longest_name) co_return engine::failure("the file would have a name of " + std::to_string(name.native().size()) + " bytes, and 255 are possible", "give it a shorter one by `name`");
    const fs::path partial = context.shared_cache_directory() / "downloads" / wanted;
    std::error_code code;
    fs::create_directories(partial.parent_path(), code);
    std::string section = "download-" + wanted;
    Task<Result<std::shared_ptr<void>>> locking = context.lock_shared(std::move(section));
    const Result<std::shared_ptr<void>> lock = co_await locking;
    if (!lock) co_return tl::unexpected(lock.error());
    Task<Result<std::string>> fetching = fetch_wanted(context, url, partial, wanted);
    const Result<std::string> found = co_await fetching;
    if (!found) co_return tl::unexpected(found.error());
    const fs::path target = context.work_directory() / name;
    if (*found != wanted) {
      fs::remove(partial, code);
      co_return engine::failure("what " + url + " gave is not the file that was asked for", "if the file has rightly changed, write its new digest", "sha256 expected " + wanted + "\nsha256 found    " + *found);
    }
    fs::rename(partial, target, code);
    if (code) fs::copy_file(partial, target, code);  // the shared cache may lie on another disk
    if (code) co_return engine::failure("cannot write " + target.string() + ": " + code.message(), "is the disk full?");
    fs::remove(partial, code);
    co_return engine::StageOutputs{{"file", dsl::Value(dsl::Value::Data(dsl::FileValue{target.string(), ""}))}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("http", "download", "Downloads a file and verifies it.")
          .doc("A download that was cut off goes on where it ended, also in a later run. Network errors and answers such as 503 are tried again, "
               "with growing pauses. A file with another digest is not taken.")
          .example("step data = http.download {\n"
                   "  url = \"https://example.com/data.csv\"\n"
                   "  sha256 = \"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\"\n"
                   "}")
          .input("url", "string", "Where the file is, by http or https; redirects are followed.")
          .input("sha256", "string", "The SHA-256 of its content, 64 hexadecimal digits.")
          .input("name", "string?", "The file's name; none: the last part of the URL.", "none")
          .output("file", "file", "The file.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> http_download_stage() { return std::make_unique<HttpDownload>(); }

}  // namespace sdlrun::stages
