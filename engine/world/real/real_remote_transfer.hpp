// One HTTP call: a libcurl handle set up from a request, and what it has brought so far.
#pragma once

#include <curl/curl.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/world/real/owned_descriptor.hpp"
#include "engine/world/remote.hpp"

namespace sdlrun::engine {

class Transfer {
 public:
  explicit Transfer(HttpRequest request);
  Transfer(const Transfer&) = delete;  // libcurl holds pointers to it
  Transfer& operator=(const Transfer&) = delete;

  CURL* handle() const { return handle_.get(); }
  /// Why there is nothing to send: the call must not begin.
  const std::optional<Error>& obstacle() const { return file_error_; }
  /// After libcurl has said that it ended with `code`.
  Result<HttpResponse> result(CURLcode code);

 private:
  static std::size_t take_header(char* text, std::size_t size, std::size_t count, void* self);
  static std::size_t take_body(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t give_body(char* place, std::size_t size, std::size_t count, void* self);
  static int give_again(void* self, curl_off_t offset, int origin);
  static int take_progress(void* self, curl_off_t expected, curl_off_t received, curl_off_t, curl_off_t);

  void set_up_url_and_body();
  void set_up_upload();
  void set_up_limits();
  void set_up_callbacks();
  void set_up_certificates();
  void set_up_tls(const HttpTls& tls);
  void set_up_server_name(const std::string& name);
  void keep_header(std::string_view line);
  Result<void> keep_body(std::string_view bytes);
  Result<void> open_body_file();
  int status() const;

  HttpRequest request_;
  HttpResponse response_;
  std::unique_ptr<CURL, void (*)(CURL*)> handle_;
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers_;
  std::unique_ptr<curl_slist, void (*)(curl_slist*)> connect_to_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};
  OwnedDescriptor body_file_;
  OwnedDescriptor upload_;
  std::uint64_t upload_length_ = 0;
  std::uint64_t uploaded_ = 0;
  std::uint64_t received_ = 0;  // of the body
  bool is_enough_ = false;      // who takes the body wants no more
  std::optional<Error> file_error_;  // and what else is not libcurl's to say
};

}  // namespace sdlrun::engine
