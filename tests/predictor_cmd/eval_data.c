#include "eval_data.h"

#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/text.h"
#include "world.h"

#define NETS 40

void eval_data_write(const char *slow) {
    lc__buf table = {0}, nets = {0};
    lc__buf_printf(&table, "arch,fast,%s,flat,gaps,rare\n", slow);
    for (int i = 0; i < NETS; i++) {
        int width = 8 + 8 * (i * 7 % NETS), other = 16 + 4 * (i * 3 % NETS);
        double ms = 0.1 + width * 1e-2 + width * other * 1e-4;
        lc__buf_printf(&table, "net%d,%.6g,%.6g,2,", i, ms, 3 * ms + 1);
        if (i % 2 == 0)
            lc__buf_printf(&table, "%.6g", ms);
        lc__buf_printf(&table, i < 4 ? ",%d\n" : ",\n", i + 1);
        lc__buf_printf(&nets,
                       "{\"schema_version\":1,\"name\":\"net%d\",\"ops\":["
                       "{\"id\":\"x\",\"op\":\"input\",\"shape\":[1,1,1,64]},"
                       "{\"id\":\"h\",\"op\":\"linear\",\"inputs\":[\"x\"],\"out_channels\":%d},"
                       "{\"id\":\"y\",\"op\":\"linear\",\"inputs\":[\"h\"],\"out_channels\":%d}],"
                       "\"output\":\"y\"}\n",
                       i, width, other);
    }
    cr_assert(!table.failed && !nets.failed);
    world_write("t.csv", table.text, table.length);
    world_write("n.jsonl", nets.text, nets.length);
    free(table.text);
    free(nets.text);
}
