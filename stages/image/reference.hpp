// The name of an image in a registry: "python", "registry.example.com/team/imdb:1", "host:5000/name@sha256:…".
#pragma once

#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace sdlrun::stages::image {

struct Reference {
  std::string host = {};        // "docker.io" where the name says none
  std::string repository = {};  // "library/python"
  std::string tag = {};         // empty where it has a digest and no tag
  std::string digest = {};      // empty where it has none

  /// What a registry is asked for: the digest where there is one, else the tag.
  const std::string& version() const { return digest.empty() ? tag : digest; }
  /// Whether it may mean another image tomorrow.
  bool is_by_tag_only() const { return digest.empty(); }
};

/// Where it has neither, the tag is "latest".
engine::Result<Reference> parse_reference(std::string_view text);
/// A name without a tag or digest, or with a tag: `tag` is empty where it has none.
engine::Result<Reference> parse_repository(std::string_view text);
bool is_tag(std::string_view text);

/// "docker.io/library/python:3.12@sha256:…".
std::string reference_text(const Reference& reference);

/// Whether a host is this machine itself: "localhost", 127.0.0.0/8 and ::1, with any port.
bool is_loopback(std::string_view host);
/// The host that answers for it: Docker's registry has another than its name.
std::string api_host(const std::string& host);

}  // namespace sdlrun::stages::image
