#include "engine/cache/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <thread>

#include "cache_fixtures.hpp"
#include "engine/cache/state.hpp"
#include "engine/world/fake/fake_files.hpp"
#include "engine/world/real/real_files.hpp"

using namespace sdlrun;
using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

const std::string key(64, 'a');

/// A store in memory, and a step that left a model, a folder of pages and a number.
struct FakeStore {
  FakeFiles files;
  Store store{"/p/.sdl", files};
  std::filesystem::path work = need(store.make_work_directory("train"));
  dsl::Fields outputs{
      {"model", file_value(work / "model.keras")}, {"site", dir_value(work / "site")}, {"accuracy", dsl::Value(0.9)}};

  FakeStore() { leave_outputs("weights"); }

  void leave_outputs(std::string_view model) {
    files.put(work / "model.keras", model);
    files.put(work / "site/index.html", "<html>");
    files.put(work / "site/img/plot.png", "png");
    need(files.make_symbolic_link("index.html", work / "site/start"));
    need(files.make_directories(work / "site/empty"));
  }
  dsl::Fields publish() { return need(store.publish(key, outputs, work)); }
};

const std::string& path_in(const dsl::Fields& outputs, std::size_t index) {
  const auto* file = outputs[index].second.as<dsl::FileValue>();
  return file != nullptr ? file->path : outputs[index].second.as<dsl::DirValue>()->path;
}

std::string digest_in(const dsl::Fields& outputs, std::size_t index) {
  const auto* file = outputs[index].second.as<dsl::FileValue>();
  return file != nullptr ? file->digest : outputs[index].second.as<dsl::DirValue>()->digest;
}

}  // namespace

TEST_CASE("published outputs lie under outputs/<key> with their digests, and values pass through") {
  FakeStore fake;
  const dsl::Fields published = fake.publish();
  CHECK(path_in(published, 0) == "/p/.sdl/outputs/" + key + "/model.keras");
  CHECK(digest_in(published, 0) == "sha256:" + sha256("weights"));
  CHECK(path_in(published, 1) == "/p/.sdl/outputs/" + key + "/site");
  CHECK(published[2].second == dsl::Value(0.9));
  CHECK(need(fake.files.read(path_in(published, 0))) == "weights");
  CHECK(need(fake.files.read(path_in(published, 1) + "/img/plot.png")) == "png");
  CHECK(need(fake.files.read_link(path_in(published, 1) + "/start")) == "index.html");
  CHECK(need(fake.files.status(path_in(published, 1) + "/empty"))->kind == FileKind::directory);
  CHECK(fake.store.is_intact(published, /*verify_content=*/true));
}

TEST_CASE("a published folder has the digest it has anywhere else") {
  FakeStore fake;
  const auto state = memory_state();
  const std::string before = need(FileDigests(fake.files, state->digest_memory()).of(fake.work / "site"));
  CHECK(digest_in(fake.publish(), 1) == before);
}

TEST_CASE("what is published is protected, in the store and in place") {
  FakeStore fake;
  fake.publish();
  int published = 0;
  for (const std::string& path : fake.files.all()) {
    const bool is_content =
        path.starts_with("/p/.sdl/outputs/") || (path.starts_with("/p/.sdl/store/") && !path.ends_with(".tree"));
    if (!is_content || need(fake.files.status(path))->kind != FileKind::regular) continue;
    CHECK_MESSAGE(fake.files.is_protected(path), path);
    ++published;
  }
  CHECK(published == 6);  // three contents, each in the store and in place
}

TEST_CASE("the same content is stored once, whatever its names") {
  FakeStore fake;
  fake.files.put(fake.work / "copy.keras", "weights");
  fake.outputs.emplace_back("copy", file_value(fake.work / "copy.keras"));
  fake.publish();
  int entries = 0;
  for (const std::string& path : fake.files.all())
    entries += path.starts_with("/p/.sdl/store/") && path.ends_with("-7");
  CHECK(entries == 1);
}

TEST_CASE("files are found wherever they stand in a value") {
  FakeStore fake;
  const auto model = file_value(fake.work / "model.keras");
  fake.outputs = {{"list", dsl::Value::list({model})},
                  {"record", dsl::Value::record({{"best", model}})},
                  {"handle", dsl::Value::handle("test.handle", "d", {{"file", model}})}};
  const dsl::Fields published = fake.publish();
  const std::string path = "/p/.sdl/outputs/" + key + "/model.keras";
  CHECK((*published[0].second.as_list())[0].as<dsl::FileValue>()->path == path);
  CHECK(published[1].second.find("best")->as<dsl::FileValue>()->path == path);
  CHECK(published[2].second.find("file")->as<dsl::FileValue>()->path == path);
  CHECK(published[2].second.as<dsl::Handle>()->digest == "d");
}

TEST_CASE("one output may be two, and a file may lie in a folder that is one") {
  FakeStore fake;
  fake.outputs = {{"a", file_value(fake.work / "site/index.html")},
                  {"site", dir_value(fake.work / "site")},
                  {"b", file_value(fake.work / "site/index.html")}};
  const dsl::Fields published = fake.publish();
  CHECK(need(fake.files.read(path_in(published, 0))) == "<html>");
  CHECK(path_in(published, 0) == path_in(published, 2));
  CHECK(fake.store.is_intact(published, true));
}

TEST_CASE("outputs elsewhere must carry a digest, and then stay there") {
  FakeStore fake;
  fake.outputs = {{"shared", dir_value("/cache/env", "tree:1")}};
  CHECK(path_in(fake.publish(), 0) == "/cache/env");
  CHECK_FALSE(need(fake.files.status("/p/.sdl/outputs")).has_value());
  fake.outputs = {{"shared", dir_value("/cache/env")}};
  CHECK(fake.store.publish(key, fake.outputs, fake.work).error().message.find("has no digest") != std::string::npos);
  fake.outputs = {{"escaped", file_value(fake.work / "../../store")}};
  CHECK_FALSE(fake.store.publish(key, fake.outputs, fake.work).has_value());
}

TEST_CASE("an output that is missing or of the wrong kind is an error, and nothing is published") {
  FakeStore fake;
  const auto error = [&](dsl::Value value) {
    return fake.store.publish(key, {{"model", fake.outputs[0].second}, {"x", std::move(value)}}, fake.work)
        .error()
        .message;
  };
  CHECK(error(file_value(fake.work / "gone")).find("gone` is not there") != std::string::npos);
  CHECK(error(file_value(fake.work / "site")) == "the output `site` is a folder, and a file was declared");
  CHECK(error(dir_value(fake.work / "model.keras")) == "the output `model.keras` is a file, and a folder was declared");
  CHECK_FALSE(need(fake.files.status("/p/.sdl/outputs/" + key)).has_value());
}

TEST_CASE("a result is not intact when a file or folder is missing, of another size or of another kind") {
  const auto intact_after = [](const std::function<void(FakeFiles&, const std::string& root)>& change) {
    FakeStore fake;
    const dsl::Fields published = fake.publish();
    change(fake.files, "/p/.sdl/outputs/" + key);
    return fake.store.is_intact(published, false);
  };
  using Root = const std::string&;
  CHECK(intact_after([](FakeFiles&, Root) {}));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) { need(files.remove(root)); }));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) { need(files.remove(root + "/model.keras")); }));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) { need(files.write(root + "/model.keras", "weight")); }));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) { need(files.write(root + "/model.keras", "")); }));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) { need(files.remove(root + "/site/img/plot.png")); }));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) { need(files.write(root + "/site/img/plot.png", "p")); }));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) { need(files.remove(root + "/site/empty")); }));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) {
    need(files.remove(root + "/site/start"));
    need(files.write(root + "/site/start", "x"));
  }));
  CHECK_FALSE(intact_after([](FakeFiles& files, Root root) {
    need(files.remove(root + "/model.keras"));
    need(files.make_directories(root + "/model.keras"));
  }));
}

TEST_CASE("a change that keeps the size is found when the content is verified") {
  FakeStore fake;
  const dsl::Fields published = fake.publish();
  fake.files.corrupt(path_in(published, 0), "WEIGHTS");
  CHECK(fake.store.is_intact(published, false));
  CHECK_FALSE(fake.store.is_intact(published, true));
}

TEST_CASE("a store entry that a power failure cut off is replaced") {
  FakeStore fake;
  const dsl::Fields published = fake.publish();
  for (const std::string& path : fake.files.all()) {
    if (path.starts_with("/p/.sdl/store/") && path.ends_with("-7")) need(fake.files.write(path, ""));
  }
  CHECK(fake.store.is_intact(fake.publish(), true));
}

TEST_CASE("a step's folder that holds its output files and nothing else is put in place as it is") {
  FakeFiles files;
  Store store("/p/.sdl", files);
  const auto work = need(store.make_work_directory("train"));
  const auto temporary = need(store.make_temporary_directory());
  files.put(work / "model.keras", "weights");
  files.put(work / "log.csv", "epoch,loss");
  const dsl::Fields outputs{{"model", file_value(work / "model.keras")}, {"log", file_value("log.csv")}, {"accuracy", dsl::Value(0.9)}};
  const auto inode = need(files.status(work / "model.keras"))->inode;

  SUBCASE("nothing is copied, and nothing is left to be removed") {
    const dsl::Fields published = need(store.publish(key, outputs, work));
    CHECK(path_in(published, 0) == "/p/.sdl/outputs/" + key + "/model.keras");
    CHECK(need(files.status(path_in(published, 0)))->inode == inode);
    CHECK(files.is_protected(path_in(published, 1)));
    CHECK(store.is_intact(published, true));
    CHECK_FALSE(need(files.status(work)).has_value());
    CHECK(store.take_back_directories(work, temporary));
    CHECK(need(store.make_temporary_directory()) == temporary);
  }
  SUBCASE("what no output names is not put there") {
    files.put(work / "scratch", "1");
    const dsl::Fields published = need(store.publish(key, outputs, work));
    CHECK(need(files.list("/p/.sdl/outputs/" + key)) == std::vector<std::string>{"log.csv", "model.keras"});
    CHECK_FALSE(store.take_back_directories(work, temporary));
  }
  SUBCASE("a link is replaced by what it leads to") {
    need(files.remove(work / "log.csv"));
    need(files.make_symbolic_link("model.keras", work / "log.csv"));
    const dsl::Fields published = need(store.publish(key, outputs, work));
    CHECK(need(files.status(path_in(published, 1)))->kind == FileKind::regular);
  }
  SUBCASE("what lies in the folder for programs is to be removed") {
    files.put(temporary / "core", "dump");
    static_cast<void>(need(store.publish(key, outputs, work)));
    CHECK_FALSE(store.take_back_directories(work, temporary));
    store.remove_temporary_directory(temporary);
    CHECK_FALSE(need(files.status(temporary / "core")).has_value());
  }
  SUBCASE("another engine's that came first stays") {
    Store other("/p/.sdl", files);
    const auto other_work = need(other.make_work_directory("train"));
    files.put(other_work / "model.keras", "weights");
    files.put(other_work / "log.csv", "epoch,loss\n1,0.5");
    const dsl::Fields theirs =
        need(other.publish(key, {{"model", file_value("model.keras")}, {"log", file_value("log.csv")}, {"accuracy", dsl::Value(0.9)}}, other_work));
    CHECK(need(store.publish(key, outputs, work)) == theirs);
    CHECK_FALSE(need(files.status(work)).has_value());
  }
}

TEST_CASE("a large file that is linked into outputs again and again is read once, as long as it looks the same") {
  TemporaryFolder folder;
  RealFiles files;
  std::vector<std::string> warnings;
  const auto state = need(open_state(folder / ".sdl", warnings));
  Store store(folder / ".sdl", files, &state->digest_memory());
  const std::filesystem::path layer = folder / "layer";
  const std::string before(2'000'000, 'a'), after(2'000'000, 'b');
  const auto write = [&](std::string_view content, std::time_t modified) {
    write_text(layer, content);
    const std::array<timespec, 2> times{timespec{modified, 0}, timespec{modified, 0}};
    REQUIRE(::utimensat(AT_FDCWD, layer.c_str(), times.data(), 0) == 0);
  };
  const auto digest_of_published = [&](std::string_view step) {
    const auto work = need(store.make_work_directory(step));
    std::filesystem::create_hard_link(layer, work / "layer");
    return digest_in(need(store.publish(sha256(step), {{"layer", file_value(work / "layer")}}, work)), 0);
  };
  write(before, 1'000'000'000);
  CHECK(digest_of_published("one") == "sha256:" + sha256(before));
  write(after, 1'000'000'000);  // as nobody does: it tells that nothing was read
  CHECK(digest_of_published("two") == "sha256:" + sha256(before));
  write(after, 1'000'000'001);
  CHECK(digest_of_published("three") == "sha256:" + sha256(after));
}

TEST_CASE("outputs from before are replaced: whoever runs a step again wants what it gives now") {
  FakeStore fake;
  fake.publish();
  const auto work = need(fake.store.make_work_directory("train"));
  fake.files.put(work / "model.keras", "better weights");
  const dsl::Fields again = need(fake.store.publish(key, {{"model", file_value(work / "model.keras")}}, work));
  CHECK(digest_in(again, 0) == "sha256:" + sha256("better weights"));
  CHECK(need(fake.files.read(path_in(again, 0))) == "better weights");
}

TEST_CASE("where another engine was first, its outputs stay and count") {
  FakeStore fake;
  Store other("/p/.sdl", fake.files);
  const auto other_work = need(other.make_work_directory("train"));
  fake.files.put(other_work / "model.keras", "their weights");
  const dsl::Fields theirs = need(other.publish(key, {{"model", file_value(other_work / "model.keras")}}, other_work));
  fake.outputs = {{"model", file_value(fake.work / "model.keras")}};
  const dsl::Fields ours = fake.publish();
  CHECK(ours == theirs);
  CHECK(need(fake.files.read(path_in(ours, 0))) == "their weights");

  SUBCASE("unless they are damaged") {
    need(fake.files.write(path_in(theirs, 0), "their wei"));
    fake.files.put(fake.work / "model.keras", "weights");
    CHECK(digest_in(fake.publish(), 0) == "sha256:" + sha256("weights"));
  }
}

TEST_CASE("whatever write fails, nothing half-made is to be seen, and the next attempt succeeds") {
  std::size_t all_changes = 0;
  {
    FakeStore fake;
    const std::size_t before = fake.files.changes();
    fake.publish();
    all_changes = fake.files.changes() - before;
  }
  REQUIRE(all_changes > 20);
  std::size_t failures = 0;
  for (std::size_t successes = 0; successes < all_changes; ++successes) {
    FakeStore fake;
    fake.files.fail_changes_after(successes, {"cannot write `x`: no space left on device", "make room"});
    const auto published = fake.store.publish(key, fake.outputs, fake.work);
    if (published) continue;
    ++failures;
    CHECK(published.error().message == "cannot write `x`: no space left on device");
    CHECK_FALSE(need(fake.files.status("/p/.sdl/outputs/" + key)).has_value());
    const dsl::Fields again = fake.publish();
    CHECK(fake.store.is_intact(again, true));
    CHECK(need(fake.files.read(path_in(again, 0))) == "weights");
  }
  // The last rename is tried again: it may have been a lost race, or the first of all outputs, whose folder is made then.
  CHECK(failures >= all_changes - 2);
}

TEST_CASE("work folders are each step's own, under names people recognize") {
  FakeStore fake;
  const auto one = need(fake.store.make_work_directory("eval[small]")),
             two = need(fake.store.make_work_directory("app/script"));
  CHECK(one.filename().string().starts_with("eval_small_-"));
  CHECK(two.filename().string().starts_with("app_script-"));
  CHECK(need(fake.files.list(one)).empty());
  CHECK(need(fake.store.make_work_directory("..")).parent_path() == one.parent_path());
  need(fake.store.remove_work_directory(one));
  CHECK_FALSE(need(fake.files.status(one)).has_value());
  for (const char* path : {"/", "/p", "/p/.sdl", "/p/.sdl/temporary", "/p/.sdl/temporary/../store"}) {
    CHECK_FALSE(fake.store.remove_work_directory(path).has_value());
  }
}

TEST_CASE("a sweep removes what ended engines left, and nothing of running ones") {
  FakeFiles files;
  files.put("/p/.sdl/temporary/123/train-1/half.keras", "…");
  files.put("/p/.sdl/temporary/123.lock", "");
  files.put("/p/.sdl/temporary/456/x", "…");
  Store running("/p/.sdl", files), sweeping("/p/.sdl", files);
  const auto theirs = need(running.make_work_directory("a")), ours = need(sweeping.make_work_directory("b"));
  need(sweeping.sweep());
  CHECK(need(files.status(theirs)).has_value());
  CHECK(need(files.status(ours)).has_value());
  CHECK(need(files.list("/p/.sdl/temporary")).size() == 4);  // a folder and a lock each
}

TEST_CASE("a store that was not used touches nothing, and one that was leaves nothing temporary") {
  FakeFiles files;
  { Store store("/p/.sdl", files); }
  CHECK(files.changes() == 0);
  need(Store("/p/.sdl", files).sweep());
  CHECK(files.changes() == 0);
  {
    Store store("/p/.sdl", files);
    need(store.make_work_directory("a"));
  }
  CHECK(need(files.list("/p/.sdl/temporary")).empty());
}

// ---- on a real disk
// --------------------------------------------------------------------------------------------------

TEST_CASE("on a real disk: large files are linked, small ones copied, all read-only, executables stay so") {
  TemporaryFolder folder;
  RealFiles files;
  Store store(folder / "sdl", files);
  const auto work = need(store.make_work_directory("train"));
  write_text(work / "large", std::string(1'000'000, 'x'));
  write_text(work / "dir/small.sh", "#!/bin/sh\n");
  ::chmod((work / "dir/small.sh").c_str(), 0755);
  const dsl::Fields published =
      need(store.publish(key, {{"large", file_value(work / "large")}, {"dir", dir_value(work / "dir")}}, work));
  const auto large = need(files.status(path_in(published, 0))),
             small = need(files.status(path_in(published, 1) + "/small.sh"));
  CHECK(small->links == 1);
  CHECK(small->executable);
  for (const std::string& path : {path_in(published, 0), path_in(published, 1) + "/small.sh"}) {
    struct stat found {};
    REQUIRE(::stat(path.c_str(), &found) == 0);
    CHECK((found.st_mode & 0222) == 0);
  }
  need(store.remove_work_directory(work));
  CHECK(store.is_intact(published, true));
  CHECK(large->size == 1'000'000);
}

TEST_CASE("on a real disk: a step's folder becomes another's, empty, and only while it is as it was made") {
  TemporaryFolder folder;
  RealFiles files;
  Store store(folder / "sdl", files);
  const auto inode_of = [&](const std::filesystem::path& path) { return need(files.status(path))->inode; };
  const auto first = need(store.make_work_directory("a"));
  const auto inode = inode_of(first);
  write_text(first / "left/behind.txt", "x");
  write_text(first / ".hidden", "x");
  need(store.remove_work_directory(first));
  const auto second = need(store.make_work_directory("b"));
  CHECK(inode_of(second) == inode);
  CHECK(second.filename().string().starts_with("b-"));
  CHECK(need(files.list(second)).empty());
  ::chmod(second.c_str(), 0500);
  need(store.remove_work_directory(second));
  const auto third = need(store.make_work_directory("c"));
  struct stat found {};
  REQUIRE(::stat(third.c_str(), &found) == 0);
  CHECK((found.st_mode & 0200) != 0);
  CHECK_FALSE(std::filesystem::exists(second));
}

TEST_CASE("on a real disk: an output that is a file alone is moved, not copied") {
  TemporaryFolder folder;
  RealFiles files;
  Store store(folder / "sdl", files);
  const auto work = need(store.make_work_directory("train"));
  write_text(work / "small", "x");
  const auto before = need(files.status(work / "small"))->inode;
  const dsl::Fields published = need(store.publish(key, {{"small", file_value(work / "small")}}, work));
  CHECK(need(files.status(path_in(published, 0)))->inode == before);
  CHECK(store.is_intact(published, true));
}

TEST_CASE("on a real disk: a file that has other names is copied, and theirs stay writable") {
  TemporaryFolder folder;
  RealFiles files;
  Store store(folder / "sdl", files);
  const auto work = need(store.make_work_directory("train"));
  write_text(folder / "mine.csv", std::string(10'000, 'm'));
  std::filesystem::create_hard_link(folder / "mine.csv", work / "out.csv");
  const dsl::Fields published = need(store.publish(key, {{"csv", file_value(work / "out.csv")}}, work));
  write_text(folder / "mine.csv", std::string(10'000, 'n'));
  CHECK(store.is_intact(published, true));
  CHECK((std::filesystem::status(folder / "mine.csv").permissions() & std::filesystem::perms::owner_write) !=
        std::filesystem::perms::none);
}

TEST_CASE("on a real disk: what a killed engine left is swept, while a living one's work stays") {
  TemporaryFolder folder;
  RealFiles files;
  Store store(folder / "sdl", files);
  const auto ours = need(store.make_work_directory("ours"));
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    Store killed(folder / "sdl", files);
    const auto work = killed.make_work_directory("theirs");
    write_text(*work / "read-only", "x");
    static_cast<void>(files.protect(*work / "read-only"));
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  CHECK(need(files.list(folder / "sdl/temporary")).size() == 4);
  need(store.sweep());
  CHECK(need(files.list(folder / "sdl/temporary")).size() == 2);
  CHECK(need(files.status(ours)).has_value());
}

TEST_CASE("on a real disk: engines that publish one key at once agree on what it holds") {
  TemporaryFolder folder;
  RealFiles files;
  constexpr int engines = 6;
  std::vector<std::thread> threads;
  std::vector<std::string> digests(engines);
  std::vector<std::unique_ptr<Store>> stores;
  std::vector<std::filesystem::path> works;
  for (int engine = 0; engine < engines; ++engine) {
    stores.push_back(std::make_unique<Store>(folder / "sdl", files));
    works.push_back(need(stores.back()->make_work_directory("train")));
    write_text(works.back() / "model", "weights of " + std::to_string(engine));
  }
  for (int engine = 0; engine < engines; ++engine) {
    threads.emplace_back([&, engine] {
      const auto published =
          stores[engine]->publish(key, {{"model", file_value(works[engine] / "model")}}, works[engine]);
      digests[engine] = published ? digest_in(*published, 0) : published.error().message;
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string there = "sha256:" + sha256(read_text(folder / "sdl/outputs" / key / "model"));
  for (const std::string& digest : digests) CHECK(digest == there);
}
