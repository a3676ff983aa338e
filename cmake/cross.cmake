# Toolchain for a board's architecture, on a Debian machine with that architecture's cross gcc.
# tools/cross gives it LATCAST_CROSS_ARCH (aarch64, armhf, x86_64) and LATCAST_CROSS_SYSROOT, a folder
# of unpacked Debian packages; what was built for static agents lies in its usr/local.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES LATCAST_CROSS_ARCH LATCAST_CROSS_SYSROOT
     LATCAST_STATIC)
if(LATCAST_CROSS_ARCH STREQUAL "aarch64")
  set(CMAKE_SYSTEM_PROCESSOR aarch64)
  set(triplet aarch64-linux-gnu)
  set(emulator qemu-aarch64-static)
elseif(LATCAST_CROSS_ARCH STREQUAL "armhf")
  set(CMAKE_SYSTEM_PROCESSOR armv7l)
  set(triplet arm-linux-gnueabihf)
  set(emulator qemu-arm-static)
elseif(LATCAST_CROSS_ARCH STREQUAL "x86_64")
  set(CMAKE_SYSTEM_PROCESSOR x86_64)
  set(triplet x86_64-linux-gnu)
else()
  message(FATAL_ERROR "LATCAST_CROSS_ARCH is aarch64, armhf or x86_64, not \"${LATCAST_CROSS_ARCH}\"")
endif()

set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_C_COMPILER ${triplet}-gcc)
set(CMAKE_AR ${triplet}-ar)
set(CMAKE_RANLIB ${triplet}-ranlib)
set(CMAKE_STRIP ${triplet}-strip)
set(CMAKE_LIBRARY_ARCHITECTURE ${triplet})
set(CMAKE_SYSROOT ${LATCAST_CROSS_SYSROOT})
set(CMAKE_FIND_ROOT_PATH ${LATCAST_CROSS_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)

# The sysroot's C library, with its security fixes, before the one that came with the compiler.
set(dirs ${LATCAST_CROSS_SYSROOT}/usr/lib/${triplet} ${LATCAST_CROSS_SYSROOT}/lib/${triplet})
set(flags "")
foreach(dir IN LISTS dirs)
  string(APPEND flags " -B${dir} -L${dir} -Wl,-rpath-link,${dir}")
endforeach()
set(CMAKE_EXE_LINKER_FLAGS_INIT "${flags}")
set(CMAKE_SHARED_LINKER_FLAGS_INIT "${flags}")
set(CMAKE_MODULE_LINKER_FLAGS_INIT "${flags}")

# pkg-config answers for the board.
set(usr ${LATCAST_CROSS_SYSROOT}/usr)
set(pc ${usr}/lib/${triplet}/pkgconfig:${usr}/share/pkgconfig)
if(LATCAST_STATIC)
  string(PREPEND pc ${usr}/local/lib/pkgconfig:)
endif()
set(ENV{PKG_CONFIG_LIBDIR} ${pc})
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${LATCAST_CROSS_SYSROOT})

# Tests run under QEMU.
if(emulator)
  set(CMAKE_CROSSCOMPILING_EMULATOR ${emulator} -L ${LATCAST_CROSS_SYSROOT})
endif()
