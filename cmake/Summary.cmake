# What this build has and has not, and what to install for the rest.
function(latcast_line what on hint)
  if(${on})
    message(STATUS "  ${what}: yes")
  else()
    message(STATUS "  ${what}: no (${hint})")
  endif()
endfunction()

message(STATUS "latcast ${PROJECT_VERSION}, ${CMAKE_BUILD_TYPE}, ${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}")
latcast_line("backend null, native" TRUE "")
latcast_line("backend openblas (opened at run time)" LATCAST_BACKEND_OPENBLAS "switched off")
latcast_line("backend onednn (opened at run time)" LATCAST_BACKEND_ONEDNN
             "dnnl.h: libdnnl-dev, or switched off")
latcast_line("backend xnnpack (opened at run time)" LATCAST_BACKEND_XNNPACK
             "xnnpack.h, pthreadpool.h: libxnnpack-dev libpthreadpool-dev, or switched off")
latcast_line("backend cuda (opened at run time)" LATCAST_BACKEND_CUDA "switched off")
latcast_line("profagent" CURL_FOUND "libcurl4-openssl-dev")
latcast_line("collector" LATCAST_HAVE_COLLECTOR "libmicrohttpd-dev libsqlite3-dev, or switched off")
latcast_line("predict and liblatcast" LATCAST_BUILD_PREDICT "switched off; needs liblapacke-dev libopenblas-dev")
latcast_line("tests" LATCAST_BUILD_TESTS "switched off; needs libcriterion-dev")
if(LATCAST_SANITIZE)
  message(STATUS "  sanitizers: ${LATCAST_SANITIZE}")
endif()
