// Manifests, configurations, layouts, archives and names of images, as others write them and as they should not be.
#include "image_fixtures.hpp"
#include "stages/image/archive.hpp"
#include "stages/image/package_layer.hpp"
#include "stages/image/reference.hpp"

namespace sdlrun::stages::image::tests {

namespace {

const std::string digits(64, 'a');

/// An image of one layer in a layout.
Descriptor make_layout(engine::FakeFiles& files, const std::filesystem::path& layout, const Platform& platform = {}) {
  write(files, "/content", "hello");
  LayerEntries entries;
  need(add_entries(files, "/content", "opt/hello", entries));
  const MadeLayer layer = need(make_layer({.files = files, .blobs = blobs_of(layout), .threads = 1}, need(placed_above({}, entries))));
  const Config config = changed(empty_config(platform), {.layers = {{layer.diff_id, "test"}}});
  Manifest manifest{.config = need(write_blob(files, blobs_of(layout), media::config, encode(config))), .layers = {layer.blob}};
  Descriptor descriptor = need(write_blob(files, blobs_of(layout), media::manifest, encode(manifest)));
  descriptor.platform = platform;
  need(write_layout(files, layout, descriptor));
  return descriptor;
}

std::string shown(const engine::Result<Reference>& reference) { return reference ? reference_text(*reference) : reference.error().message; }

const auto never = [] { return false; };

}  // namespace

TEST_CASE("names of images") {
  CHECK(shown(parse_reference("python")) == "docker.io/library/python:latest");
  CHECK(shown(parse_reference("apache/spark:4.0.1-python3")) == "docker.io/apache/spark:4.0.1-python3");
  CHECK(shown(parse_reference("localhost/a")) == "localhost/a:latest");
  CHECK(shown(parse_reference("Registry.Example.com:5000/team/a_b/c__d/e-f:V1")) == "registry.example.com:5000/team/a_b/c__d/e-f:V1");
  CHECK(shown(parse_reference("127.0.0.1:5000/x@sha256:" + digits)) == "127.0.0.1:5000/x@sha256:" + digits);
  CHECK(shown(parse_reference("[::1]:5000/x")) == "[::1]:5000/x:latest");
  CHECK(shown(parse_reference("index.docker.io/python:3")) == "docker.io/library/python:3");
  CHECK(parse_reference("a:1@sha256:" + digits)->version() == "sha256:" + digits);
  CHECK(parse_repository("a/b")->tag.empty());
}

TEST_CASE("what is no name of an image") {
  CHECK(contains(shown(parse_reference("https://host.example/x")), "no `https://` stands before one"));
  CHECK(contains(shown(parse_reference("./image.tar")), "it looks like a path"));
  CHECK(contains(shown(parse_reference("Team/Image")), "it has capital letters"));
  CHECK(contains(shown(parse_reference("host.example:99999/x")), "is no host"));
  CHECK(contains(shown(parse_reference("x:")), "is no tag"));
  CHECK(contains(shown(parse_reference("x:a b")), "is no tag"));
  CHECK(contains(shown(parse_reference("x@sha256:12")), "is no digest"));
  CHECK(contains(shown(parse_reference("a//b")), "is no name"));
  CHECK(contains(shown(parse_reference("")), "is no name"));
  CHECK(contains(shown(parse_reference("host.example/../x")), "is no name"));
  CHECK(contains(shown(parse_reference("user@host.example/x")), "is no digest"));
}

TEST_CASE("what is this machine") {
  for (const char* host : {"localhost", "localhost:5000", "127.0.0.1", "127.1.2.3:80", "[::1]:5000"}) CHECK_MESSAGE(is_loopback(host), host);
  for (const char* host : {"127.example.com", "localhost.example.com", "10.0.0.1:5000", "[::2]"}) CHECK_MESSAGE(!is_loopback(host), host);
}

TEST_CASE("platforms") {
  CHECK(platform_text(need(parse_platform("linux/arm64/v8"))) == "linux/arm64/v8");
  CHECK(platform_text(need(parse_platform("linux/x86_64"))) == "linux/amd64");
  for (const char* text : {"", "linux", "amd64", "linux/", "a/b/c/d", "Linux/amd64", "linux/../x"}) CHECK_MESSAGE(contains(message(parse_platform(text)), "is no platform"), text);
  CHECK(serves({"linux", "arm64", "v8"}, {"linux", "arm64", ""}));
  CHECK(serves({"linux", "arm64", ""}, {"linux", "arm64", "v8"}));
  CHECK_FALSE(serves({"linux", "arm", "v6"}, {"linux", "arm", "v7"}));
}

TEST_CASE("a manifest is the same again, byte for byte") {
  Manifest manifest{.config = {.media_type = media::config, .digest = "sha256:" + digits, .size = 7}, .layers = {{.media_type = media::layer_gzip, .digest = "sha256:" + digits, .size = 9}}};
  manifest.annotations["a"] = "b";
  const std::string text = encode(manifest);
  const auto again = need(decode_manifest(text, "x"));
  CHECK(std::get<Manifest>(again) == manifest);
  CHECK(encode(std::get<Manifest>(again)) == text);
}

TEST_CASE("manifests that are none") {
  const auto error = [](const std::string& text) { return message(decode_manifest(text, "x")); };
  CHECK(contains(error("{"), "is no JSON"));
  CHECK(contains(error("[]"), "is no JSON"));
  CHECK(contains(error("{}"), "names neither"));
  CHECK(contains(error(R"({"config":{"digest":"sha256:../../etc","size":1},"layers":[]})"), "is no SHA-256 digest"));
  CHECK(contains(error(R"({"config":{"digest":"sha256:)" + digits + R"("},"layers":[]})"), "has no size"));
  CHECK(contains(error(R"({"config":{"digest":"sha256:)" + digits + R"(","size":-1},"layers":[]})"), "has no size"));
  CHECK(contains(error(R"({"schemaVersion":1,"fsLayers":[]})"), "names neither"));
  CHECK(contains(error(std::string(100'000, '[')), "is no JSON"));
}

TEST_CASE("the platform is chosen from an index, and attestations are no images") {
  const Descriptor one{.media_type = media::manifest, .digest = "sha256:" + digits, .size = 1, .platform = Platform{"linux", "amd64", ""}};
  Descriptor attestation = one;
  attestation.platform = Platform{"unknown", "unknown", ""};
  Descriptor arm = one;
  arm.platform = Platform{"linux", "arm64", "v8"};
  const Index index{{attestation, one, arm}};
  CHECK(need(choose(index, {"linux", "arm64", ""}, "x")) == arm);
  const auto none = choose(index, {"linux", "s390x", ""}, "`x`");
  CHECK(message(none) == "`x` is not there for the platform linux/s390x");
  CHECK(contains(none.error().hint, "linux/amd64, linux/arm64/v8"));
  CHECK(message(choose(Index{{attestation}}, {}, "`x`")) == "`x` holds no image");
}

TEST_CASE("a configuration keeps what the base says, and is changed where it is said") {
  const Config base{nlohmann::json::parse(R"({"architecture":"amd64","os":"linux","created":"2024-05-06T07:08:09Z","docker_version":"20",
    "config":{"Env":["PATH=/bin","A=1"],"Cmd":["sh"],"Labels":{"x":"y"},"Healthcheck":{"Test":["NONE"]}},"rootfs":{"type":"layers","diff_ids":["sha256:1"]},"history":[{"created_by":"base"}]})")};
  const Config result = changed(base, {.layers = {{"sha256:2", "files"}}, .variables = {{"A", "2"}, {"B", "3"}}, .labels = {{"z", "w"}}, .user = "1000", .entrypoint = std::vector<std::string>{"run"}});
  CHECK(encode(result) ==
        R"({"architecture":"amd64","config":{"Entrypoint":["run"],"Env":["PATH=/bin","A=2","B=3"],"Healthcheck":{"Test":["NONE"]},"Labels":{"x":"y","z":"w"},"User":"1000"},)"
        R"("created":"1970-01-01T00:00:00Z","history":[{"created_by":"base"},{"created":"1970-01-01T00:00:00Z","created_by":"files"}],"os":"linux","rootfs":{"diff_ids":["sha256:1","sha256:2"],"type":"layers"}})");
  CHECK(base.variable("A") == "1");
  CHECK(base.variable("PAT").empty());
}

TEST_CASE("a layout is read as it was written") {
  engine::FakeFiles files;
  const Descriptor descriptor = make_layout(files, "/image");
  const Image image = need(read_layout(files, "/image", {}, "`/image`"));
  CHECK(image.digest == descriptor.digest);
  CHECK(image.manifest.layers.size() == 1);
  CHECK(need(read_image(files, "/image", descriptor.digest, "x")).digest == descriptor.digest);
  CHECK(contains(message(read_layout(files, "/image", {"linux", "arm64", ""}, "`/image`")), "is not there for the platform linux/arm64"));
  CHECK(contains(message(read_layout(files, "/elsewhere", {}, "`/elsewhere`")), "is no image layout"));
}

TEST_CASE("a layout whose contents are not what their digests say is refused") {
  engine::FakeFiles files;
  const Descriptor descriptor = make_layout(files, "/image");
  const auto blob = blobs_of("/image") / digits_of(descriptor.digest);
  std::string text = need(files.read(blob));
  text[text.size() / 2] ^= 1;
  need(files.write(blob, text));
  const auto changed_text = read_layout(files, "/image", {}, "`/image`");
  CHECK(message(changed_text) == "`/image`: a content is not what its digest says");
  CHECK(contains(changed_text.error().detail, descriptor.digest));
  need(files.write(blob, text.substr(1)));
  CHECK(contains(message(read_layout(files, "/image", {}, "`/image`")), "bytes instead of"));
  need(files.remove(blob));
  CHECK(contains(message(read_layout(files, "/image", {}, "`/image`")), "is missing"));
}

TEST_CASE("an index that names itself ends") {
  engine::FakeFiles files;
  write(files, "/image/oci-layout", "{}");
  Descriptor inner = need(write_blob(files, blobs_of("/image"), media::index, encode(Index{})));
  for (int depth = 0; depth < 10; ++depth) inner = need(write_blob(files, blobs_of("/image"), media::index, encode(Index{{inner}})));
  write(files, "/image/index.json", encode(Index{{inner}}));
  CHECK(contains(message(read_layout(files, "/image", {}, "x")), "without end"));
}

// ---- archives ------------------------------------------------------------------------------------------------------

namespace {

/// What `docker save` writes: `manifest.json` behind what it names.
struct Archive {
  std::string bytes;
  TarWriter writer{[this](std::string_view piece) { bytes += piece; return engine::Result<void>(); }};

  void file(const std::string& name, const std::string& content) {
    need(writer.file(name, content.size(), false));
    if (!content.empty()) need(writer.content(content));
  }
};

std::string layer_tar() {
  Archive layer;
  layer.file("etc/x", "1");
  need(layer.writer.finish());
  return layer.bytes;
}

std::string config_text(const std::string& diff_id) {
  return R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[")" + diff_id + R"("]}})";
}

std::string docker_archive(const std::string& config, const std::string& layer) {
  const std::string name = digits_of(digest_of_bytes(config)) + ".json";
  Archive archive;
  archive.file(name, config);
  archive.file("0/real.tar", layer);
  need(archive.writer.directory("1", 0755));
  need(archive.writer.link("1/layer.tar", "../0/real.tar"));
  archive.file("manifest.json", R"([{"Config":")" + name + R"(","RepoTags":["a:1"],"Layers":["1/layer.tar"]}])");
  need(archive.writer.finish());
  return archive.bytes;
}

engine::Result<Image> read_bytes(const std::string& bytes) {
  engine::FakeFiles files;
  write(files, "/a.tar", bytes);
  need(files.make_directories("/work"));
  return read_archive(files, "/a.tar", "/work", {}, never);
}

}  // namespace

TEST_CASE("what docker save has written becomes an image") {
  const std::string tar = layer_tar(), config = config_text(digest_of_bytes(tar));
  const Image image = need(read_bytes(docker_archive(config, tar)));
  CHECK(image.config.diff_ids() == std::vector<std::string>{digest_of_bytes(tar)});
  CHECK(image.manifest.layers.at(0).media_type == media::layer_gzip);
  CHECK(image.manifest.config.digest == digest_of_bytes(config));
}

TEST_CASE("a layer that is not what the configuration says is refused") {
  const std::string tar = layer_tar();
  CHECK(contains(message(read_bytes(docker_archive(config_text(digest_of_bytes("other")), tar))), "is not what its digest says"));
}

TEST_CASE("an archive of a layout, as newer Dockers and skopeo write it") {
  engine::FakeFiles files;
  const Descriptor descriptor = make_layout(files, "/image");
  Archive archive;
  for (const char* name : {"oci-layout", "index.json"}) archive.file(name, need(files.read(std::filesystem::path("/image") / name)));
  for (const std::string& name : need(files.list(blobs_of("/image")))) archive.file("blobs/sha256/" + name, need(files.read(blobs_of("/image") / name)));
  need(archive.writer.finish());
  CHECK(need(read_bytes(archive.bytes)).digest == descriptor.digest);
}

TEST_CASE("archives that are none") {
  const std::string tar = layer_tar(), whole = docker_archive(config_text(digest_of_bytes(tar)), tar);
  CHECK(contains(message(read_bytes("no tar at all" + std::string(1000, '.'))), "the archive is damaged"));
  CHECK(contains(message(read_bytes(zipped(whole))), "the archive is compressed"));
  CHECK(contains(message(read_bytes(whole.substr(0, 2000))), "it was cut off"));
  CHECK(contains(message(read_bytes(tar)), "is no archive of an image"));
  Archive two;
  two.file("manifest.json", R"([{"RepoTags":["a:1"]},{"RepoTags":["b:2"]}])");
  need(two.writer.finish());
  CHECK(contains(message(read_bytes(two.bytes)), "holds 2 images: a:1, b:2"));
  Archive missing;
  missing.file("manifest.json", R"([{"Config":"x.json","Layers":["y"]}])");
  need(missing.writer.finish());
  CHECK(contains(message(read_bytes(missing.bytes)), "configuration `x.json` is missing"));
}

TEST_CASE("an archive cannot write or read outside of its folder") {
  engine::FakeFiles files;
  write(files, "/secret", "{}");
  Archive archive;
  archive.file("../../escaped", "x");
  archive.file("/absolute", "x");
  need(archive.writer.link("config.json", "/secret"));
  archive.file("manifest.json", R"([{"Config":"config.json","Layers":["../../secret"]}])");
  need(archive.writer.finish());
  write(files, "/a.tar", archive.bytes);
  need(files.make_directories("/work/deep"));
  CHECK_FALSE(read_archive(files, "/a.tar", "/work/deep", {}, never));
  for (const std::string& path : files.all()) CHECK_MESSAGE((path.starts_with("/work") || path == "/secret" || path == "/a.tar" || path == "/"), path);
}

// ---- packages ------------------------------------------------------------------------------------------------------

TEST_CASE("of an environment its packages are taken, and nothing that only this machine has") {
  const PythonEnvironment python{.folder = "/env", .version = "3.11", .requirements = "", .packages = dsl::Value::map({{"six", dsl::Value::text("1.16.0")}})};
  for (const char* taken : {"six.py", "six-1.16.0.dist-info/METADATA", "pyspark/jars/a.jar", "pipeline/x.py", "a/RECORD", "a-1.dist-info/licenses/RECORD"}) CHECK_MESSAGE(is_packaged(taken, python), taken);
  for (const char* left : {"__pycache__", "a/__pycache__", "a/b.pyc", "pip", "pip/main.py", "pip-23.0.1.dist-info", "setuptools/x", "_virtualenv.py", "_virtualenv.pth", "distutils-precedence.pth",
                           "six-1.16.0.dist-info/RECORD", "six-1.16.0.dist-info/INSTALLER", "six-1.16.0.dist-info/direct_url.json"}) {
    CHECK_MESSAGE(!is_packaged(left, python), left);
  }
  const PythonEnvironment with_both{.folder = "/env", .version = "3.11", .requirements = "", .packages = dsl::Value::map({{"pip", dsl::Value::text("1")}, {"setuptools", dsl::Value::text("2")}})};
  for (const char* taken : {"pip/main.py", "setuptools/x", "pkg_resources/y"}) CHECK_MESSAGE(is_packaged(taken, with_both), taken);
}

}  // namespace sdlrun::stages::image::tests
