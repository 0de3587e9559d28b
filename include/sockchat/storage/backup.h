// Copies of a database in one file: made while a server writes, read back in full before they get their name,
// and put in place again. Synchronous, in a process of one's own; every error is one line that names the
// file.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "sockchat/base/ids.h"
#include "sockchat/base/result.h"

namespace sockchat::storage {

struct BackupContents {
  std::int64_t version = 0;  // of the schema
  std::uint64_t accounts = 0;
  std::uint64_t messages = 0;
  MessageId newest;           // the last mid that was given
  std::uint64_t commits = 0;  // what the directory's `progress` counts
};

struct Backup {
  BackupContents contents;
  // Rows that are damaged in the original too, a line each: the copy is faithful, and no better.
  std::vector<std::string> damages;
};

// "copied" or "checked", and how much of it; often.
using BackupProgress = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

// Everything that was committed before the call, as of one moment. `target` must not exist; it appears whole,
// 0600, synced and checked, or not at all.
Result<Backup> back_up(const std::string& directory, const std::string& target,
                       const BackupProgress& progress);

// corrupt: names what is damaged, if it is only a row.
Result<BackupContents> check_backup(const std::string& file, const BackupProgress& progress);

// Into a directory that is new, or holds nothing but `lock` and `progress`; no server gets in meanwhile.
// Checks the file as check_backup() does, and then the copy.
Result<BackupContents> restore_backup(const std::string& file, const std::string& directory,
                                      const BackupProgress& progress);

}  // namespace sockchat::storage
