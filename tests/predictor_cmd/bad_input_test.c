/* What people and broken transfers hand to predict: each is refused with the file, the place in it
 * and a word on how to mend it, and with the documented exit code. No model is needed: files are
 * checked before it is opened. */
#include <criterion/criterion.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "world.h"

#define CONFIG                                                                                     \
    "\"config\":{\"backend\":\"native\",\"isa\":\"\",\"threads\":1,\"dtype\":\"f32\"},"            \
    "\"fingerprint\":{\"board\":\"test\"},\n"
#define NET "{\"space\":\"fbnet\",\"choices\":[0,1,2,3,4,5,6,7,8,0,1,2,3,4,5,6,7,8,0,1,2,3]}"
#define SAMPLE(id, ns)                                                                             \
    "{\"id\":\"" id "\",\"kind\":\"net\",\"net\":" NET ",\"latency_ns\":" ns                       \
    ",\"ci_low_ns\":1,\"ci_high_ns\":1e9,\"median_ns\":1e9,\"p95_ns\":1e9,\"min_ns\":1,"           \
    "\"n\":9,\"steady\":true}"
#define DEVICE(samples)                                                                            \
    "{\"schema_version\":1,\n\"name\":\"board\",\n" CONFIG "\"samples\":[\n" samples "\n]}\n"
#define EXPLICIT(ops) "{\"schema_version\":1,\"name\":\"x\",\"ops\":[\n" ops "\n]}\n"
#define INPUT "{\"id\":\"in\",\"op\":\"input\",\"shape\":[1,8,8,4]},\n"

/* Runs a forecast; `which` is the file in question. */
static ran forecast(void) {
    const char *args[] = {"--device", world_path("new.json"), "--arch", world_path("net.json"),
                          NULL};
    return predict(args);
}

static void expect(const char *what, ran r, int code, const char *file, const char *place,
                   const char *says) {
    cr_expect_eq(r.code, code, "%s: exit %d, %s", what, r.code, r.err);
    cr_expect_str_empty(r.out, "%s: talk on stdout: %s", what, r.out);
    cr_expect(strstr(r.err, file) != NULL, "%s: file: %s", what, r.err);
    cr_expect(strstr(r.err, place) != NULL, "%s: place: %s", what, r.err);
    cr_expect(strstr(r.err, says) != NULL, "%s: message: %s", what, r.err);
    ran_clear(&r);
}

static void good_files(void) {
    world_open();
    world_write_text("new.json", DEVICE(SAMPLE("a-1", "1e6")));
    world_write_text("net.json", "{\"schema_version\":1,\"space\":\"fbnet\",\"choices\":"
                                 "[0,1,2,3,4,5,6,7,8,0,1,2,3,4,5,6,7,8,0,1,2,3]}");
}

TestSuite(bad_input, .init = good_files, .fini = world_close);

static const struct {
    const char *what, *text;
    int code;
    const char *place, *says;
} devices[] = {
    {"empty", "", 1, "new.json", "empty"},
    {"truncated", "{\"schema_version\":1,\n\"name\":\"board\",\n\"config\":{\"backend\":\"na", 1,
     "new.json:3", ""},
    {"not UTF-8", "{\"schema_version\":1,\n\"name\":\"b\xff\"}", 1, "new.json:2", "UTF-8"},
    {"NaN", DEVICE(SAMPLE("a-1", "NaN")), 1, "new.json:5", ""},
    {"infinite", DEVICE(SAMPLE("a-1", "1e999")), 1, "new.json:5", ""},
    {"negative latency", DEVICE(SAMPLE("a-1", "-5")), 1, "new.json:5: $.samples[0].latency_ns",
     "above 0"},
    {"second sample bad", DEVICE(SAMPLE("a-1", "1e6") ",\n" SAMPLE("a-2", "0")), 1,
     "new.json:6: $.samples[1].latency_ns", "above 0"},
    {"wrong schema version", "{\"schema_version\":99,\"name\":\"b\"}", 3,
     "new.json:1: $.schema_version", "99"},
    {"zero samples", DEVICE(""), 1, "new.json", "has no samples"},
    {"one id, two values", DEVICE(SAMPLE("a-1", "1e6") ",\n" SAMPLE("a-1", "2e6")), 1,
     "new.json:6: $.samples[1]", "other values"},
    {"a net in its place", "{\"schema_version\":1,\"space\":\"fbnet\",\"choices\":[]}", 1,
     "new.json", "\"name\""},
};

Test(bad_input, device_file) {
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        world_write_text("new.json", devices[i].text);
        expect(devices[i].what, forecast(), devices[i].code, "new.json", devices[i].place,
               devices[i].says);
    }
}

static const struct {
    const char *what, *text;
    int code;
    const char *place, *says;
} nets[] = {
    {"empty", "", 1, "net.json", "empty"},
    {"truncated", EXPLICIT(INPUT "{\"id\":\"a\",") "", 1, "net.json", ""},
    {"not UTF-8", "{\"schema_version\":1,\"name\":\"\xc3\x28\"}", 1, "net.json:1", "UTF-8"},
    {"unknown operator", EXPLICIT(INPUT "{\"id\":\"a\",\"op\":\"conv3d\",\"inputs\":[\"in\"]}"), 3,
     "net.json:3: $.ops[1]", "conv3d"},
    {"cyclic",
     EXPLICIT(INPUT "{\"id\":\"a\",\"op\":\"add\",\"inputs\":[\"in\",\"b\"]},\n"
                    "{\"id\":\"b\",\"op\":\"add\",\"inputs\":[\"in\",\"a\"]}"),
     1, "net.json", "cycl"},
    {"shapes that do not fit",
     EXPLICIT(INPUT "{\"id\":\"big\",\"op\":\"conv2d\",\"inputs\":[\"in\"],\"out_channels\":9},\n"
                    "{\"id\":\"sum\",\"op\":\"add\",\"inputs\":[\"in\",\"big\"]}"),
     1, "net.json:4: $.ops[2]", "8"},
    {"wrong schema version", "{\"schema_version\":2,\"space\":\"fbnet\",\"choices\":[]}", 3,
     "net.json:1: $.schema_version", "2"},
    {"unknown space", "{\"schema_version\":1,\"space\":\"fbnett\",\"choices\":[]}", 3,
     "net.json:1: $.space", "fbnet"},
    {"too few choices", "{\"schema_version\":1,\"space\":\"fbnet\",\"choices\":[1]}", 1,
     "net.json:1: $.choices", "22"},
};

Test(bad_input, net_file) {
    for (size_t i = 0; i < sizeof nets / sizeof *nets; i++) {
        world_write_text("net.json", nets[i].text);
        expect(nets[i].what, forecast(), nets[i].code, "net.json", nets[i].place, nets[i].says);
    }
}

/* A parser that calls itself would run out of stack. */
Test(bad_input, deeply_nested) {
    static char deep[200000];
    memset(deep, '[', sizeof deep);
    world_write("net.json", deep, sizeof deep);
    expect("net", forecast(), 1, "net.json", "net.json:1", "nested");
    world_write("new.json", deep, sizeof deep);
    expect("device", forecast(), 1, "new.json", "new.json:1", "nested");
}

/* Sparse, so that it costs nothing here; reading it would take a gigabyte of memory. */
Test(bad_input, a_gigabyte_is_refused_unread) {
    cr_assert_eq(truncate(world_path("net.json"), (off_t)1 << 30), 0);
    expect("net", forecast(), 1, "net.json", "", "larger than");
    cr_assert_eq(truncate(world_path("new.json"), (off_t)1 << 30), 0);
    expect("device", forecast(), 1, "new.json", "", "larger than");
}

Test(bad_input, lines_of_nets) {
    world_write_text("nets.jsonl", "{\"schema_version\":1,\"space\":\"fbnet\",\"choices\":"
                                   "[0,1,2,3,4,5,6,7,8,0,1,2,3,4,5,6,7,8,0,1,2,3]}\n\n"
                                   "{\"schema_version\":1,\"space\":\"fbnet\",\"choices\":[9]}\n");
    const char *args[] = {"--device", world_path("new.json"), "--arch", world_path("nets.jsonl"),
                          NULL};
    expect("third line", predict(args), 1, "nets.jsonl", "nets.jsonl:3: $.choices", "22");
    world_write_text("nets.jsonl", "\n\n");
    expect("no nets", predict(args), 1, "nets.jsonl", "", "no nets");
}

static const struct {
    const char *arch;
    int code;
    const char *says;
} words[] = {
    {"/nonexistent/net.json", 1, "/nonexistent/net.json"},
    {"zoo:alexnet", 3, "mobilenet_v2"},
    {"fbnet:1-2-3", 1, "22 digits"},
    {"nasbench201:|x~0|", 1, "NAS-Bench-201 cell"},
};

Test(bad_input, nets_by_word) {
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        const char *args[] = {"--device", world_path("new.json"), "--arch", words[i].arch, NULL};
        expect(words[i].arch, predict(args), words[i].code, words[i].arch, "", words[i].says);
    }
}

Test(bad_input, models) {
    expect("missing", forecast(), 1, "model.lc", "", "cannot open");
    world_write_text("model.lc", "");
    expect("empty", forecast(), 1, "model.lc", "", "");
    world_write_text("model.lc", "this is not a model, however long it may go on and on and on");
    expect("not a model", forecast(), 1, "model.lc", "", "");
}

/* The model that ships, damaged: its first `length` bytes (0: all), byte `at` replaced. */
static void write_damaged_model(size_t length, size_t at, char byte) {
    char *text = NULL;
    size_t n = 0;
    cr_assert_eq(lc__file_read(LATCAST_SOURCE_DIR "/devices/model.lc", 1 << 26, &text, &n, NULL),
                 LC_OK);
    text[at] = byte;
    cr_assert_eq(lc__file_write(world_path("model.lc"), text, length ? length : n, NULL), LC_OK);
    free(text);
}

Test(bad_input, damaged_models) {
    write_damaged_model(5000, 0, 'l');
    expect("cut", forecast(), 1, "model.lc", "truncated", "predict train");
    write_damaged_model(0, 4999, '\x55');
    expect("damaged", forecast(), 1, "model.lc", "checksum", "predict train");
    write_damaged_model(0, 8, 77);
    expect("from the future", forecast(), 3, "model.lc", "version 77", "newer latcast");
    write_damaged_model(0, 8, 1);
    expect("from the past", forecast(), 3, "model.lc", "version 1", "predict train");
}

#define FORECAST(digest, ns)                                                                       \
    "{\"schema_version\":1,\"name\":\"x\",\"digest\":" digest                                      \
    ",\"device\":\"board\",\n\"samples\":20,"                                                      \
    "\"latency_ns\":" ns ",\"low_ns\":1,\"high_ns\":9}"

static const struct {
    const char *what, *text;
    int code;
    const char *place, *says;
} forecasts[] = {
    {"negative latency", FORECAST("\"0123456789abcdef\"", "-5"), 1, "forecast.json:2: $.latency_ns",
     "must be in 0"},
    {"short digest", FORECAST("\"0123\"", "5"), 1, "forecast.json:1", "16 hexadecimal digits"},
    {"no text", FORECAST("7", "5"), 1, "forecast.json:1: $.digest", "a string"},
    {"none measured", "[" FORECAST("\"0123456789abcdef\"", "5") "]", 1, "", "none of the forecast"},
};

Test(bad_input, forecasts_to_check) {
    const char *args[] = {"check",      "--forecast",           world_path("forecast.json"),
                          "--measured", world_path("new.json"), NULL};
    for (size_t i = 0; i < sizeof forecasts / sizeof *forecasts; i++) {
        world_write_text("forecast.json", forecasts[i].text);
        expect(forecasts[i].what, predict(args), forecasts[i].code, "forecast.json",
               forecasts[i].place, forecasts[i].says);
    }
}

static const struct {
    const char *args[8];
    const char *says;
} usage[] = {
    {{NULL}, "--device"},
    {{"--device", "x"}, "--arch"},
    {{"forcast"}, "unknown command"},
    {{"--devcie", "x"}, "did you mean --device"},
    {{"train", "--pool", "x", "--out", "-"}, "--out writes a file, not stdout"},
    {{"plan", "--arch", ""}, "the value is empty"},
    {{"plan", "--space", "fbnet", "--n", "0"}, "--n must be in"},
    {{"plan", "--space", "fbnet", "--method", "best"}, "plan, active, random"},
    {{"eval", "--suite", "x", "--data", "y", "--samples", "20,,5"}, "parted by commas"},
    {{"eval", "--suite", "x", "--data", "y", "--samples", "20,0"}, "\"0\" is not a number of nets"},
    {{"eval", "--suite", "x", "--data", "y", "--selection", "good"},
     "plan, active, random, macs, kmeans"},
};

/* What a command reads is still there after it. */
Test(bad_input, no_input_is_written_over) {
    const char *device = world_path("new.json"), *table = world_path("t.csv");
    world_write_text("t.csv", "arch,a,b\n");
    const char *const lines[][8] = {
        {"plan", "--space", "fbnet", "--device", device, "--out", device},
        {"plan", "--arch", device, "--out", device},
        {"train", "--pool", world_path("."), "--out", device},
        {"partition", "--table", table, "--space", "fbnet", "--out", table},
        {"monotonicity", "--table", table, "--csv", table},
        {"monotonicity", "--table", table, "--svg", table}};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        expect(lines[i][0], predict(lines[i]), 2, "would be lost", "", "give another");
}

Test(bad_input, command_lines) {
    for (size_t i = 0; i < sizeof usage / sizeof *usage; i++)
        expect(usage[i].says, predict(usage[i].args), 2, "predict", "", usage[i].says);
}
