/* Whatever bytes stand in a model file, reading them ends in a model or in an error that says why.
 * The checksum is mended first, or nothing would get past it. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "predictor/model_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { V2_SUM_AT = 24, V2_BODY = 32 };

static void mend(char *text, size_t size) {
    bool old = text[LC__MODEL_VERSION_AT] == 2;
    uint64_t sum = old ? lc__fnv1a(LC__FNV_START, text + V2_BODY, size - V2_BODY)
                       : lc__model_checksum(text, size);
    for (int i = 0; i < 8; i++)
        text[(old ? V2_SUM_AT : LC__MODEL_SUM_AT) + i] = (char)(sum >> (8 * i) & 0xff);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    lc_model *model;
    lc_error err = {0};
    char *text = malloc(size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    if (size >= LC__MODEL_HEADER)
        mend(text, size);
    if (lc__model_parse(text, size, &model, &err) == LC_OK)
        lc_model_free(model);
    else if (!err.message[0])
        abort();
    free(text);
    return 0;
}
