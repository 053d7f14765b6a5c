#include "engine/world/real/real_remote_transfer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "engine/world/real/file_error.hpp"
#include "engine/world/real/real_remote_error.hpp"
#include "engine/world/real/real_remote_url.hpp"

namespace sdlrun::engine {

namespace {

/// What is larger belongs in a file.
constexpr std::size_t largest_body_in_memory = 64 * 1024 * 1024;
constexpr long most_redirects = 20;

template <typename Value>
void set(CURL* handle, CURLoption option, Value value) {
  ::curl_easy_setopt(handle, option, value);
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

bool is_success(int status) { return status >= 200 && status < 300; }

}  // namespace

Transfer::Transfer(HttpRequest request)
    : request_(std::move(request)), handle_(::curl_easy_init(), &::curl_easy_cleanup), headers_(nullptr, &::curl_slist_free_all), connect_to_(nullptr, &::curl_slist_free_all) {
  set_up_url_and_body();
  set_up_limits();
  set_up_callbacks();
  if (request_.tls) set_up_tls(*request_.tls);
  if (!request_.tls || request_.tls->authorities.empty()) set_up_certificates();
}

void Transfer::set_up_url_and_body() {
  CURL* const curl = handle();
  set(curl, CURLOPT_URL, request_.url.c_str());
  set(curl, CURLOPT_USERAGENT, "sdlrun");
  for (const auto& [name, value] : request_.headers) {
    // A value without text is sent all the same, which libcurl writes by a semicolon.
    const std::string line = value.empty() ? name + ';' : name + ": " + value;
    headers_.reset(::curl_slist_append(headers_.release(), line.c_str()));
  }
  if (headers_) set(curl, CURLOPT_HTTPHEADER, headers_.get());
  if (request_.upload_file) {
    set_up_upload();
  } else if (!request_.body.empty() || request_.method == "POST" || request_.method == "PUT") {
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request_.body.size()));
    set(curl, CURLOPT_POSTFIELDS, request_.body.c_str());
  }
  if (request_.method == "HEAD") set(curl, CURLOPT_NOBODY, 1L);
  if (request_.method != "GET" && request_.method != "HEAD") set(curl, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
  if (request_.resume_from > 0) set(curl, CURLOPT_RANGE, (std::to_string(request_.resume_from) + '-').c_str());
}

void Transfer::set_up_upload() {
  upload_ = OwnedDescriptor(::open(request_.upload_file->c_str(), O_RDONLY | O_CLOEXEC));
  struct stat found {};
  if (!upload_ || ::fstat(upload_.get(), &found) != 0) {
    file_error_ = file_error("read", *request_.upload_file, errno);
    return;
  }
  const std::uint64_t size = static_cast<std::uint64_t>(found.st_size), from = std::min(request_.upload_from, size);
  upload_length_ = std::min(request_.upload_length.value_or(size - from), size - from);
  if (request_.upload_from > size || upload_length_ < request_.upload_length.value_or(0)) {
    file_error_ = Error{"cannot send `" + request_.upload_file->string() + "`: it is shorter than it was", "did somebody write to it? run again"};
    return;
  }
  set(handle(), CURLOPT_UPLOAD, 1L);
  set(handle(), CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(upload_length_));
  set(handle(), CURLOPT_READFUNCTION, &Transfer::give_body);
  set(handle(), CURLOPT_READDATA, this);
  set(handle(), CURLOPT_SEEKFUNCTION, &Transfer::give_again);
  set(handle(), CURLOPT_SEEKDATA, this);
}

std::size_t Transfer::give_body(char* place, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const std::size_t wanted = std::min<std::uint64_t>(size * count, transfer.upload_length_ - transfer.uploaded_);
  ssize_t length = -1;
  do {
    length = ::pread(transfer.upload_.get(), place, wanted, static_cast<off_t>(transfer.request_.upload_from + transfer.uploaded_));
  } while (length < 0 && errno == EINTR);
  if (length >= 0) {
    transfer.uploaded_ += static_cast<std::uint64_t>(length);
    return static_cast<std::size_t>(length);
  }
  transfer.file_error_ = file_error("read", *transfer.request_.upload_file, errno);
  return CURL_READFUNC_ABORT;
}

/// A connection that was kept may turn out to be closed: the body is sent once more, by a new one.
int Transfer::give_again(void* self, curl_off_t offset, int origin) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (origin != SEEK_SET || offset < 0 || static_cast<std::uint64_t>(offset) > transfer.upload_length_) return CURL_SEEKFUNC_FAIL;
  transfer.uploaded_ = static_cast<std::uint64_t>(offset);
  return CURL_SEEKFUNC_OK;
}

void Transfer::set_up_limits() {
  CURL* const curl = handle();
  set(curl, CURLOPT_NOSIGNAL, 1L);
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_REDIR_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, request_.follows_redirects ? 1L : 0L);
  if (!request_.uses_proxy) set(curl, CURLOPT_PROXY, "");
  if (!request_.proxy.empty()) set(curl, CURLOPT_PROXY, request_.proxy.c_str());
  set(curl, CURLOPT_MAXREDIRS, most_redirects);
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request_.connect_timeout.count()));
  // libcurl counts whole seconds.
  const auto stall = std::chrono::ceil<std::chrono::seconds>(request_.stall_timeout).count();
  set(curl, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(std::max<std::uint64_t>(1, request_.slowest)));
  set(curl, CURLOPT_LOW_SPEED_TIME, std::max<long>(1, stall));
}

void Transfer::set_up_callbacks() {
  CURL* const curl = handle();
  set(curl, CURLOPT_ERRORBUFFER, error_text_.data());
  set(curl, CURLOPT_HEADERFUNCTION, &Transfer::take_header);
  set(curl, CURLOPT_HEADERDATA, this);
  set(curl, CURLOPT_WRITEFUNCTION, &Transfer::take_body);
  set(curl, CURLOPT_WRITEDATA, this);
  set(curl, CURLOPT_NOPROGRESS, request_.on_progress || request_.on_body ? 0L : 1L);
  set(curl, CURLOPT_XFERINFOFUNCTION, &Transfer::take_progress);
  set(curl, CURLOPT_XFERINFODATA, this);
}

void Transfer::set_up_certificates() {
  for (const char* variable : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* bundle = std::getenv(variable);
    if (bundle == nullptr || *bundle == '\0') continue;
    set(handle(), CURLOPT_CAINFO, bundle);
    return;
  }
}

void Transfer::set_up_tls(const HttpTls& tls) {
  const auto blob = [this](CURLoption option, const std::string& text) {
    if (text.empty()) return;
    curl_blob given{const_cast<char*>(text.data()), text.size(), CURL_BLOB_NOCOPY};  // libcurl's own type knows no const
    set(handle(), option, &given);
  };
  blob(CURLOPT_CAINFO_BLOB, tls.authorities);
  blob(CURLOPT_SSLCERT_BLOB, tls.certificate);
  blob(CURLOPT_SSLKEY_BLOB, tls.key);
  if (!tls.server_name.empty()) set_up_server_name(tls.server_name);
  if (tls.verifies) return;
  set(handle(), CURLOPT_SSL_VERIFYPEER, 0L);
  set(handle(), CURLOPT_SSL_VERIFYHOST, 0L);
}

/// libcurl compares the certificate with the URL's host: the URL names the server as it calls itself, and is led elsewhere.
void Transfer::set_up_server_name(const std::string& name) {
  const std::optional<RenamedUrl> renamed = with_host(request_.url, name);
  if (!renamed) return;
  set(handle(), CURLOPT_URL, renamed->url.c_str());  // libcurl keeps a copy
  connect_to_.reset(::curl_slist_append(nullptr, renamed->connect_to.c_str()));
  set(handle(), CURLOPT_CONNECT_TO, connect_to_.get());
}

// ---- what arrives --------------------------------------------------------------------------------------------------

std::size_t Transfer::take_header(char* text, std::size_t size, std::size_t count, void* self) {
  static_cast<Transfer*>(self)->keep_header({text, size * count});
  return size * count;
}

void Transfer::keep_header(std::string_view line) {
  // Each answer on the way (a redirect, a proxy's) begins anew; the last one counts.
  if (line.starts_with("HTTP/")) {
    response_.headers.clear();
    response_.body.clear();
    received_ = 0;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  response_.headers.emplace_back(lower_case(trimmed(line.substr(0, colon))), std::string(trimmed(line.substr(colon + 1))));
}

std::size_t Transfer::take_body(char* bytes, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  const auto kept = transfer.keep_body({bytes, size * count});
  if (kept) return size * count;
  if (!transfer.is_enough_) transfer.file_error_ = kept.error();
  return 0;  // libcurl ends the transfer with CURLE_WRITE_ERROR
}

Result<void> Transfer::keep_body(std::string_view bytes) {
  received_ += bytes.size();
  if (request_.largest_body && received_ > *request_.largest_body && is_success(status())) return failure("the answer of " + shown_url(request_.url) + " is longer than it should be");
  if (request_.on_body && is_success(status())) {
    is_enough_ = !request_.on_body(bytes);
    return is_enough_ ? failure("enough") : Result<void>();
  }
  if (!request_.body_file || !is_success(status())) {
    if (response_.body.size() + bytes.size() > largest_body_in_memory) return failure("the answer of " + shown_url(request_.url) + " is larger than 64 MiB");
    response_.body += bytes;
    return {};
  }
  if (!body_file_) {
    if (auto opened = open_body_file(); !opened) return opened;
  }
  while (!bytes.empty()) {
    const ssize_t written = ::write(body_file_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return file_failure("write", *request_.body_file, errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<void> Transfer::open_body_file() {
  const bool starts_over = request_.resume_from > 0 && status() == 200;
  const int flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (starts_over ? O_TRUNC : 0);
  body_file_ = OwnedDescriptor(::open(request_.body_file->c_str(), flags, 0666));
  if (!body_file_) return file_failure("write", *request_.body_file, errno);
  return {};
}

int Transfer::take_progress(void* self, curl_off_t expected, curl_off_t received, curl_off_t, curl_off_t) {
  auto& transfer = *static_cast<Transfer*>(self);
  if (transfer.request_.on_body) {
    transfer.is_enough_ = transfer.is_enough_ || (is_success(transfer.status()) && !transfer.request_.on_body({}));
    return transfer.is_enough_ ? 1 : 0;
  }
  const std::uint64_t before = transfer.status() == 206 ? transfer.request_.resume_from : 0;
  if (received <= 0) return 0;
  transfer.request_.on_progress(before + static_cast<std::uint64_t>(received), expected > 0 ? before + static_cast<std::uint64_t>(expected) : 0);
  return 0;
}

int Transfer::status() const {
  long status = 0;
  ::curl_easy_getinfo(handle(), CURLINFO_RESPONSE_CODE, &status);
  return static_cast<int>(status);
}

Result<HttpResponse> Transfer::result(CURLcode code) {
  if (file_error_) return tl::unexpected(*file_error_);
  if (code != CURLE_OK && !is_enough_) return tl::unexpected(call_error(code, request_, error_text_.data()));
  // An empty body never opened its file.
  if (request_.body_file && !body_file_ && is_success(status())) {
    if (auto opened = open_body_file(); !opened) return tl::unexpected(opened.error());
  }
  const char* url = nullptr;
  ::curl_easy_getinfo(handle(), CURLINFO_EFFECTIVE_URL, &url);
  response_.final_url = url == nullptr ? request_.url : url;
  response_.status = status();
  return std::move(response_);
}

}  // namespace sdlrun::engine
