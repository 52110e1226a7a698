# Compile options that hold for every target of the project.

# -ffp-contract=off: a virtual run gives the same bytes in every build kind, so no fused multiply-add may appear in one only.
add_compile_options(
  -Wall -Wextra -Wconversion -Wsign-conversion -Wshadow -Wpedantic -Wold-style-cast -Wnon-virtual-dtor -Woverloaded-virtual
  -Werror -ffp-contract=off -fdiagnostics-color=always)
# GCC 12 sees an overlap in `"literal" + std::string` that is not there (its bug 105651).
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)

# Everything is built as position-independent code, for the Python module. Nothing of it is meant to be replaced at load
# time, so calls inside the project may be direct and inlined.
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_C_VISIBILITY_PRESET hidden)
add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fno-semantic-interposition>)

# In a unity build sources that are apart in truth stand in one: a name of one then shadows one of another.
if(CMAKE_UNITY_BUILD)
  add_compile_options(-Wno-shadow)
endif()

if(PUMPRIG_SANITIZE)
  add_compile_options(-fsanitize=${PUMPRIG_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
    set(ignored ${CMAKE_CURRENT_LIST_DIR}/sanitize_ignored.txt)
    add_compile_options("SHELL:-mllvm -inline-threshold=25" -fsanitize-ignorelist=${ignored} -fsanitize-coverage-ignorelist=${ignored})
  endif()
  add_link_options(-fsanitize=${PUMPRIG_SANITIZE})
endif()

# Paths in messages and debug information are relative to the checkout, so that a build does not depend on where it stands.
add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
