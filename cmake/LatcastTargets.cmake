# One CMake library per folder, with the dependency rules of the design made to bite: a target sees
# the headers of its own folder and those of the folders it may use, and no others.
#
#   latcast_library(ops
#     PUBLIC   op.h net.h          # under include/latcast/, installed
#     INTERNAL rng.h               # under <folder>/, for the folders above; <folder>/rng.h
#     USES     base                # folders this one may use
#     LIBS     m                   # outside libraries
#     SOURCES  op.c net.c)
#
# Headers reach a target through build/headers/<folder>/, which holds links to just that folder's
# headers; include/ itself is on nobody's search path.

function(latcast_library folder)
  cmake_parse_arguments(arg "" "" "PUBLIC;INTERNAL;USES;LIBS;SOURCES" ${ARGN})
  set(view ${CMAKE_BINARY_DIR}/headers/${folder})
  file(REMOVE_RECURSE ${view})
  foreach(h IN LISTS arg_PUBLIC)
    file(MAKE_DIRECTORY ${view}/latcast)
    file(CREATE_LINK ${CMAKE_SOURCE_DIR}/include/latcast/${h} ${view}/latcast/${h} SYMBOLIC)
  endforeach()
  foreach(h IN LISTS arg_INTERNAL)
    get_filename_component(dir ${h} DIRECTORY)
    file(MAKE_DIRECTORY ${view}/${folder}/${dir})
    file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/${h} ${view}/${folder}/${h} SYMBOLIC)
  endforeach()

  set(target latcast_${folder})
  add_library(${target} STATIC ${arg_SOURCES})
  list(TRANSFORM arg_PUBLIC PREPEND ${CMAKE_SOURCE_DIR}/include/latcast/ OUTPUT_VARIABLE public)
  set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE ON
                        LATCAST_PUBLIC_HEADERS "${public}")
  target_include_directories(${target} PUBLIC ${view} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_options(${target} PRIVATE ${LATCAST_WARNINGS})
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  foreach(u IN LISTS arg_USES)
    target_link_libraries(${target} PUBLIC latcast_${u})
  endforeach()
  target_link_libraries(${target} PUBLIC ${arg_LIBS})
endfunction()

# A command: latcast_command(profagent USES agent LIBS ... SOURCES main.c ...)
function(latcast_command name)
  cmake_parse_arguments(arg "" "" "USES;LIBS;SOURCES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${LATCAST_WARNINGS})
  target_compile_definitions(${name} PRIVATE _GNU_SOURCE LATCAST_VERSION="${PROJECT_VERSION}")
  foreach(u IN LISTS arg_USES)
    target_link_libraries(${name} PRIVATE latcast_${u})
  endforeach()
  target_link_libraries(${name} PRIVATE ${arg_LIBS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  install(TARGETS ${name} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()

# A Criterion test program registered with ctest under its name:
#   latcast_test(ops_net USES ops SOURCES net_test.c)
# LATCAST_TEST_BIN (the built commands) and LATCAST_TEST_DATA (tests/data) are defined for it.
function(latcast_test name)
  if(NOT LATCAST_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(arg "" "TIMEOUT" "USES;LIBS;SOURCES;COMMANDS" ${ARGN})
  set(target test_${name})
  add_executable(${target} ${arg_SOURCES})
  target_compile_options(${target} PRIVATE ${LATCAST_WARNINGS})
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE
    LATCAST_TEST_BIN="${CMAKE_BINARY_DIR}/bin" LATCAST_TEST_DATA="${CMAKE_SOURCE_DIR}/tests/data"
    LATCAST_SOURCE_DIR="${CMAKE_SOURCE_DIR}")
  foreach(u IN LISTS arg_USES)
    target_link_libraries(${target} PRIVATE latcast_${u})
  endforeach()
  target_link_libraries(${target} PRIVATE ${arg_LIBS})
  if(CMAKE_CROSSCOMPILING)
    target_link_libraries(${target} PRIVATE cross_runner)
  else()
    target_link_libraries(${target} PRIVATE PkgConfig::CRITERION)
  endif()
  if(arg_COMMANDS)
    add_dependencies(${target} ${arg_COMMANDS})
  endif()
  add_test(NAME ${name} COMMAND ${target})
  if(CMAKE_CROSSCOMPILING) # emulation is slow
    set(arg_TIMEOUT 900)
  elseif(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${arg_TIMEOUT})
endfunction()
