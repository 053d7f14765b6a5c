// Layers: the same content gives the same bytes, whatever the order, the place and the number of cores.
#include "image_fixtures.hpp"

namespace sdlrun::stages::image::tests {

namespace {

std::string noise(std::size_t size) {
  std::string text(size, '\0');
  std::uint32_t state = 12345;
  for (char& c : text) {
    state = state * 1664525 + 1013904223;
    c = static_cast<char>('a' + (state >> 28));
  }
  return text;
}

LayerEntries layer_entries(engine::FakeFiles& files, const std::vector<std::pair<std::string, std::string>>& sources) {
  LayerEntries entries;
  for (const auto& [place, source] : sources) need(add_entries(files, source, need(checked_place(place)), entries));
  return entries;
}

}  // namespace

TEST_CASE("what was compressed on any number of cores is the same, and what was put in comes out") {
  for (const std::size_t size : {0UL, 1UL, 131'071UL, 131'072UL, 131'073UL, 1'000'000UL, 3'000'000UL}) {
    const std::string text = noise(size);
    const std::string once = zipped(text, 1);
    CHECK(zipped(text, 2) == once);
    CHECK(zipped(text, 7) == once);
    CHECK(unzipped(once) == text);
  }
}

TEST_CASE("one member of gzip without a name and a time") {
  const std::string bytes = zipped("hello");
  CHECK(bytes.substr(0, 10) == std::string("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
}

TEST_CASE("a sink that fails ends the compression") {
  ParallelGzip gzip(2, [](std::string_view) -> engine::Result<void> { return engine::failure("the disk is full"); });
  engine::Result<void> added;
  for (int i = 0; added && i < 1000; ++i) added = gzip.add(std::string(100'000, 'x'));
  CHECK(message(added) == "the disk is full");
}

TEST_CASE("damaged and cut off gzip is seen") {
  const std::string bytes = zipped(noise(300'000));
  Gunzip cut([](std::string_view) { return engine::Result<void>(); });
  need(cut.add(bytes.substr(0, bytes.size() / 2)));
  CHECK(message(cut.finish()) == "a compressed layer was cut off");
  std::string flipped = bytes;
  flipped[bytes.size() - 3] = static_cast<char>(flipped[bytes.size() - 3] ^ 1);
  Gunzip damaged([](std::string_view) { return engine::Result<void>(); });
  CHECK(message(damaged.add(flipped)) == "a compressed layer is damaged");
}

TEST_CASE("members of gzip may follow each other") { CHECK(unzipped(zipped("one ") + zipped("two")) == "one two"); }

TEST_CASE("a layer holds files, folders and links, sorted, and the folders above them") {
  engine::FakeFiles files;
  write(files, "/src/app/b.py", "print(2)");
  write(files, "/src/app/a.py", "print(1)");
  write(files, "/src/app/tool", "#!");
  need(files.make_executable("/src/app/tool"));
  need(files.make_directories("/src/app/empty"));
  need(files.make_symbolic_link("a.py", "/src/app/link"));
  write(files, "/src/one", "1");
  const std::string tar = unzipped(layer_of(files, layer_entries(files, {{"/srv/one", "/src/one"}, {"/opt/app", "/src/app"}})));
  const std::string expected =
      "opt/ 755\nopt/app/ 755\nopt/app/a.py 644 print(1)\nopt/app/b.py 644 print(2)\nopt/app/empty/ 755\nopt/app/link -> a.py\nopt/app/tool 755 #!\n"
      "srv/ 755\nsrv/one 644 1";
  CHECK(listed(tar) == expected);
  for (const std::size_t piece : {1UL, 7UL, 511UL, 513UL}) CHECK(listed(tar, piece) == expected);
}

TEST_CASE("neither the order nor where the files lie changes a layer") {
  engine::FakeFiles here, there;
  write(here, "/a/x", "1");
  write(here, "/a/y", "2");
  write(there, "/elsewhere/second", "2");
  write(there, "/elsewhere/first", "1");
  const std::string one = layer_of(here, layer_entries(here, {{"/opt/x", "/a/x"}, {"/opt/y", "/a/y"}}));
  CHECK(layer_of(there, layer_entries(there, {{"/opt/y", "/elsewhere/second"}, {"/opt/x", "/elsewhere/first"}})) == one);
}

TEST_CASE("a layer's digests are of what lies there") {
  engine::FakeFiles files;
  write(files, "/x", "content");
  const MadeLayer layer = need(make_layer({.files = files, .blobs = "/blobs", .threads = 1}, layer_entries(files, {{"/opt/x", "/x"}})));
  const std::string bytes = need(files.read("/blobs/" + digits_of(layer.blob.digest)));
  CHECK(digest_of_bytes(bytes) == layer.blob.digest);
  CHECK(bytes.size() == layer.blob.size);
  CHECK(digest_of_bytes(unzipped(bytes)) == layer.diff_id);
  CHECK(need(files.list("/blobs")).size() == 1);
}

TEST_CASE("long names, names that are not ASCII and long links are whole again") {
  engine::FakeFiles files;
  const std::string longer = std::string(120, 'n') + '/' + std::string(200, 'm');
  write(files, "/src/" + longer, "long");
  write(files, "/src/grüße.txt", "hi");
  need(files.make_symbolic_link(std::string(150, 't'), "/src/link"));
  const std::string text = listed(unzipped(layer_of(files, layer_entries(files, {{"/d", "/src"}}))));
  CHECK(contains(text, "d/" + longer + " 644 long"));
  CHECK(contains(text, "d/grüße.txt 644 hi"));
  CHECK(contains(text, "d/link -> " + std::string(150, 't')));
}

TEST_CASE("a file of 8 GiB has its size in a record") {
  std::string tar;
  TarWriter writer([&](std::string_view bytes) { tar += bytes; return engine::Result<void>(); });
  const std::uint64_t size = 9ULL << 30;
  need(writer.file("large", size, false));
  std::uint64_t found = 0;
  TarReader reader({.on_entry = [&](const TarEntry& entry) { found = entry.size; return engine::Result<void>(); }, .on_content = [](std::string_view) { return engine::Result<void>(); }});
  need(reader.add(tar));
  CHECK(found == size);
  CHECK(writer.missing() == size);
  CHECK(message(reader.finish()) == "the archive is damaged: it was cut off");
}

TEST_CASE("a file that changes its size while it is read is an error") {
  engine::FakeFiles files;
  write(files, "/x", "12345");
  LayerEntries entries = layer_entries(files, {{"/x", "/x"}});
  write(files, "/x", "123");
  CHECK(contains(message(make_layer({.files = files, .blobs = "/blobs"}, entries)), "became shorter"));
  write(files, "/x", "1234567");
  CHECK(contains(message(make_layer({.files = files, .blobs = "/blobs"}, entries)), "grew while"));
}

TEST_CASE("a layer that is to stop stops") {
  engine::FakeFiles files;
  write(files, "/x", "1");
  CHECK(message(make_layer({.files = files, .blobs = "/blobs", .is_stopped = [] { return true; }}, layer_entries(files, {{"/x", "/x"}}))) == "stopped");
}

TEST_CASE("places in an image") {
  CHECK(need(checked_place("/opt/app/x.py")) == "opt/app/x.py");
  CHECK(need(checked_place("/")).empty());
  CHECK(contains(message(checked_place("opt/x")), "does not begin with `/`"));
  CHECK(contains(message(checked_place("/opt/")), "ends with a slash"));
  CHECK(contains(message(checked_place("/opt/../etc/passwd")), "holds `..`"));
  CHECK(contains(message(checked_place("/opt/.wh.x")), "something is removed"));
}

TEST_CASE("two things in one place, and names that mean something else") {
  engine::FakeFiles files;
  write(files, "/a/x", "1");
  write(files, "/b", "2");
  write(files, "/c/.wh.x", "3");
  LayerEntries entries = layer_entries(files, {{"/opt", "/a"}});
  CHECK(contains(message(add_entries(files, "/b", "opt/x", entries)), "two things are to lie at `/opt/x`"));
  CHECK(contains(message(add_entries(files, "/c", "c", entries)), "something is removed"));
  CHECK(contains(message(add_entries(files, "/missing", "d", entries)), "is not there"));
}

TEST_CASE("what the engine keeps in a folder is no content of it") {
  engine::FakeFiles files;
  write(files, "/a/x", "1");
  write(files, "/a/.sdl/state.db", "2");
  CHECK(listed(unzipped(layer_of(files, layer_entries(files, {{"/opt", "/a"}})))) == "opt/ 755\nopt/x 644 1");
}

// ---- above a base --------------------------------------------------------------------------------------------------

TEST_CASE("the base's folders are left alone, and its links are followed") {
  engine::FakeFiles files;
  write(files, "/x", "1");
  BaseTree base;
  base.apply({{LayerChange::Kind::folder, "usr/bin"}, {LayerChange::Kind::link, "bin", "usr/bin"}, {LayerChange::Kind::folder, "home/me"}});
  CHECK(base.has_folder("usr"));
  CHECK(need(base.resolved("bin/tool")) == "usr/bin/tool");
  CHECK(listed(unzipped(layer_of(files, layer_entries(files, {{"/bin/tool", "/x"}, {"/home/me/a/b", "/x"}}), base))) == "home/me/a/ 755\nhome/me/a/b 644 1\nusr/bin/tool 644 1");
}

TEST_CASE("links that lead up, to the root and in a circle") {
  BaseTree base;
  base.apply({{LayerChange::Kind::folder, "var/lib"}, {LayerChange::Kind::link, "var/run", "../run"}, {LayerChange::Kind::link, "abs", "/var/lib"}, {LayerChange::Kind::link, "loop", "loop"}});
  CHECK(need(base.resolved("var/run/x")) == "run/x");
  CHECK(need(base.resolved("abs/x")) == "var/lib/x");
  CHECK(need(base.resolved("abs/../y")) == "var/y");
}

TEST_CASE("links of a base that lead in a circle are in the way of what is to lie behind them only") {
  engine::FakeFiles files;
  write(files, "/x", "1");
  BaseTree base;
  base.apply({{LayerChange::Kind::link, "bin", "sbin"}, {LayerChange::Kind::link, "sbin", "bin"}, {LayerChange::Kind::link, "opt", "/opt/app"}});
  CHECK(contains(message(placed_above(base, layer_entries(files, {{"/bin/tool", "/x"}}))), "`/bin` in the image: the base's link `/bin`, which leads to `sbin`, leads in a circle"));
  CHECK(contains(message(placed_above(base, layer_entries(files, {{"/opt/app/x", "/x"}}))), "the base's link `/opt`, which leads to `/opt/app`, leads in a circle"));
  CHECK(listed(unzipped(layer_of(files, layer_entries(files, {{"/bin", "/x"}, {"/srv/x", "/x"}}), base))) == "bin 644 1\nsrv/ 755\nsrv/x 644 1");
}

TEST_CASE("what a layer removes is gone, and what it adds itself stays") {
  BaseTree base;
  base.apply({{LayerChange::Kind::folder, "a/b"}, {LayerChange::Kind::folder, "c/d"}, {LayerChange::Kind::link, "l", "a"}, {LayerChange::Kind::folder, "ab"}});
  base.apply({{LayerChange::Kind::removed, "a"}, {LayerChange::Kind::emptied, "c"}, {LayerChange::Kind::folder, "c/new"}, {LayerChange::Kind::removed, "l"}});
  CHECK_FALSE(base.has_folder("a/b"));
  CHECK_FALSE(base.has_folder("a"));
  CHECK(base.has_folder("ab"));
  CHECK_FALSE(base.has_folder("c/d"));
  CHECK(base.has_folder("c/new"));
  CHECK(need(base.resolved("l/x")) == "l/x");
}

TEST_CASE("the changes of a layer are read from it, and remembered as they are") {
  engine::FakeFiles files;
  std::string tar;
  TarWriter writer([&](std::string_view bytes) { tar += bytes; return engine::Result<void>(); });
  need(writer.directory("./usr", 0755));
  need(writer.link("./bin", "usr/bin"));
  need(writer.file("usr/.wh.old", 0, false));
  need(writer.file("var/.wh..wh..opq", 0, false));
  need(writer.file("usr/file", 3, false));
  need(writer.content("abc"));
  need(writer.finish());
  const LayerChanges expected = {{LayerChange::Kind::folder, "usr"}, {LayerChange::Kind::link, "bin", "usr/bin"}, {LayerChange::Kind::removed, "usr/old"}, {LayerChange::Kind::emptied, "var"}};
  write(files, "/plain", tar);
  write(files, "/zipped", zipped(tar));
  const std::string digest = digest_of_bytes(tar);
  CHECK(*need(read_changes(files, "/plain", {.media_type = media::layer, .digest = digest}, digest)) == expected);
  CHECK(*need(read_changes(files, "/zipped", {.media_type = media::docker_layer_gzip}, digest)) == expected);
  CHECK_FALSE(need(read_changes(files, "/zipped", {.media_type = media::layer_zstd}, digest)).has_value());
  CHECK(contains(message(read_changes(files, "/plain", {.media_type = media::layer, .digest = digest}, digest_of_bytes("other"))), "is not the one that its configuration speaks of"));
  CHECK(decode_changes(encode(expected)) == expected);
  CHECK_FALSE(decode_changes(encode(expected).substr(0, 30)).has_value());
  CHECK(decode_changes(encode(LayerChanges{})) == LayerChanges{});
}

TEST_CASE("damaged archives and layers end in an error or in what is left of them") {
  engine::FakeFiles files;
  write(files, "/src/" + std::string(130, 'n'), noise(3000));
  write(files, "/src/b", "2");
  const std::string zip = layer_of(files, layer_entries(files, {{"/opt", "/src"}})), tar = unzipped(zip);
  std::uint32_t chance = 7;
  for (int round = 0; round < 3000; ++round) {
    const auto spoil = [&](std::string bytes) {
      for (int flips = 0; flips < 4; ++flips) {
        chance = chance * 1664525 + 1013904223;
        bytes[(chance >> 8) % bytes.size()] = static_cast<char>(chance >> 3);
      }
      return bytes.substr(0, 1 + (chance >> 4) % bytes.size());
    };
    TarReader reader({.on_entry = [](const TarEntry&) { return engine::Result<void>(); }, .on_content = [](std::string_view) { return engine::Result<void>(); }});
    static_cast<void>(reader.add(spoil(tar)));
    Gunzip gunzip([](std::string_view) { return engine::Result<void>(); });
    static_cast<void>(gunzip.add(spoil(zip)));
    static_cast<void>(decode_changes(spoil(encode(LayerChanges{{LayerChange::Kind::link, "a", "b"}, {LayerChange::Kind::folder, "c"}}))));
  }
}

TEST_CASE("an archive that is none, or was cut off, or wants too much is an error") {
  const auto read = [](std::string_view bytes) {
    TarReader reader({.on_entry = [](const TarEntry&) { return engine::Result<void>(); }, .on_content = [](std::string_view) { return engine::Result<void>(); }});
    auto added = reader.add(bytes);
    return added ? message(reader.finish()) : message(added);
  };
  CHECK(read(std::string(512, 'x')) == "the archive is damaged: one of its headers is none");
  CHECK(read(std::string(100, '\0')) == "the archive is damaged: it was cut off");
  std::string tar;
  TarWriter writer([&](std::string_view bytes) { tar += bytes; return engine::Result<void>(); });
  need(writer.file("x", 600, false));
  need(writer.content(std::string(600, 'y')));
  CHECK(read(tar) == "no error");
  CHECK(read(std::string_view(tar).substr(0, 700)) == "the archive is damaged: it was cut off");
}

}  // namespace sdlrun::stages::image::tests
