/* What tests put in the place of a runtime's library: one of another version, by the macro that
 * CMake defines. */
#ifdef FAKE_ONEDNN
/* As dnnl_version_t begins. */
typedef struct version {
    int major, minor, patch;
    const char *hash;
    unsigned cpu_runtime, gpu_runtime;
} version;

const version *dnnl_version(void);

const version *dnnl_version(void) {
    static const version v = {FAKE_ONEDNN, "", 0, 0};
    return &v;
}
#endif

#ifdef FAKE_XNNPACK_2023
int xnn_reshape_copy_nc_x32(void);

int xnn_reshape_copy_nc_x32(void) {
    return 0;
}
#endif

#ifdef FAKE_OPENBLAS
const char *openblas_get_config(void);

const char *openblas_get_config(void) {
    return FAKE_OPENBLAS;
}
#endif

#ifdef FAKE_CRASH
__attribute__((constructor)) static void crash(void) {
    __builtin_trap();
}
#endif

/* Else nothing that the library should have. */
extern const int fake_library;
const int fake_library = 1;
