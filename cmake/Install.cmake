# liblatcast: base, ops, devices, predictor and, where it is built, nas as one shared library that shows lc_* alone, with its
# headers, a CMake package (latcast::latcast) and latcast.pc. The commands install themselves.
if(NOT LATCAST_BUILD_PREDICT)
  return()
endif()

set(parts base ops devices predictor)
if(LATCAST_BUILD_NAS)
  list(APPEND parts tasks nas)
endif()
set(objects)
set(view)
set(public_headers)
foreach(part IN LISTS parts)
  list(APPEND objects $<TARGET_OBJECTS:latcast_${part}>)
  list(APPEND view $<BUILD_INTERFACE:${CMAKE_BINARY_DIR}/headers/${part}>)
  get_target_property(headers latcast_${part} LATCAST_PUBLIC_HEADERS)
  list(APPEND public_headers ${headers})
endforeach()

add_library(latcast SHARED ${objects})
set_target_properties(latcast PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0
                      LINK_DEPENDS ${CMAKE_SOURCE_DIR}/cmake/liblatcast.map)
target_link_libraries(latcast PRIVATE PkgConfig::CJSON PkgConfig::LAPACKE PkgConfig::OPENBLAS m)
if(LATCAST_BUILD_NAS)
  target_link_libraries(latcast PRIVATE ${LATCAST_GLPK} Threads::Threads)
endif()
target_link_options(latcast PRIVATE -Wl,--version-script=${CMAKE_SOURCE_DIR}/cmake/liblatcast.map)
target_include_directories(latcast INTERFACE ${view}
                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

install(TARGETS latcast EXPORT latcast LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(FILES ${public_headers} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/latcast)
install(EXPORT latcast NAMESPACE latcast:: FILE latcastConfig.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/latcast)
include(CMakePackageConfigHelpers)
write_basic_package_version_file(${CMAKE_BINARY_DIR}/latcastConfigVersion.cmake
                                 COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/latcastConfigVersion.cmake
        DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/latcast)
file(RELATIVE_PATH LATCAST_PC_TO_PREFIX /p/${CMAKE_INSTALL_LIBDIR}/pkgconfig /p)
configure_file(cmake/latcast.pc.in latcast.pc @ONLY)
install(FILES ${CMAKE_BINARY_DIR}/latcast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(FILES devices/model.lc DESTINATION ${CMAKE_INSTALL_DATADIR}/latcast)
install(DIRECTORY devices/pool DESTINATION ${CMAKE_INSTALL_DATADIR}/latcast)
