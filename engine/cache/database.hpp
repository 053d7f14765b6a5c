// SQLite by four small owners: a database, a statement, one use of a statement, a transaction.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "engine/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace sdlrun::engine {

/// One connection. Not thread-safe: its user locks.
class Database {
 public:
  /// Opens or makes the file, in WAL mode. Waits up to ten seconds for other engines that write.
  static Result<Database> open(const std::filesystem::path& path);

  /// The file as it is where nothing can be written, with its write-ahead log as far as SQLite can read it there.
  static Result<Database> open_read_only(const std::filesystem::path& path);

  /// Whether SQLite calls the file no database, or malformed. Reads every page.
  static bool is_damaged_file(const std::filesystem::path& path);

  /// One or more statements without results.
  Result<void> execute(const char* sql);
  /// The first column of the first row as a number.
  Result<std::int64_t> number(const char* sql);
  /// True once SQLite has said that the file is no database or is malformed.
  bool is_damaged() const { return connection_ == nullptr || *damaged_; }
  /// What SQLite said last, as an error of ours that names the file.
  Error error(std::string_view action) const;

  sqlite3* handle() const { return connection_.get(); }
  /// Keeps in mind a result that means damage.
  void note(int code);

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  std::unique_ptr<sqlite3, Close> connection_;
  std::unique_ptr<bool> damaged_ = std::make_unique<bool>(false);
  std::filesystem::path path_;
};

/// A prepared statement, made at its first use and kept for the next. Goes before its database.
class Statement {
 public:
  explicit Statement(std::string_view sql) : sql_(sql) {}

 private:
  friend class Use;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  std::string_view sql_;
  std::unique_ptr<sqlite3_stmt, Finalize> prepared_;
};

/// One execution of a statement: bind in order, then step; it is reset when this goes, so that no read is left open.
///
///     Use use(database, find_result);
///     use.bind(key);
///     if (use.next()) … use.text(0) …
class Use {
 public:
  Use(Database& database, Statement& statement);
  ~Use();
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;

  Use& bind(std::string_view text);
  Use& bind(std::int64_t number);
  /// True if there is a row; false at the end and on failure.
  bool next();
  /// For statements without rows.
  Result<void> run();
  bool failed() const { return failed_; }

  std::string_view text(int column) const;
  std::int64_t integer(int column) const;

 private:
  Database& database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  bool failed_ = false;
};

/// Rolled back unless committed. Takes the write lock at once, so that it cannot fail for it halfway.
class Transaction {
 public:
  static Result<Transaction> begin(Database& database);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();
  Result<void> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

}  // namespace sdlrun::engine
