#include "kernels/slots.h"

typedef struct share {
    lc__slot_fn *fn;
    void *context;
    size_t slots, count;
} share;

static void run_slots(void *context, size_t begin, size_t end) {
    const share *s = context;
    for (size_t slot = begin; slot < end; slot++) {
        size_t last = lc__share_begin(s->count, s->slots, slot + 1);
        for (size_t i = lc__share_begin(s->count, s->slots, slot); i < last; i++) {
            s->fn(s->context, slot, i);
        }
    }
}

void lc__parallel_slots(lc__team *team, size_t count, lc__slot_fn *fn, void *context) {
    share s = {fn, context, (size_t)lc__team_size(team), count};
    lc__parallel_for(team, s.slots, run_slots, &s);
}
