# firmware_arm: builds the ARM images beside the host build, in <build>/firmware/mps2_an386. Absent without the ARM compiler.
find_program(ARM_CXX arm-none-eabi-g++)
if(NOT ARM_CXX)
  message(WARNING "arm-none-eabi-g++ is missing (Debian: gcc-arm-none-eabi libstdc++-arm-none-eabi-newlib): the ARM firmware is not built "
                  "and its tests are left out")
  return()
endif()
include(ExternalProject)
set(arm_images ${CMAKE_CURRENT_BINARY_DIR}/mps2_an386)
ExternalProject_Add(
  firmware_arm
  SOURCE_DIR ${CMAKE_CURRENT_LIST_DIR}/../boards/mps2_an386
  BINARY_DIR ${arm_images}
  PREFIX ${CMAKE_CURRENT_BINARY_DIR}/mps2_an386-project
  CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${CMAKE_CURRENT_LIST_DIR}/arm_none_eabi.cmake -DCMAKE_BUILD_TYPE=None
             -DPUMPFW_BEARSSL_DIR=${PUMPFW_BEARSSL_DIR} -DCMAKE_C_COMPILER_LAUNCHER=
             # A compiler cache gives back the object but not the call graph beside it.
             -DCMAKE_CXX_COMPILER_LAUNCHER=
  BUILD_ALWAYS ON
  INSTALL_COMMAND ""
  BUILD_BYPRODUCTS ${arm_images}/pump.elf ${arm_images}/pump_wire.elf ${arm_images}/contract.elf)

if(PUMPRIG_TESTS)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  add_test(NAME firmware_arm_budget COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/image_report.py ${arm_images}/contract.elf
                                            --flash 1000000 --ram 1000 --stack 1000000)
  set_tests_properties(firmware_arm_budget PROPERTIES PASS_REGULAR_EXPRESSION "RAM .*OVER BUDGET")
  add_test(NAME firmware_arm_forbidden COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_LIST_DIR}/image_report_test.py ${arm_images}/pump.elf)
endif()
