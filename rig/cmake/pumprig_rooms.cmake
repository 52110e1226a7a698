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
    set(TEST_TIMEOUT 120)
  endif()
  add_executable(pumprig_${name}_test ${TEST_SOURCES})
  target_link_libraries(pumprig_${name}_test PRIVATE ${TEST_LIBS} GTest::gtest GTest::gmock GTest::gtest_main)
  target_compile_definitions(pumprig_${name}_test PRIVATE PUMPRIG_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                                                          PUMPRIG_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND pumprig_${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT ${TEST_TIMEOUT})
endfunction()

# pumprig_fuzzer(NAME SOURCES… LIBS…): a libFuzzer program over the committed corpus in CORPUS (a folder beside the source).
function(pumprig_fuzzer name)
  if(NOT PUMPRIG_FUZZERS)
    return()
  endif()
  cmake_parse_arguments(FUZZ "" "CORPUS" "SOURCES;LIBS" ${ARGN})
  add_executable(pumprig_${name}_fuzz ${FUZZ_SOURCES})
  target_compile_options(pumprig_${name}_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_options(pumprig_${name}_fuzz PRIVATE -fsanitize=fuzzer)
  target_link_libraries(pumprig_${name}_fuzz PRIVATE ${FUZZ_LIBS})
  set_property(GLOBAL APPEND PROPERTY PUMPRIG_FUZZ_TARGETS pumprig_${name}_fuzz)
endfunction()
