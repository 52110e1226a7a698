# cmake -DROOT=… -DOUT=… -P: writes a C++ file with the SHA-256 over names and contents of the firmware's sources.
file(GLOB_RECURSE files RELATIVE ${ROOT} ${ROOT}/firmware/protocol/*.h ${ROOT}/firmware/protocol/*.cpp ${ROOT}/firmware/pump/*.h
     ${ROOT}/firmware/pump/*.cpp ${ROOT}/firmware/security/*.h ${ROOT}/firmware/security/*.cpp ${ROOT}/firmware/security/*.cmake
     ${ROOT}/firmware/hal/*.h ${ROOT}/firmware/boards/lockstep/*.h ${ROOT}/firmware/boards/lockstep/*.cpp
     ${ROOT}/firmware/boards/host/*.h ${ROOT}/firmware/boards/host/*.cpp)
list(FILTER files EXCLUDE REGEX "_test\\.cpp$|_fuzz\\.cpp$|/testing/|/campaign/|/contract/")
list(SORT files)
set(sums "")
foreach(name ${files})
  file(SHA256 ${ROOT}/${name} sum)
  string(APPEND sums "${sum} ${name}\n")
endforeach()
string(SHA256 hash "${sums}")
file(CONFIGURE OUTPUT ${OUT} @ONLY CONTENT [[
#include "firmware/boards/host/host_firmware.h"

std::string_view pumpfw::host::source_hash() { return "@hash@"; }
]])
