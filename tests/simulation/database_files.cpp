#include "database_files.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <new>

namespace sdlrun::simulation {

struct DatabaseFiles::OpenFile : sqlite3_file {
  DatabaseFiles* disk = nullptr;
  std::string path;
  bool is_temporary = false;
  int lock = SQLITE_LOCK_NONE;
  std::array<bool, SQLITE_SHM_NLOCK> shared{};
  std::array<bool, SQLITE_SHM_NLOCK> exclusive{};
};

struct DatabaseFiles::Methods {
  static DatabaseFiles& disk(sqlite3_vfs* vfs) { return *static_cast<DatabaseFiles*>(vfs->pAppData); }
  static OpenFile& open_file(sqlite3_file* file) { return *static_cast<OpenFile*>(file); }

  /// Whether another connection to the same file is so.
  template <typename Is>
  static bool any_other(const OpenFile& file, Is is) {
    return std::any_of(file.disk->open_.begin(), file.disk->open_.end(),
                       [&](const OpenFile* other) { return other != &file && other->path == file.path && is(*other); });
  }

  // ---- files -------------------------------------------------------------------------------------------------------

  static int close(sqlite3_file* closed) {
    OpenFile& file = open_file(closed);
    DatabaseFiles& disk = *file.disk;
    if (file.is_temporary) static_cast<void>(disk.files_.remove(file.path));
    std::erase(disk.open_, &file);
    file.~OpenFile();
    return SQLITE_OK;
  }
  static int read(sqlite3_file* from, void* buffer, int length, sqlite3_int64 offset) {
    const OpenFile& file = open_file(from);
    const std::string bytes = file.disk->files_.read_at(file.path, static_cast<std::uint64_t>(offset), static_cast<std::size_t>(length));
    std::memset(buffer, 0, static_cast<std::size_t>(length));
    std::memcpy(buffer, bytes.data(), bytes.size());
    return bytes.size() == static_cast<std::size_t>(length) ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  }
  static int write(sqlite3_file* to, const void* buffer, int length, sqlite3_int64 offset) {
    const OpenFile& file = open_file(to);
    const std::string_view bytes(static_cast<const char*>(buffer), static_cast<std::size_t>(length));
    return file.disk->files_.write_at(file.path, static_cast<std::uint64_t>(offset), bytes) ? SQLITE_OK : SQLITE_FULL;
  }
  static int truncate(sqlite3_file* truncated, sqlite3_int64 size) {
    const OpenFile& file = open_file(truncated);
    return file.disk->files_.truncate(file.path, static_cast<std::uint64_t>(size)) ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
  }
  static int sync(sqlite3_file*, int) { return SQLITE_OK; }  // an engine is killed here, never a machine
  static int size(sqlite3_file* asked, sqlite3_int64* size) {
    const OpenFile& file = open_file(asked);
    const auto status = file.disk->files_.status(file.path);
    *size = status && status->has_value() ? static_cast<sqlite3_int64>((*status)->size) : 0;
    return SQLITE_OK;
  }
  static int control(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
  static int sector_size(sqlite3_file*) { return 4096; }
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

  // ---- locks -------------------------------------------------------------------------------------------------------

  static int lock(sqlite3_file* locked, int wanted) {
    OpenFile& file = open_file(locked);
    if (wanted <= file.lock) return SQLITE_OK;
    const int most = wanted == SQLITE_LOCK_SHARED ? SQLITE_LOCK_RESERVED : SQLITE_LOCK_SHARED;
    if (any_other(file, [&](const OpenFile& other) { return other.lock > most; })) return SQLITE_BUSY;
    if (wanted == SQLITE_LOCK_EXCLUSIVE && any_other(file, [](const OpenFile& other) { return other.lock > SQLITE_LOCK_NONE; })) {
      file.lock = SQLITE_LOCK_PENDING;
      return SQLITE_BUSY;
    }
    file.lock = wanted;
    return SQLITE_OK;
  }
  static int unlock(sqlite3_file* unlocked, int wanted) {
    open_file(unlocked).lock = std::min(open_file(unlocked).lock, wanted);
    return SQLITE_OK;
  }
  static int check_reserved(sqlite3_file* asked, int* is_reserved) {
    const OpenFile& file = open_file(asked);
    *is_reserved = file.lock > SQLITE_LOCK_SHARED || any_other(file, [](const OpenFile& other) { return other.lock > SQLITE_LOCK_SHARED; });
    return SQLITE_OK;
  }

  // ---- the shared memory of the write-ahead log --------------------------------------------------------------------

  static int map(sqlite3_file* mapped, int region, int size, int may_extend, void volatile** memory) {
    const OpenFile& file = open_file(mapped);
    std::vector<Region>& regions = file.disk->shared_memory_[file.path];
    *memory = nullptr;
    const auto index = static_cast<std::size_t>(region);
    if (index >= regions.size() && !may_extend) return SQLITE_OK;
    while (regions.size() <= index) regions.push_back(std::make_unique<char[]>(static_cast<std::size_t>(size)));
    *memory = regions[index].get();
    return SQLITE_OK;
  }
  static int lock_memory(sqlite3_file* locked, int first, int count, int flags) {
    OpenFile& file = open_file(locked);
    for (auto slot = static_cast<std::size_t>(first); slot < static_cast<std::size_t>(first + count); ++slot) {
      const bool is_taken = any_other(file, [&](const OpenFile& other) {
        return other.exclusive[slot] || ((flags & SQLITE_SHM_EXCLUSIVE) != 0 && other.shared[slot]);
      });
      if ((flags & SQLITE_SHM_LOCK) != 0 && is_taken) return SQLITE_BUSY;
    }
    auto& mine = (flags & SQLITE_SHM_EXCLUSIVE) != 0 ? file.exclusive : file.shared;
    std::fill_n(mine.begin() + first, count, (flags & SQLITE_SHM_LOCK) != 0);
    return SQLITE_OK;
  }
  static void barrier(sqlite3_file*) {}
  static int unmap(sqlite3_file* unmapped, int removes) {
    OpenFile& file = open_file(unmapped);
    file.shared = {};
    file.exclusive = {};
    if (removes != 0) file.disk->shared_memory_.erase(file.path);
    return SQLITE_OK;
  }

  // ---- the file system ---------------------------------------------------------------------------------------------

  static int open(sqlite3_vfs* vfs, const char* name, sqlite3_file* opened, int flags, int* flags_taken) {
    DatabaseFiles& disk = Methods::disk(vfs);
    opened->pMethods = nullptr;
    const std::string path = name != nullptr ? name : "/temporary-" + std::to_string(++disk.temporary_files_);
    const auto status = disk.files_.status(path);
    if (!status) return SQLITE_CANTOPEN;
    if (!status->has_value()) {
      if ((flags & SQLITE_OPEN_CREATE) == 0 || !disk.files_.write_at(path, 0, "")) return SQLITE_CANTOPEN;
    }
    auto* file = new (opened) OpenFile;
    file->pMethods = &io;
    file->disk = &disk;
    file->path = path;
    file->is_temporary = (flags & SQLITE_OPEN_DELETEONCLOSE) != 0;
    disk.open_.push_back(file);
    if (flags_taken != nullptr) *flags_taken = flags;
    return SQLITE_OK;
  }
  static int remove(sqlite3_vfs* vfs, const char* name, int) { return disk(vfs).files_.remove(name) ? SQLITE_OK : SQLITE_IOERR_DELETE; }
  static int access(sqlite3_vfs* vfs, const char* name, int, int* is_there) {
    const auto status = disk(vfs).files_.status(name);
    *is_there = status && status->has_value();
    return SQLITE_OK;
  }
  static int full_name(sqlite3_vfs*, const char* name, int length, char* full) {
    sqlite3_snprintf(length, full, "%s", name);
    return SQLITE_OK;
  }
  static int randomness(sqlite3_vfs* vfs, int length, char* bytes) {
    std::uint64_t& random = disk(vfs).random_;
    std::generate_n(bytes, length, [&] { return static_cast<char>((random = random * 6364136223846793005u + 1) >> 56); });
    return length;
  }
  static int sleep(sqlite3_vfs*, int microseconds) { return microseconds; }
  static int current_time(sqlite3_vfs*, double* julian_day) {
    *julian_day = 2461370.5;
    return SQLITE_OK;
  }
  static int last_error(sqlite3_vfs*, int, char*) { return 0; }

  static const sqlite3_io_methods io;
};

const sqlite3_io_methods DatabaseFiles::Methods::io{
    .iVersion = 2,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_reserved,
    .xFileControl = control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = characteristics,
    .xShmMap = map,
    .xShmLock = lock_memory,
    .xShmBarrier = barrier,
    .xShmUnmap = unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

DatabaseFiles::DatabaseFiles(engine::FakeFiles& files) : files_(files) {
  vfs_.iVersion = 1;
  vfs_.szOsFile = sizeof(OpenFile);
  vfs_.mxPathname = 512;
  vfs_.zName = "simulation";
  vfs_.pAppData = this;
  vfs_.xOpen = Methods::open;
  vfs_.xDelete = Methods::remove;
  vfs_.xAccess = Methods::access;
  vfs_.xFullPathname = Methods::full_name;
  vfs_.xRandomness = Methods::randomness;
  vfs_.xSleep = Methods::sleep;
  vfs_.xCurrentTime = Methods::current_time;
  vfs_.xGetLastError = Methods::last_error;
  sqlite3_vfs_register(&vfs_, 1);
}

DatabaseFiles::~DatabaseFiles() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace sdlrun::simulation
