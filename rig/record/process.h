// Who is writing a run, so that a reader can tell a run that is at work from one whose writer died.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace pumprig::record {

// Rows "writer.boot", "writer.pid" and "writer.start" of this process.
std::map<std::string, std::string> writer_rows();
// Is the process that these rows name still alive on this machine, in this boot?
bool writer_alive(const std::map<std::string, std::string>& rows);
// Do these rows name the process of this number?
bool written_by(const std::map<std::string, std::string>& rows, std::int64_t pid);

}  // namespace pumprig::record
