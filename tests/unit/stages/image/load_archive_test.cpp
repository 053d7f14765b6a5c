// The archive that Docker and containerd both take.
#include "stages/image/load/load_archive.hpp"

#include <nlohmann/json.hpp>

#include "image_fixtures.hpp"
#include "stages/image/archive.hpp"

using namespace sdlrun;
using namespace sdlrun::stages::image;
using namespace sdlrun::stages::image::tests;
using nlohmann::json;

namespace {

const std::function<bool()> goes_on = [] { return false; };

Image image_of_one_layer(engine::FakeFiles& files) {
  write(files, "/src/a", "hello");
  LayerEntries entries;
  need(add_entries(files, "/src", "opt", entries));
  const MadeLayer layer = need(make_layer({.files = files, .blobs = blobs_of("/layout"), .threads = 2}, entries));
  const Config config = changed(empty_config({}), {.layers = {{.diff_id = layer.diff_id, .made_by = "test"}}});
  const Manifest manifest{.config = need(write_blob(files, blobs_of("/layout"), media::config, encode(config))), .layers = {layer.blob}};
  const Descriptor descriptor = need(write_blob(files, blobs_of("/layout"), media::manifest, encode(manifest)));
  return need(read_image(files, "/layout", descriptor.digest, "`/layout`"));
}

std::map<std::string, std::string> files_in(const std::string& tar) {
  std::map<std::string, std::string> content;
  std::string* current = nullptr;
  TarReader reader({.on_entry = [&](const TarEntry& entry) { current = entry.type == '0' ? &content[entry.name] : nullptr; return engine::Result<void>(); },
                    .on_content = [&](std::string_view bytes) { current->append(bytes); return engine::Result<void>(); }});
  need(reader.add(tar));
  need(reader.finish());
  return content;
}

}  // namespace

TEST_CASE("both lists of an archive name the same contents") {
  engine::FakeFiles files;
  const Image image = image_of_one_layer(files);
  need(write_load_archive(files, image, need(parse_reference("team/app:1")), "/work/image.tar", goes_on));
  const auto content = files_in(need(files.read("/work/image.tar")));
  const json docker = json::parse(content.at("manifest.json"));
  CHECK(docker[0]["RepoTags"] == json::array({"docker.io/team/app:1"}));
  CHECK("sha256:" + engine::sha256(content.at(docker[0]["Config"].get<std::string>())) == image.manifest.config.digest);
  CHECK("sha256:" + engine::sha256(content.at(docker[0]["Layers"][0].get<std::string>())) == image.manifest.layers[0].digest);
  const json index = json::parse(content.at("index.json"));
  CHECK(index["manifests"][0]["digest"] == image.digest);
  CHECK(index["manifests"][0]["annotations"] == json({{"io.containerd.image.name", "docker.io/team/app:1"}, {"org.opencontainers.image.ref.name", "1"}}));
  CHECK(content.at("blobs/sha256/" + digits_of(image.digest)) == image.manifest_text);
  CHECK(content.count("oci-layout") == 1);
}

TEST_CASE("what is written is what is read") {
  engine::FakeFiles files;
  const Image image = image_of_one_layer(files);
  need(write_load_archive(files, image, need(parse_reference("app")), "/work/image.tar", goes_on));
  CHECK(need(read_archive(files, "/work/image.tar", "/read", {}, goes_on)).digest == image.digest);
}

TEST_CASE("it can be stopped, and a layer that is cut off is an error") {
  engine::FakeFiles files;
  const Image image = image_of_one_layer(files);
  CHECK(message(write_load_archive(files, image, need(parse_reference("app")), "/work/image.tar", [] { return true; })) == "stopped");
  files.corrupt(image.blob(image.manifest.layers[0]), "x");
  CHECK(contains(message(write_load_archive(files, image, need(parse_reference("app")), "/work/image.tar", goes_on)), "is shorter than its image says"));
}
