#include "stages/image/dockerfile/build_output.hpp"

#include <algorithm>
#include <cstdlib>
#include <span>

#include "dsl/values/line_pattern.hpp"

namespace sdlrun::stages::image {

namespace {

constexpr std::size_t kept_lines = 60;
constexpr std::size_t shown_lines = 12;

/// Between words one blank, and no `\` of lines that go on.
std::string in_one_line(std::string_view text) {
  std::string joined;
  for (const char byte : text) {
    const bool is_blank = byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
    if (!is_blank) joined += byte;
    else if (!joined.empty() && joined.back() != ' ') joined += ' ';
  }
  while (joined.ends_with(' ')) joined.pop_back();
  return joined;
}

/// Whether it is the same where variables have got their values, as BuildKit shows it.
bool is_with_values(std::string_view written, std::string_view shown) {
  while (!written.empty() && !shown.empty()) {
    const std::string_view one = written.substr(0, written.find(' ')), other = shown.substr(0, shown.find(' '));
    if (one != other && one.find('$') == std::string_view::npos) return false;
    written.remove_prefix(std::min(one.size() + 1, written.size()));
    shown.remove_prefix(std::min(other.size() + 1, shown.size()));
  }
  return written.empty() && shown.empty();
}

/// Without colours.
std::string plain(std::string_view line) {
  std::string text;
  for (std::size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '\x1b') at = std::min(line.find('m', at), line.size());
    else text += line[at];
  }
  return text;
}

/// What failures look like, the first that fits. `{}` is what the pattern has caught.
struct KnownFailure {
  const char* pattern;
  const char* message;
  const char* hint;
  bool is_transient = false;
};
constexpr KnownFailure known_failures[] = {
    {R"(secret (\S+?):? not found)", "the step gives no secret `{}`", "give it: `secrets = { \"{}\": … }`"},
    {R"(no secret with id (\S+) found)", "the step gives no secret `{}`", "give it: `secrets = { \"{}\": … }`"},
    {R"(the (--\w+) option requires BuildKit)", "`{}` wants BuildKit, and this is Docker's classic builder", "install its plugin `buildx` (`apt-get install docker-buildx`), or Podman or Buildah"},
    {R"re([Uu]nknown instruction: "?(\w+))re", "there is no instruction `{}`", "look at its spelling"},
    {R"(dockerfile parse error.*?: (.*))", "{}", "look at that line"},
    {R"re((?:target stage|build target|The target) "?(.+?)"? (?:could not be found|in Dockerfile|was not found))re", "it has no stage `{}`", "`target` names one of its `FROM … AS name`"},
    {R"((?:no such host|Temporary failure in name resolution|server misbehaving).*())", "a name was not found in the network", "is there a network, and a name server?", true},
    {R"(((?:connection refused|i/o timeout|network is unreachable|TLS handshake timeout|connection reset by peer)))", "{}", "is the network there, and the registry?", true},
    {R"re(short-name "(\S+)" did not resolve)re", "the base `{}` has no registry in its name", "write it in full, such as `docker.io/library/{}`, or name registries in /etc/containers/registries.conf"},
    {R"((?:pull access denied for|manifest for|requested access to the resource is denied).*?(\S*))", "its base is not there, or may not be read", "look at the name behind FROM; `docker login` for what is private"},
    {R"(pinging container registry (\S+): .*server gave HTTP response to HTTPS client)", "the registry {} has no TLS", "allow that in /etc/containers/registries.conf: `[[registry]]`, `location = \"{}\"`, `insecure = true`"},
    {R"((manifest unknown|unauthorized|authentication required))", "its base is not there, or may not be read ({})", "look at the name behind FROM; `docker login` for what is private"},
    {R"((\S+:\S+): not found$)", "its base is not there, or may not be read ({})", "look at the name behind FROM; `docker login` for what is private"},
};

/// What a RUN line's program has ended with.
constexpr KnownFailure known_ends[] = {
    {R"((?:non-zero code|exit code|exit status):? 127())", "a command was not found in the image", "does its base have the program, or an earlier RUN install it?"},
    {R"((?:non-zero code|exit code|exit status):? 137())", "it was killed (exit code 137)", "that often means that memory ran out"},
    {R"((?:non-zero code|exit code|exit status):? (\d+))", "it ended with exit code {}", "its log shows what it printed"},
};

/// Said by such a program before it ended, or by the engine itself.
constexpr KnownFailure known_words[] = {
    {R"((exec format error))", "a program in it is for another processor", "is `platform` what the base is for?"},
    {R"(([Nn]o space left on device))", "no space left on device", "make room where the engine keeps its images: `docker system df`, `podman system df`"},
    {R"((Temporary failure (?:in name resolution|resolving)|Could not resolve host|[Bb]ad address|Network is unreachable))", "it does not come through to the network ({})", "is there one, and may builds use it?", true},
};

bool is_exit(const std::string& words) { return dsl::last_match(words, R"((?:non-zero code|exit code|exit status):? (\d+))").has_value(); }

std::string filled(std::string text, const std::string& value) {
  for (std::size_t at = text.find("{}"); at != std::string::npos; at = text.find("{}", at + value.size())) text.replace(at, 2, value);
  return text;
}

std::optional<engine::Error> explained(std::span<const KnownFailure> failures, const std::string& said) {
  for (const KnownFailure& known : failures) {
    const auto caught = dsl::last_match(said, known.pattern);
    if (caught) return engine::Error{.message = filled(known.message, *caught), .hint = filled(known.hint, *caught), .detail = {}, .transient = known.is_transient};
  }
  return std::nullopt;
}

/// Engines tell in a row what they were doing: the reason is at its end.
constexpr const char* prefixes[] = {"ERROR: ", "Error: ", "Error response from daemon: ", "failed to build: ", "failed to solve: ", "rpc error: code = Unknown desc = ",
                                      "failed to solve with frontend dockerfile.v0: ", "failed to create LLB definition: "};

std::string without_prefixes(std::string text) {
  for (const std::string prefix : prefixes) {
    if (text.starts_with(prefix)) text.erase(0, prefix.size());
  }
  return text;
}

/// The place that a COPY did not find.
std::optional<std::string> missing_source(const std::string& words) {
  for (const char* pattern : {R"re("/([^"]+)" not found)re", R"re("/([^"]+)": not found)re", R"re(copier: stat: "/([^"]+)": no such file)re", R"re(stat (\S+): file does not exist)re", R"re(copier: no items? matching glob "(?:/[^"]*?)??/?([^"/]+)")re"}) {
    if (auto found = dsl::last_match(words, pattern)) return found;
  }
  return std::nullopt;
}

engine::Error missing_source_error(const std::string& place, const std::string& instruction, const BuiltFrom& from) {
  if (instruction.find("--from=") != std::string::npos) return {.message = "there is no `/" + place + "` in what `--from` names", .hint = "look at what that stage leaves"};
  const std::string why = from.why_left_out(place);
  if (!why.empty()) return {.message = "`" + place + "` is not sent to the engine: " + why, .hint = "take it in again with a line `!" + place + "` behind that"};
  return {.message = "there is no `" + place + "` in `" + from.folder + "`", .hint = "sources are relative to the step's `context`, and cannot lie outside of it"};
}

}  // namespace

std::optional<BuildStep> announced_step(std::string_view line) {
  constexpr const char* pattern = R"(^(?:\[\d+/\d+\] )?(?:STEP|Step) (\d+)/\d+ ?: .*$)";
  constexpr const char* buildkit = R"(^#\d+ \[(?:[^\]]* )?(\d+)/\d+\] \S.*$)";
  const std::string text(line);
  const bool is_buildkit = dsl::last_match(text, buildkit).has_value();
  const auto number = is_buildkit ? dsl::last_match(text, buildkit) : dsl::last_match(text, pattern);
  if (!number) return std::nullopt;
  const auto total = dsl::last_match(text, is_buildkit ? R"(^#\d+ \[(?:[^\]]* )?\d+/(\d+)\])" : R"((?:STEP|Step) \d+/(\d+))");
  const auto instruction = dsl::last_match(text, is_buildkit ? R"(^#\d+ \[[^\]]*\] (.*)$)" : R"((?:STEP|Step) \d+/\d+ ?: (.*)$)");
  return BuildStep{.number = std::atoi(number->c_str()), .total = std::atoi(total.value_or("0").c_str()), .instruction = in_one_line(instruction.value_or(""))};
}

std::optional<BuildStep> BuildOutput::take(std::string_view line) {
  std::string text = plain(line);
  auto step = announced_step(text);
  if (step) step_ = *step;
  if (const auto failed = dsl::last_match(text, R"(^ > \[(?:[^\]]* )?\d+/\d+\] (.*?):?$)")) failed_ = in_one_line(*failed);
  if (const auto unused = dsl::last_match(text, R"(build.args?.*(\[.*\]))"); unused && text.find("not consumed") != std::string::npos) unused_ = *unused;
  if (const auto unknown = dsl::last_match(text, R"((\w+) is not supported for OCI image format)")) left_out_.insert(*unknown);
  lines_.push_back(std::move(text));
  if (lines_.size() > kept_lines) lines_.pop_front();
  return step;
}

/// Buildx may say where to see more behind its error.
std::string BuildOutput::last_words() const {
  const auto error = std::find_if(lines_.rbegin(), lines_.rend(), [](const std::string& line) { return line.starts_with("ERROR: failed to "); });
  if (error != lines_.rend()) return *error;
  const auto last = std::find_if(lines_.rbegin(), lines_.rend(), [](const std::string& line) { return !line.empty() && line != "------"; });
  return last == lines_.rend() ? std::string() : *last;
}

std::string BuildOutput::last_lines() const {
  std::string text;
  for (std::size_t at = lines_.size() - std::min(lines_.size(), shown_lines); at < lines_.size(); ++at) {
    if (!lines_[at].empty()) text += (text.empty() ? "" : "\n") + lines_[at];
  }
  return text;
}

engine::Error BuildOutput::failure(const std::string& engine, const std::string& how_it_ended, const BuiltFrom& from) const {
  const std::string words = last_words();
  const std::string instruction = failed_.empty() ? step_.instruction : failed_;
  const auto parse_line = dsl::last_match(words, R"(parse error (?:on )?line (\d+))");
  const int line = parse_line ? std::atoi(parse_line->c_str()) : line_of(from.text, instruction);
  std::string where = "`" + from.dockerfile + "`";
  if (line > 0) where += ", line " + std::to_string(line);
  if (!instruction.empty() && !parse_line) where += ", `" + instruction + "`";
  const auto told = [&](engine::Error error) {
    error.message = where + ": " + error.message;
    // What a RUN line's program has printed stands before the engine's own words.
    error.detail = is_exit(words) ? last_lines() : words;
    return error;
  };
  // The words of an exit may hold the whole command, which may hold anything.
  if (is_exit(words)) {
    auto error = explained(known_words, last_lines());
    return told(error ? std::move(*error) : explained(known_ends, words).value_or(engine::Error{words}));
  }
  if (const auto place = missing_source(words)) return told(missing_source_error(*place, instruction, from));
  for (const std::span<const KnownFailure> known : {std::span<const KnownFailure>(known_words), std::span<const KnownFailure>(known_failures)}) {
    if (auto error = explained(known, words)) return told(std::move(*error));
  }
  const std::string reason = without_prefixes(words);
  return told({.message = reason.empty() ? engine + " ended with " + how_it_ended : reason, .hint = "its log shows what the engine printed"});
}

std::vector<std::string> BuildOutput::unused_arguments(const std::vector<std::string>& given) const {
  const std::string listed = unused_.empty() ? "" : unused_.substr(1, unused_.size() - 2);
  std::vector<std::string> unused;
  for (const std::string& name : given) {
    if ((' ' + listed + ' ').find(' ' + name + ' ') != std::string::npos) unused.push_back(name);
  }
  return unused;
}

int line_of(std::string_view dockerfile, std::string_view instruction) {
  const std::string wanted = in_one_line(instruction);
  if (wanted.empty()) return 0;
  int similar = 0;
  std::string whole;  // an instruction that goes on over several lines
  int number = 0, begin = 1;
  while (!dockerfile.empty()) {
    std::string_view line = dockerfile.substr(0, dockerfile.find('\n'));
    dockerfile.remove_prefix(std::min(line.size() + 1, dockerfile.size()));
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t text = line.find_first_not_of(" \t");
    if (text == std::string_view::npos || line[text] == '#') continue;
    if (whole.empty()) begin = number;
    const bool goes_on = line.ends_with('\\');
    whole += std::string(goes_on ? line.substr(0, line.size() - 1) : line) + ' ';
    if (goes_on) continue;
    const std::string written = in_one_line(whole);
    if (written == wanted) return begin;
    if (similar == 0 && is_with_values(written, wanted)) similar = begin;
    whole.clear();
  }
  return similar;
}

}  // namespace sdlrun::stages::image
