#include "engine/cache/database.hpp"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

namespace sdlrun::engine {

namespace {

/// What means something in a URI stands as its code.
std::string uri_path(const std::filesystem::path& path) {
  std::string text;
  for (const char byte : path.native()) {
    if (byte == '%') text += "%25";
    else if (byte == '?') text += "%3f";
    else if (byte == '#') text += "%23";
    else text += byte;
  }
  return text;
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);
}

Result<Database> Database::open(const std::filesystem::path& path) {
  Database database;
  database.path_ = path;
  sqlite3* connection = nullptr;
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  database.connection_.reset(connection);
  database.note(code);
  if (code != SQLITE_OK) return tl::unexpected(database.error("open"));
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, 10'000);
  // The write-ahead log is read at the next start as well as at this end, and then nobody waits for the disk.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (auto set = database.execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL"); !set) {
    return tl::unexpected(std::move(set.error()));
  }
  return database;
}

Result<Database> Database::open_read_only(const std::filesystem::path& path) {
  // Without its `-shm` file SQLite would have to make it. Said to be immutable it needs none, and has no log.
  for (const char* ending : {"", "?immutable=1"}) {
    Database database;
    database.path_ = path;
    sqlite3* connection = nullptr;
    const std::string name = "file:" + uri_path(path) + ending;
    const int code = sqlite3_open_v2(name.c_str(), &connection, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX, nullptr);
    database.connection_.reset(connection);
    database.note(code);
    const auto read = database.number("SELECT count(*) FROM sqlite_master");
    if (read) return database;
    if (*ending != '\0') return tl::unexpected(read.error());
  }
  return failure("cannot open `" + path.string() + '`');
}

bool Database::is_damaged_file(const std::filesystem::path& path) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database;
  database.path_ = path;
  database.connection_.reset(opened);
  if (code != SQLITE_OK) return false;  // no right to it, or no such file: that is another matter
  Statement check("PRAGMA quick_check(1)");
  Use use(database, check);
  const bool is_sound = use.next() && use.text(0) == "ok";
  return database.is_damaged() || (!use.failed() && !is_sound);
}

void Database::note(int code) {
  const int primary = code & 0xff;
  const bool is_cut_off = code == SQLITE_IOERR_SHORT_READ;
  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB || is_cut_off) *damaged_ = true;
}

Error Database::error(std::string_view action) const {
  const int code = sqlite3_errcode(connection_.get()) & 0xff;
  std::string hint;
  const int number = sqlite3_system_errno(connection_.get());
  if (code == SQLITE_IOERR) hint = "see with `df -h " + path_.parent_path().string() + "` and `dmesg` whether the disk is full or broken";
  if (code == SQLITE_FULL || number == ENOSPC || number == EDQUOT) hint = "make room on the disk that holds the project, and run again";
  if (code == SQLITE_READONLY || code == SQLITE_CANTOPEN || code == SQLITE_PERM) {
    hint = "look at who owns it and its folder: `ls -ld " + path_.parent_path().string() + '`';
  }
  if (code == SQLITE_BUSY) hint = "another sdlrun is writing for long: try again when it has ended";
  return Error{"cannot " + std::string(action) + " `" + path_.string() + "`: " + sqlite3_errmsg(connection_.get()),
               hint};
}

Result<void> Database::execute(const char* sql) {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  note(code);
  if (code != SQLITE_OK) return tl::unexpected(error("use"));
  return {};
}

Result<std::int64_t> Database::number(const char* sql) {
  Statement statement(sql);
  Use use(*this, statement);
  if (!use.next()) return tl::unexpected(error("read"));
  return use.integer(0);
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Use::Use(Database& database, Statement& statement) : database_(database) {
  if (statement.prepared_ == nullptr) {
    sqlite3_stmt* prepared = nullptr;
    const int code =
        sqlite3_prepare_v3(database.handle(), statement.sql_.data(), static_cast<int>(statement.sql_.size()),
                           SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    database.note(code);
    statement.prepared_.reset(prepared);
  }
  statement_ = statement.prepared_.get();
  failed_ = statement_ == nullptr;
}

Use::~Use() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Use& Use::bind(std::string_view text) {
  // SQLite copies: what is bound need not live longer than this call.
  const int code = failed_ ? SQLITE_OK
                           : sqlite3_bind_text64(statement_, ++bound_, text.data() == nullptr ? "" : text.data(),
                                                 text.size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  failed_ = failed_ || code != SQLITE_OK;
  return *this;
}

Use& Use::bind(std::int64_t number) {
  failed_ = failed_ || sqlite3_bind_int64(statement_, ++bound_, number) != SQLITE_OK;
  return *this;
}

bool Use::next() {
  if (failed_) return false;
  const int code = sqlite3_step(statement_);
  database_.note(code);
  failed_ = code != SQLITE_ROW && code != SQLITE_DONE;
  return code == SQLITE_ROW;
}

Result<void> Use::run() {
  while (next()) continue;
  if (failed_) return tl::unexpected(database_.error("write"));
  return {};
}

std::string_view Use::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return text == nullptr ? std::string_view()
                         : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

std::int64_t Use::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

Result<Transaction> Transaction::begin(Database& database) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return tl::unexpected(std::move(begun.error()));
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_ != nullptr) static_cast<void>(database_->execute("ROLLBACK"));
}

Result<void> Transaction::commit() {
  auto done = database_->execute("COMMIT");
  if (done) database_ = nullptr;
  return done;
}

}  // namespace sdlrun::engine
