// Real calls, to a server of the test's own on this machine.
#include "engine/world/remote.hpp"

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "engine/world/real/real_remote_error.hpp"
#include "engine/world/real/real_remote_url.hpp"
#include "tests/unit/contains.hpp"
#include "tests/unit/engine/process_fixtures.hpp"
#include "tests/unit/http_server.hpp"

namespace sdlrun::engine {

namespace {

struct RemoteFixture {
  TestFolder folder;
  LocalServer server{folder.path()};
  RealRemote remote{call_directly()};

  RemoteFixture() { write_file(folder / "file", "0123456789"); }

  Result<HttpResponse> call(HttpRequest request) {
    return wait_for<Result<HttpResponse>>([&](auto done) { remote.call(std::move(request), std::move(done)); });
  }
  Error error(HttpRequest request) {
    const auto response = call(std::move(request));
    REQUIRE_FALSE(response);
    return response.error();
  }
  std::string requests() { return content_of(folder / "requests"); }
};

std::string header(const HttpResponse& response, const std::string& name) {
  for (const auto& [key, value] : response.headers) {
    if (key == name) return value;
  }
  return "";
}

}  // namespace

TEST_CASE_FIXTURE(RemoteFixture, "an answer has a status, headers in lower case and a body") {
  const auto response = call({.url = server.url("/file")});
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(response->body == "0123456789");
  CHECK(header(*response, "content-length") == "10");
  CHECK(response->final_url == server.url("/file"));
}

TEST_CASE_FIXTURE(RemoteFixture, "any status is an answer") {
  const auto response = call({.url = server.url("/status/418")});
  REQUIRE(response);
  CHECK(response->status == 418);
  CHECK(response->body == "what the server says");
}

TEST_CASE_FIXTURE(RemoteFixture, "methods, headers and bodies are sent as they are") {
  const auto response = call({.method = "PUT", .url = server.url("/echo"), .headers = {{"X-Name", "value"}, {"X-Empty", ""}}, .body = "{}"});
  REQUIRE(response);
  CHECK(response->body.starts_with("PUT\n"));
  CHECK(contains(response->body, "x-name: value\n"));
  CHECK(contains(response->body, "x-empty: \n"));
  CHECK(response->body.ends_with("\n\n{}"));
  CHECK(call({.method = "DELETE", .url = server.url("/echo")})->body.starts_with("DELETE\n"));
}

TEST_CASE_FIXTURE(RemoteFixture, "redirects are followed, to http and https only and not for ever") {
  const auto response = call({.url = server.url("/redirect")});
  REQUIRE(response);
  CHECK(response->body == "0123456789");
  CHECK(response->final_url == server.url("/file"));
  CHECK(contains(error({.url = server.url("/loop")}).message, "redirects more than 20 times"));
  CHECK(contains(error({.url = server.url("/to-file")}).message, "not an address of http:// or https://"));
}

TEST_CASE_FIXTURE(RemoteFixture, "a body goes to a file, and a download goes on where it ended") {
  write_file(folder / "part", "0123");
  std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
  const auto response = call({.url = server.url("/file"),
                              .body_file = folder / "part",
                              .resume_from = 4,
                              .on_progress = [&](std::uint64_t received, std::uint64_t expected) { progress.emplace_back(received, expected); }});
  REQUIRE(response);
  CHECK(response->status == 206);
  CHECK(response->body.empty());
  CHECK(content_of(folder / "part") == "0123456789");
  REQUIRE_FALSE(progress.empty());
  CHECK(progress.back() == std::pair<std::uint64_t, std::uint64_t>{10, 10});
}

TEST_CASE_FIXTURE(RemoteFixture, "a server that does not know ranges sends all, and the file begins anew") {
  write_file(folder / "part", "old and wrong");
  const auto response = call({.url = server.url("/norange"), .body_file = folder / "part", .resume_from = 13});
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(content_of(folder / "part") == "0123456789");
}

TEST_CASE_FIXTURE(RemoteFixture, "what an error's answer says does not get into the file") {
  write_file(folder / "part", "0123");
  const auto response = call({.url = server.url("/missing"), .body_file = folder / "part", .resume_from = 4});
  REQUIRE(response);
  CHECK(response->status == 404);
  CHECK(response->body == "nothing here");
  CHECK(content_of(folder / "part") == "0123");
}

TEST_CASE_FIXTURE(RemoteFixture, "an empty answer makes an empty file") {
  REQUIRE(call({.url = server.url("/empty"), .body_file = folder / "empty"}));
  CHECK(std::filesystem::file_size(folder / "empty") == 0);
}

TEST_CASE_FIXTURE(RemoteFixture, "a connection that is cut keeps what came, and may be tried again") {
  const Error cut = error({.url = server.url("/cut"), .body_file = folder / "part"});
  CHECK(contains(cut.message, "was cut off before the answer was whole"));
  CHECK(cut.transient);
  CHECK(content_of(folder / "part") == "01234");
}

TEST_CASE_FIXTURE(RemoteFixture, "a server that goes silent is given up") {
  std::promise<Result<HttpResponse>> silent;
  remote.call({.url = server.url("/silent"), .stall_timeout = Milliseconds(1000)}, [&](auto result) { silent.set_value(std::move(result)); });
  const Error stalled = error({.url = server.url("/stall"), .stall_timeout = Milliseconds(1000)});
  CHECK(contains(stalled.message, "sends nothing any more"));
  CHECK(stalled.transient);
  const auto no_answer = silent.get_future().get();
  REQUIRE_FALSE(no_answer);
  CHECK(no_answer.error().message == stalled.message);
}

TEST_CASE_FIXTURE(RemoteFixture, "what stands in the way of an answer is said in words") {
  CHECK(contains(error({.url = "http://no-such-host.invalid/"}).message, "`no-such-host.invalid`: its name could not be resolved"));
  CHECK(contains(error({.url = "http://127.0.0.1:1/"}).message, "refused the connection"));
  CHECK(contains(error({.url = "file:///etc/passwd"}).message, "not an address of http:// or https://"));
  CHECK(contains(error({.url = "https://"}).message, "not an address that can be called"));
  const Error tls = error({.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/"});
  CHECK(contains(tls.message, "no secure connection to `127.0.0.1`"));
  CHECK_FALSE(tls.transient);
}

TEST_CASE_FIXTURE(RemoteFixture, "a body may come from a file") {
  const auto response = call({.method = "PUT", .url = server.url("/echo"), .upload_file = folder / "file"});
  REQUIRE(response);
  CHECK(response->body.starts_with("PUT\n"));
  CHECK(contains(response->body, "content-length: 10\n"));
  CHECK(response->body.ends_with("\n\n0123456789"));
  CHECK(error({.method = "PUT", .url = server.url("/echo"), .upload_file = folder / "missing"}).message.starts_with("cannot read"));
  CHECK(requests() == "PUT /echo -\n");
}

TEST_CASE_FIXTURE(RemoteFixture, "a body may be a part of a file") {
  const auto response = call({.method = "PATCH", .url = server.url("/echo"), .upload_file = folder / "file", .upload_from = 3, .upload_length = 4});
  REQUIRE(response);
  CHECK(contains(response->body, "content-length: 4\n"));
  CHECK(response->body.ends_with("\n\n3456"));
  CHECK(call({.method = "PUT", .url = server.url("/echo"), .upload_file = folder / "file", .upload_from = 8})->body.ends_with("\n\n89"));
  CHECK(contains(error({.method = "PUT", .url = server.url("/echo"), .upload_file = folder / "file", .upload_from = 8, .upload_length = 3}).message, "is shorter than it was"));
}

TEST_CASE_FIXTURE(RemoteFixture, "an answer may be bounded, and one that says no is not") {
  CHECK(call({.url = server.url("/file"), .largest_body = 10}));
  CHECK(contains(error({.url = server.url("/file"), .largest_body = 9}).message, "is longer than it should be"));
  CHECK(contains(error({.url = server.url("/file"), .body_file = folder / "part", .largest_body = 9}).message, "is longer than it should be"));
  CHECK(call({.url = server.url("/missing"), .largest_body = 1})->status == 404);
}

TEST_CASE_FIXTURE(RemoteFixture, "a redirect may be an answer") {
  const auto response = call({.url = server.url("/redirect"), .follows_redirects = false});
  REQUIRE(response);
  CHECK(response->status == 302);
  CHECK(requests() == "GET /redirect -\n");
}

TEST_CASE_FIXTURE(RemoteFixture, "a full disk names the file") {
  const Error full = error({.url = server.url("/file"), .body_file = "/dev/full"});
  CHECK(full.message == "cannot write `/dev/full`: no space left on device");
  CHECK_FALSE(full.transient);
}

/// A server that speaks TLS, with a certificate of its own for `localhost`, which it asks of its callers too.
struct TlsServer {
  TestFolder folder;
  RealWorld world{call_directly()};
  std::string url;

  explicit TlsServer(const std::string& callers) {
    const std::string make = "cd " + folder.path().string() + " && openssl req -x509 -newkey rsa:2048 -nodes -keyout key -out certificate -days 2 -subj /CN=localhost " +
                             "-addext subjectAltName=DNS:localhost >/dev/null 2>&1";
    REQUIRE(std::system(make.c_str()) == 0);
    const std::string serve = "import http.server, ssl\n"
                              "server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)\n"
                              "context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)\n"
                              "context.load_cert_chain('certificate', 'key')\n"
                              "context.load_verify_locations('certificate')\n"
                              "context.verify_mode = ssl." + callers + "\n"
                              "server.socket = context.wrap_socket(server.socket, server_side=True)\n"
                              "open('port', 'w').write(str(server.server_address[1]) + '\\n')\n"
                              "server.serve_forever()\n";
    world.world().processes.start({.command = {"python3", "-c", serve}, .directory = folder.path(), .environment = {{"PATH", std::getenv("PATH")}}},
                                  [](const Result<ProcessResult>&) {});
    url = "https://127.0.0.1:" + std::to_string(number_in(folder / "port")) + "/";
  }

  Result<HttpResponse> call(HttpTls tls) {
    HttpRequest request{.url = url};
    if (!(tls.authorities.empty() && tls.verifies)) request.tls = std::make_shared<const HttpTls>(std::move(tls));
    return wait_for<Result<HttpResponse>>([&](auto done) { world.world().remote.call(std::move(request), std::move(done)); });
  }
};

TEST_CASE("a certificate that nobody vouches for is refused, with the host's name") {
  TlsServer server("CERT_NONE");
  const auto response = server.call({});
  REQUIRE_FALSE(response);
  CHECK(response.error().message == "the certificate of `127.0.0.1` is not trusted");
  CHECK(contains(response.error().hint, "SSL_CERT_FILE"));
}

TEST_CASE("a call may trust other certificates, for another name, or none at all") {
  TlsServer server("CERT_NONE");
  const std::string authority = content_of(server.folder / "certificate");
  const auto unnamed = server.call({.authorities = authority});  // the certificate is for localhost, not for 127.0.0.1
  REQUIRE_FALSE(unnamed);
  CHECK(unnamed.error().message == "the certificate of `127.0.0.1` is for another name");
  const auto named = server.call({.authorities = authority, .server_name = "localhost"});
  REQUIRE(named);
  CHECK(named->status == 200);
  CHECK_FALSE(server.call({.authorities = authority, .server_name = "elsewhere"}));
  CHECK(server.call({.verifies = false}));
}

TEST_CASE("a call may say who it is by a certificate") {
  TlsServer server("CERT_REQUIRED");
  const std::string certificate = content_of(server.folder / "certificate");
  CHECK_FALSE(server.call({.authorities = certificate, .server_name = "localhost"}));
  CHECK(server.call({.authorities = certificate, .certificate = certificate, .key = content_of(server.folder / "key"), .server_name = "localhost"}));
}

TEST_CASE_FIXTURE(RemoteFixture, "a body may be taken as it comes, and no longer than it is wanted") {
  struct Taken {
    std::mutex mutex;
    std::string text;
  };
  const auto taken = std::make_shared<Taken>();
  const auto take = [taken](std::string_view bytes) {
    const std::lock_guard lock(taken->mutex);
    taken->text += bytes;
    return taken->text.size() < 8;
  };
  const auto whole = call({.url = server.url("/file"), .on_body = [taken](std::string_view) { return true; }});
  REQUIRE(whole);
  CHECK(whole->body.empty());
  const auto response = call({.url = server.url("/stall"), .on_body = take});  // sends 8 bytes of 1000, then nothing
  REQUIRE(response);
  CHECK(response->status == 200);
  CHECK(taken->text == "a little");
  taken->text.clear();
  const auto counts = std::make_shared<std::atomic<int>>(0);  // enough is told also while nothing comes
  const auto waiting = call({.url = server.url("/stall"), .on_body = [counts](std::string_view bytes) { return !bytes.empty() || ++*counts < 3; }});
  REQUIRE(waiting);
  CHECK(*counts == 3);
  const auto refused = call({.url = server.url("/status/404"), .on_body = take});
  REQUIRE(refused);
  CHECK(refused->status == 404);
  CHECK(taken->text.empty());
}

TEST_CASE_FIXTURE(RemoteFixture, "calls run side by side, and all end when they are stopped") {
  std::promise<void> all_ended;
  std::atomic<int> ended = 0;
  const auto count = [&](const Result<HttpResponse>& response) {
    CHECK((!response && response.error().message == "the call was stopped"));
    if (++ended == 21) all_ended.set_value();
  };
  for (int i = 0; i < 20; ++i) remote.call({.url = server.url("/silent")}, count);
  remote.stop_all();
  remote.call({.url = server.url("/file")}, count);
  all_ended.get_future().wait();
}

TEST_CASE("secrets in an address are not shown") {
  CHECK(shown_url("https://user:password@host:8443/path?token=secret#part") == "`https://host:8443/path`");
  CHECK(shown_url("https://host/path") == "`https://host/path`");
}

}  // namespace sdlrun::engine
