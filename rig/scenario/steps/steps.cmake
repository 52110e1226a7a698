# The step kinds, sorted, one a line. A kind NAME is steps/NAME.cpp, which defines step_NAME().
set(PUMPRIG_STEP_KINDS
  ask
  bolus
  cancel
  clear
  clear_alarms
  expect
  forecast
  hold_point
  inject
  intrude
  measure
  note
  phase
  prime
  program
  radio
  read_log
  refill
  resume
  self_test
  set_clock
  silence
  single_bolus
  start
  stop
  test_alarm
  throughout
  update_firmware
  wait
)

set(PUMPRIG_STEP_SOURCES steps/catalogue.cpp steps/channels.cpp steps/common.cpp steps/condition.cpp steps/faults.cpp steps/limit.cpp
                         steps/measures.cpp steps/prescription.cpp steps/window.cpp)
set(catalogue "// Generated from rig/scenario/steps/steps.cmake.\n")
set(seen)
foreach(kind ${PUMPRIG_STEP_KINDS})
  if(kind IN_LIST seen)
    message(FATAL_ERROR "rig/scenario/steps/steps.cmake names the step kind '${kind}' twice")
  endif()
  list(APPEND seen ${kind})
  list(APPEND PUMPRIG_STEP_SOURCES steps/${kind}.cpp)
  string(APPEND catalogue "STEP_KIND(${kind})\n")
endforeach()
# A step kind's source need not know the names in another's, and docs/examples replaces the catalogue without them.
set_source_files_properties(${PUMPRIG_STEP_SOURCES} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/rig/scenario/steps/catalogue.inc CONTENT "${catalogue}" @ONLY)
