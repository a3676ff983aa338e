# Everything from outside, found once. Tests and predict are built unless switched off, so what they
# lack is an error; collector, profagent, nas, oneDNN and XNNPACK are left out where what they need is
# missing, and the summary says so. Asking for one of them with -D...=ON makes it an error, too.
option(LATCAST_STATIC "Link profagent statically, without backends that open libraries" OFF)
if(LATCAST_STATIC)
  set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
  set(PKG_CONFIG_ARGN --static)
  add_compile_options(-ffunction-sections -fdata-sections)
  add_link_options(-static -Wl,--gc-sections -Wl,-T,${CMAKE_SOURCE_DIR}/cmake/no-unwind.ld)
endif()
find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
pkg_check_modules(CJSON REQUIRED IMPORTED_TARGET libcjson)
pkg_check_modules(CURL IMPORTED_TARGET libcurl)
pkg_check_modules(MHD IMPORTED_TARGET libmicrohttpd)
pkg_check_modules(SQLITE IMPORTED_TARGET sqlite3)
if(NOT CMAKE_CROSSCOMPILING) # tests/cross stands for it there
  pkg_check_modules(CRITERION IMPORTED_TARGET criterion)
endif()
pkg_check_modules(LAPACKE IMPORTED_TARGET lapacke)
pkg_check_modules(OPENBLAS IMPORTED_TARGET openblas)

# Runtimes are opened at run time; only their headers are needed here.
include(CheckIncludeFile)
include(CheckCSourceCompiles)
set(CMAKE_REQUIRED_QUIET ON)
check_include_file(dnnl.h LATCAST_HAVE_DNNL_H)
check_include_file(glpk.h LATCAST_HAVE_GLPK_H)
# Later headers declare other arguments: setting up an operator was parted in two in 2023.
check_c_source_compiles("#include <xnnpack.h>
int main(void) { return sizeof(xnn_setup_copy_nc_x32(0, 1, 0, 0, 0)) == 0; }" LATCAST_HAVE_XNNPACK_H)
unset(CMAKE_REQUIRED_QUIET)
option(LATCAST_BACKEND_ONEDNN "oneDNN backend (needs dnnl.h)" ${LATCAST_HAVE_DNNL_H})
option(LATCAST_BACKEND_XNNPACK "XNNPACK backend (needs xnnpack.h and pthreadpool.h)"
       ${LATCAST_HAVE_XNNPACK_H})
option(LATCAST_BACKEND_OPENBLAS "OpenBLAS backend (opened at run time)" ON)
option(LATCAST_BACKEND_CUDA "CUDA backend (driver, NVRTC, cuBLAS and cuDNN opened at run time)" ON)
if(LATCAST_STATIC) # such a program opens no library
  foreach(backend ONEDNN XNNPACK OPENBLAS CUDA)
    set(LATCAST_BACKEND_${backend} OFF)
  endforeach()
endif()

# Training links oneDNN: it runs on the host alone. The loops beside it are OpenMP's, of the same
# pool of threads.
find_package(OpenMP COMPONENTS C QUIET)
find_library(LATCAST_DNNL dnnl)
find_library(LATCAST_GLPK glpk)
mark_as_advanced(LATCAST_DNNL LATCAST_GLPK)
set(LATCAST_CAN_BUILD_NAS OFF)
if(LATCAST_HAVE_DNNL_H AND LATCAST_DNNL AND LATCAST_HAVE_GLPK_H AND LATCAST_GLPK AND OpenMP_C_FOUND
   AND LATCAST_BUILD_PREDICT AND NOT LATCAST_STATIC AND NOT CMAKE_CROSSCOMPILING)
  set(LATCAST_CAN_BUILD_NAS ON)
endif()
option(LATCAST_BUILD_NAS "Build nas (needs oneDNN, GLPK, OpenMP and predict)" ${LATCAST_CAN_BUILD_NAS})
if(LATCAST_BUILD_NAS)
  pkg_check_modules(MPI IMPORTED_TARGET ompi-c)
endif()
option(LATCAST_MPI "Train by several processes (needs OpenMPI)" ${MPI_FOUND})

function(latcast_require option found what)
  if(${option} AND NOT ${found})
    message(FATAL_ERROR "${option} is ON but ${what} was not found. Install it "
                        "(tools/deps lists the Debian packages) or set -D${option}=OFF.")
  endif()
endfunction()
latcast_require(LATCAST_BACKEND_ONEDNN LATCAST_HAVE_DNNL_H "dnnl.h (libdnnl-dev)")
latcast_require(LATCAST_BACKEND_XNNPACK LATCAST_HAVE_XNNPACK_H
                "xnnpack.h of 2022 with pthreadpool.h (libxnnpack-dev libpthreadpool-dev)")
if(NOT CMAKE_CROSSCOMPILING)
  latcast_require(LATCAST_BUILD_TESTS CRITERION_FOUND "Criterion (libcriterion-dev)")
endif()
latcast_require(LATCAST_BUILD_PREDICT LAPACKE_FOUND "LAPACKE (liblapacke-dev)")
latcast_require(LATCAST_BUILD_PREDICT OPENBLAS_FOUND "OpenBLAS (libopenblas-dev)")
latcast_require(LATCAST_BUILD_NAS LATCAST_CAN_BUILD_NAS
                "oneDNN (libdnnl-dev), GLPK (libglpk-dev), OpenMP (with clang: libomp-dev) or predict")
latcast_require(LATCAST_MPI MPI_FOUND "OpenMPI (libopenmpi-dev)")
if(MHD_FOUND AND SQLITE_FOUND AND LATCAST_BUILD_COLLECTOR)
  set(LATCAST_HAVE_COLLECTOR TRUE)
endif()
