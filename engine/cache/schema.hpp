// The tables of state.db. Raise `schema_version` with every change, and say in state_database.cpp how the old becomes
// new.
#pragma once

namespace sdlrun::engine {

/// Kept in the database's user_version.
inline constexpr int schema_version = 5;

inline constexpr const char* schema_sql = R"sql(
-- What finished steps gave, by key. The first of two equal keys is as good as the second.
CREATE TABLE results (
  key        TEXT PRIMARY KEY,       -- 64 hexadecimal digits
  outputs    TEXT NOT NULL,          -- JSON, as value_codec.hpp has it; empty where gc has taken the result away
  warnings   TEXT NOT NULL,          -- JSON list of texts
  duration   INTEGER NOT NULL,       -- milliseconds
  unsynced_boot TEXT NOT NULL DEFAULT ''  -- the boot it is of, until its outputs are known to be on the disk
) WITHOUT ROWID;

-- Every time a step ran in a run, or was cached with another key than the time before.
CREATE TABLE attempts (
  id         INTEGER PRIMARY KEY,    -- the newest is the largest
  pipeline   TEXT NOT NULL,
  step       TEXT NOT NULL,
  run        TEXT NOT NULL,
  key        TEXT NOT NULL,
  parts      TEXT NOT NULL,          -- JSON list of [name, value, display]
  outcome    TEXT NOT NULL,          -- ran, cached, failed, stopped
  reason     TEXT NOT NULL,
  started    INTEGER NOT NULL,       -- milliseconds since 1970
  duration   INTEGER NOT NULL,       -- milliseconds
  log_file   TEXT NOT NULL           -- JSON text; relative to the state folder where it lies below
);
CREATE INDEX attempts_of_step ON attempts (pipeline, step, id);
CREATE INDEX attempts_of_run ON attempts (run, id);
-- Holds all that is asked of them, so that 10,000 steps are not looked up one by one.
CREATE INDEX attempts_measured ON attempts (pipeline, step, id DESC, duration) WHERE outcome = 'ran';

CREATE TABLE runs (
  run        TEXT PRIMARY KEY,       -- 20261124-031502-1
  pipeline   TEXT NOT NULL,
  file       TEXT NOT NULL,
  command    TEXT NOT NULL,
  started    INTEGER NOT NULL,
  duration   INTEGER NOT NULL,
  outcome    TEXT NOT NULL,          -- running, succeeded, failed, interrupted, crashed
  ran        INTEGER NOT NULL,
  cached     INTEGER NOT NULL,
  failed     INTEGER NOT NULL,
  journal    TEXT NOT NULL,          -- of the process that runs it: while it is there, so is the process
  cached_attempts TEXT NOT NULL DEFAULT '',  -- the attempts it took over as they were, as ranges of ids: "1-10000,10002"
  attempts_before INTEGER NOT NULL DEFAULT 0  -- the newest attempt when it began: gc keeps what it may take over
);
CREATE INDEX runs_by_start ON runs (started);
CREATE INDEX running ON runs (run) WHERE outcome = 'running';

-- Digests of files that have not changed since.
CREATE TABLE digests (
  path       BLOB PRIMARY KEY,
  size       INTEGER NOT NULL,
  modified   INTEGER NOT NULL,       -- nanoseconds
  changed    INTEGER NOT NULL,       -- nanoseconds
  inode      INTEGER NOT NULL,
  device     INTEGER NOT NULL,
  links      INTEGER NOT NULL,
  executable INTEGER NOT NULL,
  digest     TEXT NOT NULL
) WITHOUT ROWID;

-- How far each journal has been brought into the tables above, in the same transaction: no record twice, none left out.
CREATE TABLE journals (
  name       TEXT PRIMARY KEY,
  applied    INTEGER NOT NULL        -- bytes
) WITHOUT ROWID;
)sql";

/// Since version 5. Which notes of runs that had nothing to do (engine/unchanged) are still true. A row is made before its run
/// reads results and attempts, and named its note at the run's end. Whoever changes what the run may have read takes
/// the row away, in the same transaction, whether he knows of notes or not.
inline constexpr const char* unchanged_sql = R"sql(
CREATE TABLE unchanged (
  request    TEXT PRIMARY KEY,       -- digest of what was asked for
  pipeline   TEXT NOT NULL,
  run        TEXT NOT NULL,          -- that made the row
  note       TEXT NOT NULL           -- digest of the note; empty until it is left
);
CREATE TRIGGER unchanged_attempts AFTER INSERT ON attempts BEGIN
  DELETE FROM unchanged WHERE pipeline = NEW.pipeline;
END;
CREATE TRIGGER unchanged_attempts_gone AFTER DELETE ON attempts BEGIN
  DELETE FROM unchanged WHERE pipeline = OLD.pipeline;
END;
CREATE TRIGGER unchanged_results_anew BEFORE INSERT ON results WHEN EXISTS (SELECT 1 FROM results WHERE key = NEW.key) BEGIN
  DELETE FROM unchanged;
END;
CREATE TRIGGER unchanged_results AFTER UPDATE OF outputs, warnings ON results BEGIN
  DELETE FROM unchanged;
END;
CREATE TRIGGER unchanged_results_gone AFTER DELETE ON results BEGIN
  DELETE FROM unchanged;
END;
)sql";

/// From one version to the next, by the older: what each adds.
inline constexpr const char* from_version_1 = "ALTER TABLE runs ADD COLUMN cached_attempts TEXT NOT NULL DEFAULT ''";
inline constexpr const char* from_version_2 =
    "ALTER TABLE runs ADD COLUMN attempts_before INTEGER NOT NULL DEFAULT 0; "
    "ALTER TABLE results ADD COLUMN unsynced_boot TEXT NOT NULL DEFAULT ''";
inline constexpr const char* from_version_3 =
    "CREATE INDEX attempts_measured ON attempts (pipeline, step, id DESC, duration) WHERE outcome = 'ran'";

}  // namespace sdlrun::engine
