#include "engine/world/real/real_remote_error.hpp"

#include "engine/world/real/real_remote_url.hpp"

namespace sdlrun::engine {

namespace {

Error connection_error(CURLcode code, const std::string& host) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return {"cannot reach `" + host + "`: its name could not be resolved",
              "check the name, and that this machine has a network and a name server (`getent hosts " + host + "`)"};
    case CURLE_COULDNT_RESOLVE_PROXY:
      return {"the name of the proxy could not be resolved", "look at the environment variables http_proxy and https_proxy"};
    case CURLE_COULDNT_CONNECT:
      return {"cannot reach `" + host + "`: it refused the connection, or no way leads to it",
              "check the port, and whether this network needs a proxy (http_proxy, https_proxy)"};
    case CURLE_OPERATION_TIMEDOUT:
      return {"`" + host + "` sends nothing any more: the call was given up", "try again later; a firewall that swallows packets looks the same"};
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
      return {"the connection to `" + host + "` was cut off before the answer was whole", "try again: the server or the network broke it off"};
    default: return {"the call to `" + host + "` failed"};
  }
}

bool is_tls_error(CURLcode code) {
  return code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CONNECT_ERROR || code == CURLE_SSL_CACERT_BADFILE ||
         code == CURLE_SSL_CERTPROBLEM || code == CURLE_SSL_CIPHER;
}

Error tls_error(CURLcode code, const std::string& host, const std::string& detail) {
  if (code == CURLE_SSL_CACERT_BADFILE) {
    return {"the file of trusted certificates cannot be read", "look at the environment variables CURL_CA_BUNDLE and SSL_CERT_FILE, or install `ca-certificates`"};
  }
  if (code != CURLE_PEER_FAILED_VERIFICATION) {
    return {"no secure connection to `" + host + "` could be made", "check that the port speaks TLS: an address of http:// does not"};
  }
  // The words of libcurl with OpenSSL.
  if (detail.find("subject name") != std::string::npos) {
    return {"the certificate of `" + host + "` is for another name", "call the server by the name that it is for: `openssl s_client -connect HOST:PORT` shows it"};
  }
  return {"the certificate of `" + host + "` is not trusted",
          "a network with its own certificates names them in CURL_CA_BUNDLE or SSL_CERT_FILE; also check this machine's clock"};
}

/// What curl says where the other side, asked in HTTP, leads to another protocol or answers in none.
Error protocol_error(const std::string& url, const std::string& detail) {
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (!is_http) return {shown_url(url) + " is not an address of http:// or https://", "write one that begins so"};
  if (detail.find("HTTP/0.9") != std::string::npos) return {"`" + host_in(url) + "` does not answer in HTTP", "check the port: another kind of server listens there"};
  return {shown_url(url) + " redirects to what is not an address of http:// or https://", "see where with `curl -sI`: others are not followed"};
}

Error url_error(CURLcode code, const std::string& url) {
  if (code == CURLE_TOO_MANY_REDIRECTS) return {shown_url(url) + " redirects more than 20 times", "the server sends it in a circle: open the address in a browser"};
  return {shown_url(url) + " is not an address that can be called", "it looks like https://host/path"};
}

bool is_url_error(CURLcode code) {
  return code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_URL_MALFORMAT;
}

bool is_transient(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_HTTP2:
    case CURLE_HTTP2_STREAM: return true;
    default: return false;
  }
}

}  // namespace

Error call_error(CURLcode code, const HttpRequest& request, const std::string& detail) {
  Error error;
  if (code == CURLE_UNSUPPORTED_PROTOCOL) {
    error = protocol_error(request.url, detail);
  } else if (is_url_error(code)) {
    error = url_error(code, request.url);
  } else if (is_tls_error(code)) {
    error = tls_error(code, host_in(request.url), detail);
  } else {
    error = connection_error(code, host_in(request.url));
  }
  error.detail = detail.empty() ? ::curl_easy_strerror(code) : detail;
  error.transient = is_transient(code);
  return error;
}

Error stopped_call_error() { return {"the call was stopped"}; }

}  // namespace sdlrun::engine
