# Helpers that keep a room's CMakeLists.txt short.

# pumprig_room(NAME SOURCES… [PUBLIC libs…] [PRIVATE libs…]): the static library pumprig_NAME, alias pumprig::NAME.
function(pumprig_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(pumprig_${name} STATIC ${ROOM_SOURCES})
  add_library(pumprig::${name} ALIAS pumprig_${name})
  target_link_libraries(pumprig_${name} PUBLIC ${ROOM_PUBLIC} PRIVATE ${ROOM_PRIVATE})
endfunction()

# pumprig_test(NAME SOURCES… LIBS…): one GoogleTest program a room, registered with ctest as one entry a test case.
function(pumprig_test name)
  if(NOT PUMPRIG_TESTS)
    return()
  endif()
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 600)  # against a hang; a busy machine is no failure
  endif()
  add_executable(pumprig_${name}_test ${TEST_SOURCES})
  target_link_libraries(pumprig_${name}_test PRIVATE ${TEST_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(pumprig_${name}_test PRIVATE PUMPRIG_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                          PUMPRIG_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND pumprig_${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT})
endfunction()

# pumprig_fuzzer(NAME SOURCES… LIBS… CORPUS folder): a libFuzzer program; the corpus folder is committed beside the source.
# The file bin/pumprig_NAME_fuzz.corpus names that folder, so that a runner finds it. The target `fuzzers` builds them all.
function(pumprig_fuzzer name)
  if(NOT PUMPRIG_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "CORPUS" "SOURCES;LIBS" ${ARGN})
  set(target pumprig_${name}_fuzz)
  add_executable(${target} ${FUZZ_SOURCES})
  target_compile_options(${target} PRIVATE -fsanitize=fuzzer)
  target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  target_link_libraries(${target} PRIVATE ${FUZZ_LIBS})
  get_filename_component(corpus "${FUZZ_CORPUS}" ABSOLUTE)
  file(WRITE ${CMAKE_BINARY_DIR}/bin/${target}.corpus "${corpus}")
  if(NOT TARGET fuzzers)
    add_custom_target(fuzzers)
  endif()
  add_dependencies(fuzzers ${target})
endfunction()
