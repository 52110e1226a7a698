# pumpfw_bearssl: the few files of BearSSL that firmware/security calls, for whatever compiler the project has.
#
# The library's source is Debian's source package `bearssl`, taken at configure time with apt's own downloader from the mirror that this
# machine is set up for (no deb-src line and no root needed), verified against the SHA-256 below, kept in build/downloads, never committed.
# A machine without a network: put the file there, or name it with -DPUMPFW_BEARSSL_TARBALL=….
include_guard(GLOBAL)
get_filename_component(pumpfw_root ${CMAKE_CURRENT_LIST_DIR}/../.. ABSOLUTE)

set(bearssl_name bearssl_0.6+dfsg.1.orig.tar.xz)
set(bearssl_sha256 102a625bd8f6155260867a50c508df8d8c3f796985dd744df1a68e5cd1a79004)
set(bearssl_pool pool/main/b/bearssl/${bearssl_name})
set(PUMPFW_BEARSSL_TARBALL "" CACHE FILEPATH "${bearssl_name}, where it can not be downloaded")
set(PUMPRIG_DOWNLOADS "${pumpfw_root}/build/downloads" CACHE PATH "where sources from Debian's mirror are kept")

function(bearssl_is_good file result)
  set(${result} FALSE PARENT_SCOPE)
  if(EXISTS "${file}")
    file(SHA256 "${file}" sum)
    if(sum STREQUAL bearssl_sha256)
      set(${result} TRUE PARENT_SCOPE)
    endif()
  endif()
endfunction()

# The archives that apt is set up for and that may be Debian's, official or mirrored: as apt says, and as its files say, because apt knows
# of none before its first update.
function(bearssl_mirrors result)
  execute_process(COMMAND apt-get indextargets --format "$(REPO_URI)" "Created-By: Packages" OUTPUT_VARIABLE said ERROR_QUIET)
  string(REPLACE "\n" ";" mirrors "${said}")
  file(GLOB files /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources)
  foreach(file ${files})
    file(STRINGS "${file}" lines REGEX "^(deb |deb-src |URIs:)")
    string(REGEX MATCHALL "https?://[^] \t;]+" found "${lines}")
    list(APPEND mirrors ${found})
  endforeach()
  list(FILTER mirrors INCLUDE REGEX "/debian/?$")
  list(REMOVE_DUPLICATES mirrors)
  set(${result} "${mirrors}" PARENT_SCOPE)
endfunction()

function(bearssl_download file)
  find_program(APT_HELPER apt-helper PATHS /usr/lib/apt NO_CACHE)
  bearssl_mirrors(mirrors)
  set(said "  no apt, or none of its sources is a Debian archive\n")
  foreach(mirror ${mirrors})
    string(REGEX REPLACE "/$" "" mirror "${mirror}")
    execute_process(COMMAND ${APT_HELPER} download-file "${mirror}/${bearssl_pool}" "${file}.part" "SHA256:${bearssl_sha256}"
                    OUTPUT_QUIET ERROR_VARIABLE error)
    bearssl_is_good("${file}.part" good)
    if(good)
      file(RENAME "${file}.part" "${file}")
      return()
    endif()
    file(REMOVE "${file}.part")
    string(STRIP "${error}" error)
    set(said "  ${mirror}/${bearssl_pool}\n    ${error}\n")
  endforeach()
  message(FATAL_ERROR "The pump's cryptography is BearSSL from Debian's source package, and it could not be downloaded:\n${said}"
    "Without a network, put ${bearssl_name} (SHA-256 ${bearssl_sha256}) into ${PUMPRIG_DOWNLOADS}, or name it: "
    "cmake -DPUMPFW_BEARSSL_TARBALL=/path/to/${bearssl_name}. On a machine with network: apt-get source --download-only bearssl")
endfunction()

# Sets PUMPFW_BEARSSL_DIR to the unpacked source unless it was given (as to the ARM builds, by the host's).
function(bearssl_fetch)
  if(PUMPFW_BEARSSL_DIR)
    return()
  endif()
  set(file "${PUMPRIG_DOWNLOADS}/${bearssl_name}")
  if(PUMPFW_BEARSSL_TARBALL)
    set(file "${PUMPFW_BEARSSL_TARBALL}")
    bearssl_is_good("${file}" good)
    if(NOT good)
      message(FATAL_ERROR "${file} is missing or is not ${bearssl_name} (SHA-256 ${bearssl_sha256})")
    endif()
  endif()
  file(MAKE_DIRECTORY "${PUMPRIG_DOWNLOADS}")
  file(LOCK "${PUMPRIG_DOWNLOADS}/lock" GUARD FUNCTION TIMEOUT 300)
  bearssl_is_good("${file}" good)
  if(NOT good)
    file(REMOVE "${file}")
    bearssl_download("${file}")
  endif()
  set(unpacked "${CMAKE_BINARY_DIR}/bearssl")
  if(NOT EXISTS "${unpacked}/${bearssl_sha256}")
    file(REMOVE_RECURSE "${unpacked}")
    file(ARCHIVE_EXTRACT INPUT "${file}" DESTINATION "${unpacked}")
    file(TOUCH "${unpacked}/${bearssl_sha256}")
  endif()
  file(GLOB folder "${unpacked}/bearssl-*")
  set(PUMPFW_BEARSSL_DIR "${folder}" PARENT_SCOPE)
endfunction()

bearssl_fetch()
set(bearssl_sources
    codec/ccopy codec/dec32be codec/enc32be
    ec/ec_c25519_m31 ec/ec_p256_m31 ec/ec_secp256r1 ec/ec_secp384r1 ec/ec_secp521r1 ec/ecdsa_i31_bits ec/ecdsa_i31_vrfy_raw
    hash/sha2small
    int/i31_add int/i31_bitlen int/i31_decmod int/i31_decode int/i31_encode int/i31_fmont int/i31_iszero int/i31_modpow int/i31_montmul
    int/i31_muladd int/i31_ninv31 int/i31_rshift int/i31_sub int/i31_tmont int/i32_div32
    kdf/hkdf mac/hmac
    symcipher/chacha20_ct symcipher/poly1305_ctmul)
list(TRANSFORM bearssl_sources PREPEND "${PUMPFW_BEARSSL_DIR}/src/")
list(TRANSFORM bearssl_sources APPEND ".c")
add_library(pumpfw_bearssl STATIC ${bearssl_sources})
target_include_directories(pumpfw_bearssl SYSTEM PUBLIC "${PUMPFW_BEARSSL_DIR}/inc" PRIVATE "${PUMPFW_BEARSSL_DIR}/src")
# Not ours to warn about. No unaligned access through casts: one code on every machine.
get_target_property(options pumpfw_bearssl COMPILE_OPTIONS)
list(FILTER options EXCLUDE REGEX "^-W")
set_target_properties(pumpfw_bearssl PROPERTIES COMPILE_OPTIONS "${options};-w" UNITY_BUILD OFF)
target_compile_definitions(pumpfw_bearssl PRIVATE BR_LE_UNALIGNED=0 BR_BE_UNALIGNED=0 BR_USE_URANDOM=0 BR_USE_UNIX_TIME=0)
if(PUMPRIG_SANITIZE)
  target_compile_options(pumpfw_bearssl PRIVATE -fno-sanitize=undefined)
endif()
