#include "engine/world/real/real_remote_url.hpp"

#include <curl/curl.h>

#include <memory>

namespace sdlrun::engine {

namespace {

class Url {
 public:
  explicit Url(const std::string& text) : url_(::curl_url(), &::curl_url_cleanup) {
    is_valid_ = ::curl_url_set(url_.get(), CURLUPART_URL, text.c_str(), CURLU_NON_SUPPORT_SCHEME) == CURLUE_OK;
  }

  bool is_valid() const { return is_valid_; }
  std::string part(CURLUPart which, unsigned flags = 0) const {
    char* text = nullptr;
    if (::curl_url_get(url_.get(), which, &text, flags) != CURLUE_OK) return {};
    const std::unique_ptr<char, void (*)(void*)> owned(text, &::curl_free);
    return owned.get();
  }
  void clear(CURLUPart which) { ::curl_url_set(url_.get(), which, nullptr, 0); }
  void set(CURLUPart which, const std::string& text) { ::curl_url_set(url_.get(), which, text.c_str(), 0); }

 private:
  std::unique_ptr<CURLU, void (*)(CURLU*)> url_;
  bool is_valid_ = false;
};

}  // namespace

std::string shown_url(const std::string& text) {
  Url url(text);
  if (!url.is_valid()) return "`" + text.substr(0, text.find_first_of("?@")) + "`";
  for (const CURLUPart secret : {CURLUPART_USER, CURLUPART_PASSWORD, CURLUPART_QUERY, CURLUPART_FRAGMENT}) url.clear(secret);
  return "`" + url.part(CURLUPART_URL) + "`";
}

std::string host_in(const std::string& url) { return Url(url).part(CURLUPART_HOST); }

std::optional<RenamedUrl> with_host(const std::string& text, const std::string& host) {
  Url url(text);
  if (!url.is_valid()) return std::nullopt;
  const std::string port = url.part(CURLUPART_PORT, CURLU_DEFAULT_PORT), there = url.part(CURLUPART_HOST);
  url.set(CURLUPART_HOST, host);
  return RenamedUrl{url.part(CURLUPART_URL), host + ':' + port + ':' + there + ':' + port};
}

}  // namespace sdlrun::engine
