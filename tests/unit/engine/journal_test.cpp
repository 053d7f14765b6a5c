#include "engine/cache/journal.hpp"

#include <sys/resource.h>
#include <sys/wait.h>

#include <csignal>

#include "cache_fixtures.hpp"
#include "engine/world/real/real_files.hpp"

using namespace sdlrun::engine;
using namespace sdlrun::engine::cache_tests;

namespace {

const std::vector<std::string> some_records{"first", "", std::string(5000, 'x'), std::string("\0\1\2\n", 4), "last"};

RealFiles files;

std::string journal_bytes(const TemporaryFolder& folder) {
  Journal journal = need(Journal::create(files, folder / "journal"));
  for (const std::string& record : some_records) need(journal.append(record));
  return read_text(folder / "journal" / journal.name());
}

}  // namespace

TEST_CASE("a journal gives back what was appended") {
  TemporaryFolder folder;
  const std::string bytes = journal_bytes(folder);
  CHECK(is_journal(bytes));
  CHECK(read_journal(bytes, 0).records == some_records);
  CHECK(read_journal(bytes, 0).end == bytes.size());
}

TEST_CASE("reading goes on where it ended") {
  TemporaryFolder folder;
  const std::string bytes = journal_bytes(folder);
  const auto first = read_journal(bytes.substr(0, bytes.size() - 1), 0);
  CHECK(first.records.size() == some_records.size() - 1);
  CHECK(read_journal(bytes, first.end).records == std::vector<std::string>{"last"});
  CHECK(read_journal(bytes, bytes.size()).records.empty());
  CHECK(read_journal(bytes, bytes.size() + 100).records.empty());
}

TEST_CASE("cut off at any byte, a journal gives the records before the cut and no garbage") {
  TemporaryFolder folder;
  const std::string bytes = journal_bytes(folder);
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto content = read_journal(std::string_view(bytes).substr(0, length), 0);
    REQUIRE(content.records.size() < some_records.size());
    REQUIRE(content.records ==
            std::vector<std::string>(some_records.begin(),
                                     some_records.begin() + static_cast<std::ptrdiff_t>(content.records.size())));
    REQUIRE(is_journal(bytes.substr(0, length)));
  }
}

TEST_CASE("a changed byte ends the journal before its record, and zeros behind the end are none") {
  TemporaryFolder folder;
  const std::string bytes = journal_bytes(folder);
  for (std::size_t place = 17; place < bytes.size(); ++place) {
    std::string changed = bytes;
    changed[place] = static_cast<char>(changed[place] ^ 0x40);
    const auto records = read_journal(changed, 0).records;
    REQUIRE(records.size() < some_records.size());
    REQUIRE(std::equal(records.begin(), records.end(), some_records.begin()));
  }
  CHECK(read_journal(bytes + std::string(4096, '\0'), 0).records == some_records);
}

TEST_CASE("another file is no journal") {
  CHECK_FALSE(is_journal("sdlrun-journal-2\n…"));
  CHECK_FALSE(is_journal("# notes"));
}

TEST_CASE("the journal of a living process is left alone, that of an ended one is not") {
  TemporaryFolder folder;
  {
    Journal living = need(Journal::create(files, folder / "journal"));
    Journal also_living = need(Journal::create(files, folder / "journal"));
    CHECK(ended_journals(files, folder / "journal").empty());
  }
  const auto ended = ended_journals(files, folder / "journal");
  CHECK(ended.size() == 2);
  CHECK(ended_journals(files, folder / "journal").empty());  // they are locked by who found them
  for (const EndedJournal& journal : ended) journal.remove();
  CHECK(std::filesystem::is_empty(folder / "journal"));
  CHECK(ended_journals(files, folder / "nothing").empty());
}

TEST_CASE("a record that does not fit on the disk is an error, and the journal goes on behind it") {
  TemporaryFolder folder;
  // A limit on the size of files stands in for a full disk; it holds for a whole process, so for a child.
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
    auto journal = Journal::create(files, folder / "journal");
    const rlimit limit{1000, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    bool as_expected = journal && journal->append("before") && !journal->append(std::string(5000, 'x'));
    as_expected = as_expected && journal->append("after");
    ::_exit(as_expected ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  REQUIRE(WEXITSTATUS(status) == 0);
  const auto ended = ended_journals(files, folder / "journal");
  REQUIRE(ended.size() == 1);
  CHECK(read_journal(need(ended[0].read()), 0).records == std::vector<std::string>{"before", "after"});
}
