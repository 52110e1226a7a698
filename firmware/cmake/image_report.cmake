# pump_image(TARGET FLASH bytes RAM bytes STACK bytes): after each link writes the image's own checksum into it, prints what the image takes,
# and fails when it is over its budget.
find_package(Python3 REQUIRED COMPONENTS Interpreter)
function(pump_image target)
  cmake_parse_arguments(BUDGET "" "FLASH;RAM;STACK" "" ${ARGN})
  set(report ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/image_report.py)
  set_target_properties(${target} PROPERTIES SUFFIX .elf LINK_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/memory.ld;${report};${CMAKE_CURRENT_FUNCTION_LIST_DIR}/image_crc.py")
  add_custom_command(
    TARGET ${target} POST_BUILD
    COMMAND ${Python3_EXECUTABLE} ${CMAKE_CURRENT_FUNCTION_LIST_DIR}/image_crc.py $<TARGET_FILE:${target}>
    COMMAND ${Python3_EXECUTABLE} ${report} $<TARGET_FILE:${target}> --flash ${BUDGET_FLASH} --ram ${BUDGET_RAM} --stack ${BUDGET_STACK}
            --write $<PATH:REPLACE_EXTENSION,$<TARGET_FILE:${target}>,sizes>
            --objects "$<JOIN:$<TARGET_OBJECTS:${target}>,;>" --objects "$<JOIN:$<TARGET_OBJECTS:board>,;>"
            --objects "$<JOIN:$<TARGET_OBJECTS:pumpfw_bearssl>,;>"
    VERBATIM)
endfunction()
