#include "store.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "devices/sample.h"

#define APPLICATION_ID 0x6c617463 /* "latc" */
#define LAYOUT_VERSION 1
#define BUSY_MS 1000

/* What a new database gets. `seq` keeps the order of arrival. */
static const char layout[] =
    "CREATE TABLE devices(name TEXT PRIMARY KEY, header TEXT NOT NULL,"
    " updated_unix INTEGER NOT NULL) WITHOUT ROWID;"
    "CREATE TABLE samples(seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
    " device TEXT NOT NULL REFERENCES devices(name), kind TEXT NOT NULL, name TEXT NOT NULL,"
    " latency_ns REAL NOT NULL, received_unix INTEGER NOT NULL, line TEXT NOT NULL);"
    "CREATE INDEX samples_device ON samples(device, seq);";

#define QUERY_MAP(X)                                                                               \
    X(BEGIN, "BEGIN IMMEDIATE")                                                                    \
    X(COMMIT, "COMMIT")                                                                            \
    X(ROLLBACK, "ROLLBACK")                                                                        \
    X(PING, "SELECT count(*) FROM devices")                                                        \
    X(GET_DEVICE, "SELECT header FROM devices WHERE name = ?1")                                    \
    X(PUT_DEVICE, "INSERT INTO devices(name, header, updated_unix) VALUES(?1, ?2, ?3)"             \
                  " ON CONFLICT(name) DO UPDATE SET header = ?2, updated_unix = ?3")               \
    X(GET_SAMPLE, "SELECT device, line FROM samples WHERE id = ?1")                                \
    X(PUT_SAMPLE, "INSERT INTO samples(id, device, kind, name, latency_ns, received_unix, line)"   \
                  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)")                                           \
    X(EACH_DEVICE, "SELECT header, count(s.id) FILTER (WHERE s.kind = 'net'),"                     \
                   " count(s.id) FILTER (WHERE s.kind = 'op'),"                                    \
                   " max(updated_unix, coalesce(max(s.received_unix), 0))"                         \
                   " FROM devices LEFT JOIN samples s ON s.device = devices.name"                  \
                   " GROUP BY devices.name ORDER BY devices.name")                                 \
    X(EACH_SAMPLE, "SELECT line FROM samples WHERE device = ?1 ORDER BY seq")

enum query {
#define QUERY_ENUM(name, sql) Q_##name,
    QUERY_MAP(QUERY_ENUM)
#undef QUERY_ENUM
        Q_COUNT
};

static const char *const query_sql[] = {
#define QUERY_SQL(name, sql) sql,
    QUERY_MAP(QUERY_SQL)
#undef QUERY_SQL
};

struct store {
    sqlite3 *db;
    sqlite3_stmt *query[Q_COUNT];
};

static lc_status db_fail(store *s, lc_error *err) {
    int code = sqlite3_errcode(s->db) & 0xff;
    return lc_error_set(err, LC_EIO, "database: %s%s", sqlite3_errmsg(s->db),
                        code == SQLITE_FULL   ? "; free some space on its disk"
                        : code == SQLITE_BUSY ? "; another process is writing to it"
                                              : "");
}

static bool pragma_int(store *s, const char *sql, int *value) {
    sqlite3_stmt *q = NULL;
    bool ok = !sqlite3_prepare_v2(s->db, sql, -1, &q, NULL) && sqlite3_step(q) == SQLITE_ROW;
    if (ok)
        *value = sqlite3_column_int(q, 0);
    sqlite3_finalize(q);
    return ok;
}

/* Looks whose database this is before anything is written to it. */
static lc_status check_owner(store *s, bool *fresh, lc_error *err) {
    int application = 0, version = 0, tables = 0;
    if (!pragma_int(s, "PRAGMA application_id", &application) ||
        !pragma_int(s, "PRAGMA user_version", &version) ||
        !pragma_int(s, "SELECT count(*) FROM sqlite_schema", &tables)) {
        if (sqlite3_errcode(s->db) == SQLITE_NOTADB)
            return lc_error_set(err, LC_EFORMAT,
                                "not an SQLite database; name another file with --db");
        return db_fail(s, err);
    }
    *fresh = application == 0 && version == 0 && tables == 0;
    if (!*fresh && application != APPLICATION_ID)
        return lc_error_set(err, LC_EFORMAT,
                            "a database of another program; name another file with --db");
    if (!*fresh && version != LAYOUT_VERSION)
        return lc_error_set(err, LC_EUNSUPPORTED,
                            "the database has layout %d, this collector knows %d; use the newer "
                            "latcast that wrote it",
                            version, LAYOUT_VERSION);
    return LC_OK;
}

static lc_status make_layout(store *s, lc_error *err) {
    char sql[1200];
    sqlite3_snprintf(sizeof sql, sql,
                     "BEGIN IMMEDIATE;%s PRAGMA application_id = %d; PRAGMA user_version = %d;"
                     "COMMIT;",
                     layout, APPLICATION_ID, LAYOUT_VERSION);
    return sqlite3_exec(s->db, sql, NULL, NULL, NULL) ? db_fail(s, err) : LC_OK;
}

static lc_status configure(store *s, lc_error *err) {
    bool fresh = false;
    sqlite3_busy_timeout(s->db, BUSY_MS);
    lc_status status = check_owner(s, &fresh, err);
    if (status)
        return status;
    /* An acknowledgement is a promise: the log is synced at each commit, not only at
     * checkpoints. */
    if (sqlite3_exec(s->db,
                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                     "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;",
                     NULL, NULL, NULL))
        return db_fail(s, err);
    status = fresh ? make_layout(s, err) : LC_OK;
    for (int q = 0; q < Q_COUNT && !status; q++)
        if (sqlite3_prepare_v3(s->db, query_sql[q], -1, SQLITE_PREPARE_PERSISTENT, &s->query[q],
                               NULL))
            status = db_fail(s, err);
    return status;
}

lc_status store_open(const char *path, bool create, store **out, lc_error *err) {
    store *s = calloc(1, sizeof *s);
    if (!s)
        return lc_error_set(err, LC_ENOMEM, "out of memory");
    mode_t before = umask(077); /* samples tell a lot about a product: for the owner only */
    int flags = SQLITE_OPEN_READWRITE | (create ? SQLITE_OPEN_CREATE : 0);
    lc_status status = LC_OK;
    if (sqlite3_open_v2(path, &s->db, flags, NULL))
        status = lc_error_set(err, LC_EIO, "cannot open the database: %s",
                              s->db && sqlite3_system_errno(s->db)
                                  ? strerror(sqlite3_system_errno(s->db))
                                  : sqlite3_errmsg(s->db));
    if (!status)
        status = configure(s, err);
    umask(before);
    if (status) {
        lc_error_in_file(err, path);
        store_close(s);
        return status;
    }
    *out = s;
    return LC_OK;
}

void store_close(store *s) {
    if (!s)
        return;
    for (int q = 0; q < Q_COUNT; q++)
        sqlite3_finalize(s->query[q]);
    if (s->db)
        sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    sqlite3_close(s->db);
    free(s);
}

/* Runs a statement that gives no rows, and leaves it ready for the next time. */
static lc_status run(store *s, enum query q, lc_error *err) {
    lc_status status = sqlite3_step(s->query[q]) == SQLITE_DONE ? LC_OK : db_fail(s, err);
    sqlite3_reset(s->query[q]);
    sqlite3_clear_bindings(s->query[q]);
    return status;
}

lc_status store_begin(store *s, lc_error *err) {
    return run(s, Q_BEGIN, err);
}

lc_status store_commit(store *s, lc_error *err) {
    return run(s, Q_COMMIT, err);
}

void store_rollback(store *s) {
    if (!sqlite3_get_autocommit(s->db)) /* some failures have rolled back already */
        run(s, Q_ROLLBACK, NULL);
}

/* The strings of a bound statement outlive its run, so they need no copy. */
static void bind_text(store *s, enum query q, int at, const char *text) {
    sqlite3_bind_text(s->query[q], at, text, -1, SQLITE_STATIC);
}

static const char *column(store *s, enum query q, int at) {
    const unsigned char *text = sqlite3_column_text(s->query[q], at);
    return text ? (const char *)text : "";
}

/* Copies text columns 0 .. n-1 of the one row that a query gives; all NULL when it gives none. */
static lc_status get_row(store *s, enum query q, const char *key, char **const *to, int n,
                         lc_error *err) {
    for (int i = 0; i < n; i++)
        *to[i] = NULL;
    bind_text(s, q, 1, key);
    int step = sqlite3_step(s->query[q]);
    lc_status status = step == SQLITE_ROW || step == SQLITE_DONE ? LC_OK : db_fail(s, err);
    for (int i = 0; i < n && step == SQLITE_ROW && !status; i++)
        if (!(*to[i] = strdup(column(s, q, i))))
            status = lc_error_set(err, LC_ENOMEM, "out of memory");
    for (int i = 0; i < n && status; i++) {
        free(*to[i]);
        *to[i] = NULL;
    }
    sqlite3_reset(s->query[q]);
    return status;
}

lc_status store_ping(store *s, lc_error *err) {
    lc_status status = sqlite3_step(s->query[Q_PING]) == SQLITE_ROW ? LC_OK : db_fail(s, err);
    sqlite3_reset(s->query[Q_PING]);
    return status;
}

lc_status store_get_device(store *s, const char *name, char **header, lc_error *err) {
    return get_row(s, Q_GET_DEVICE, name, (char **[]){header}, 1, err);
}

lc_status store_put_device(store *s, const char *name, const char *header, lc_error *err) {
    bind_text(s, Q_PUT_DEVICE, 1, name);
    bind_text(s, Q_PUT_DEVICE, 2, header);
    sqlite3_bind_int64(s->query[Q_PUT_DEVICE], 3, (sqlite3_int64)time(NULL));
    return run(s, Q_PUT_DEVICE, err);
}

lc_status store_get_sample(store *s, const char *id, char **device, char **line, lc_error *err) {
    return get_row(s, Q_GET_SAMPLE, id, (char **[]){device, line}, 2, err);
}

lc_status store_put_sample(store *s, const char *device, const lc_sample *sample, lc_error *err) {
    bind_text(s, Q_PUT_SAMPLE, 1, sample->id);
    bind_text(s, Q_PUT_SAMPLE, 2, device);
    bind_text(s, Q_PUT_SAMPLE, 3, lc__kind_name(sample->kind));
    bind_text(s, Q_PUT_SAMPLE, 4, lc_net_name(sample->net));
    sqlite3_bind_double(s->query[Q_PUT_SAMPLE], 5, sample->latency_ns);
    sqlite3_bind_int64(s->query[Q_PUT_SAMPLE], 6, (sqlite3_int64)time(NULL));
    bind_text(s, Q_PUT_SAMPLE, 7, sample->json);
    return run(s, Q_PUT_SAMPLE, err);
}

lc_status store_each_device(store *s, store_device_fn fn, void *to, lc_error *err) {
    sqlite3_stmt *q = s->query[Q_EACH_DEVICE];
    int step;
    bool more = true;
    while (more && (step = sqlite3_step(q)) == SQLITE_ROW)
        more = fn(to, column(s, Q_EACH_DEVICE, 0), sqlite3_column_int64(q, 1),
                  sqlite3_column_int64(q, 2), sqlite3_column_int64(q, 3));
    lc_status status = !more || step == SQLITE_DONE ? LC_OK : db_fail(s, err);
    sqlite3_reset(q);
    return status;
}

lc_status store_each_sample(store *s, const char *device, store_sample_fn fn, void *to,
                            lc_error *err) {
    int step;
    bool more = true;
    bind_text(s, Q_EACH_SAMPLE, 1, device);
    while (more && (step = sqlite3_step(s->query[Q_EACH_SAMPLE])) == SQLITE_ROW)
        more = fn(to, column(s, Q_EACH_SAMPLE, 0));
    lc_status status = !more || step == SQLITE_DONE ? LC_OK : db_fail(s, err);
    sqlite3_reset(s->query[Q_EACH_SAMPLE]);
    return status;
}
