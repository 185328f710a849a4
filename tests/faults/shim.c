/* Stands between a program and the C library: counts what the program does to the files below one folder, and at the
 * N-th such call ends it, lets the call fail, or cuts a write short. It can also write down every call with its bytes.
 *
 * Loaded with LD_PRELOAD, it needs neither root nor ptrace, and sees the calls of every library in the process, SQLite's
 * too. All processes of a program share one page, the file that FAULTS_CONTROL names; shim.py has the same layout.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

#undef open
#undef open64

enum kind { READ_OPEN = 1, WRITE_OPEN = 2, WRITE = 4, SYNC = 8, RENAME = 16, REMOVE = 32, MAKE = 64, TRUNCATE = 128, READ = 256 };
enum action { NOTHING, KILL, TEAR, FAIL, SHORTEN };

struct control {
    uint64_t kinds;     /* which calls count */
    uint64_t count;     /* of them, so far */
    uint64_t at;        /* the call at which something happens; 0 for none */
    uint64_t length;    /* and to so many from there on */
    uint64_t action, error;
    uint64_t hits;      /* how often it has happened */
    uint64_t dead;      /* nothing reaches the disk any more */
    uint64_t leader;    /* the process that is killed */
    uint64_t recording, lock, handles;
    uint64_t resynced;  /* files that were synced again after that had failed, without a write in between */
    uint64_t hit_kind;
    char root[1024], log[1024], unsynced[1024];
};

#define MOST_FILES 65536
static struct control *control;
static uint32_t handle_of[MOST_FILES];
static char path_of[4096][512]; /* of a handle, for faults; by handle modulo the size */
static pid_t owner;

#define REAL(name) static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static void after_fork(void) { owner = getpid(); }

__attribute__((constructor)) static void begin(void) {
    const char *path = getenv("FAULTS_CONTROL");
    owner = getpid();
    pthread_atfork(NULL, NULL, after_fork);
    if (!path) return;
    int file = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDWR | O_CLOEXEC, 0);
    if (file < 0) return;
    void *page = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    syscall(SYS_close, file);
    if (page != MAP_FAILED) control = page;
}

/* The absolute form of a path, or NULL when it isn't below the folder. */
static const char *below(int directory, const char *path, char *into) {
    if (!control || !path || !control->root[0]) return NULL;
    if (path[0] != '/') {
        char link[64];
        ssize_t size;
        snprintf(link, sizeof link, directory == AT_FDCWD ? "/proc/self/cwd" : "/proc/self/fd/%d", directory);
        size = readlink(link, into, PATH_MAX - 1);
        if (size <= 0) return NULL;
        snprintf(into + size, PATH_MAX - (size_t)size, "/%s", path);
        path = into;
    }
    size_t length = strlen(control->root);
    if (strncmp(path, control->root, length) || (path[length] != '/' && path[length])) return NULL;
    return path;
}

static uint32_t handle(int file) {
    return file >= 0 && file < MOST_FILES ? handle_of[file] : 0;
}

static void die(void) {
    control->dead = 1;
    if (control->leader) kill((pid_t)control->leader, SIGKILL);
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* What is to happen to a call of this kind; counts it. */
static enum action next(enum kind kind, const char *path) {
    if (control->dead) die();
    if (!(control->kinds & kind)) return NOTHING;
    uint64_t number = __atomic_add_fetch(&control->count, 1, __ATOMIC_SEQ_CST);
    if (!control->at || number < control->at || number - control->at >= control->length) return NOTHING;
    __atomic_add_fetch(&control->hits, 1, __ATOMIC_SEQ_CST);
    control->hit_kind = kind;
    if (control->action == KILL) die();
    if (control->action == FAIL) {
        if (kind == SYNC && path) snprintf(control->unsynced, sizeof control->unsynced, "%s", path);
        errno = (int)control->error;
    }
    if (control->action == SHORTEN && kind != WRITE) return NOTHING;
    if (control->action == TEAR && kind != WRITE) die();
    return (enum action)control->action;
}

static void lock(void) {
    if (control->recording)
        while (__atomic_exchange_n(&control->lock, 1, __ATOMIC_ACQUIRE)) sched_yield();
}

static void unlock(void) {
    if (control->recording) __atomic_store_n(&control->lock, 0, __ATOMIC_RELEASE);
}

struct entry {
    uint8_t what;
    uint8_t unused[3];
    uint32_t handle;
    int64_t offset;
    uint32_t first_size, second_size;
} __attribute__((packed));

/* Written while the lock is held, so that entries have the order of what they tell of. */
static void tell(char what, uint32_t handle, int64_t offset, const void *first, size_t first_size, const void *second,
                 size_t second_size) {
    if (!control->recording) return;
    int before = errno;
    struct entry entry = {.what = (uint8_t)what, .handle = handle, .offset = offset,
                          .first_size = (uint32_t)first_size, .second_size = (uint32_t)second_size};
    struct iovec parts[3] = {{&entry, sizeof entry}, {(void *)first, first_size}, {(void *)second, second_size}};
    int file = (int)syscall(SYS_openat, AT_FDCWD, control->log, O_WRONLY | O_APPEND | O_CLOEXEC, 0);
    if (file < 0 || syscall(SYS_writev, file, parts, 3) != (long)(sizeof entry + first_size + second_size)) abort();
    syscall(SYS_close, file);
    errno = before;
}

static void written(const char *path) {
    if (control->unsynced[0] && !strcmp(control->unsynced, path)) control->unsynced[0] = 0;
}

static int opened(int directory, const char *path, int flags, mode_t mode) {
    char buffer[PATH_MAX];
    const char *full = below(directory, path, buffer);
    if (!full) return (int)syscall(SYS_openat, directory, path, flags, mode);
    int writes = (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC));
    if (next(writes ? WRITE_OPEN : READ_OPEN, full) == FAIL) return -1;
    lock();
    int file = (int)syscall(SYS_openat, directory, path, flags, mode);
    if (file >= 0 && file < MOST_FILES) {
        uint32_t number = (uint32_t)__atomic_add_fetch(&control->handles, 1, __ATOMIC_SEQ_CST);
        handle_of[file] = number;
        snprintf(path_of[number % 4096], sizeof path_of[0], "%s", full);
        tell('o', number, flags, full, strlen(full), NULL, 0);
    }
    unlock();
    return file;
}

#define OPEN(name)                                                                                                   \
    int name(const char *path, int flags, ...) {                                                                     \
        va_list rest;                                                                                                \
        va_start(rest, flags);                                                                                       \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                                \
        return opened(AT_FDCWD, path, flags, mode);                                                                  \
    }
#define OPENAT(name)                                                                                                 \
    int name(int directory, const char *path, int flags, ...) {                                                      \
        va_list rest;                                                                                                \
        va_start(rest, flags);                                                                                       \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;                                      \
        va_end(rest);                                                                                                \
        return opened(directory, path, flags, mode);                                                                 \
    }
OPEN(open)
OPEN(open64)
OPENAT(openat)
OPENAT(openat64)

int close(int file) {
    REAL(close);
    /* A child between vfork and exec has the table of its parent. */
    if (file >= 0 && file < MOST_FILES && getpid() == owner) handle_of[file] = 0;
    return real(file);
}

static const char *name_of(uint32_t number) { return path_of[number % 4096]; }

/* offset: -1 for the place where the file is. */
static ssize_t put(int file, const void *bytes, size_t size, off64_t offset) {
    uint32_t number = handle(file);
    enum action action = number && control ? next(WRITE, name_of(number)) : NOTHING;
    if (action == FAIL) return -1;
    if ((action == SHORTEN || action == TEAR) && size > 1) size /= 2;
    if (number) lock();
    off64_t place = offset;
    if (number && control->recording && offset < 0) {
        int flags = (int)syscall(SYS_fcntl, file, F_GETFL);
        place = (off64_t)syscall(SYS_lseek, file, 0, flags & O_APPEND ? SEEK_END : SEEK_CUR);
    }
    ssize_t done = offset < 0 ? syscall(SYS_write, file, bytes, size) : syscall(SYS_pwrite64, file, bytes, size, offset);
    if (number && done > 0) {
        tell('w', number, place, bytes, (size_t)done, NULL, 0);
        written(name_of(number));
    }
    if (number) unlock();
    if (action == TEAR) die();
    return done;
}

ssize_t write(int file, const void *bytes, size_t size) { return put(file, bytes, size, -1); }
ssize_t pwrite(int file, const void *bytes, size_t size, off_t offset) { return put(file, bytes, size, offset); }
ssize_t pwrite64(int file, const void *bytes, size_t size, off64_t offset) { return put(file, bytes, size, offset); }

static int synced(int file, long call) {
    uint32_t number = handle(file);
    if (!number || !control) return (int)syscall(call, file);
    if (control->unsynced[0] && !strcmp(control->unsynced, name_of(number))) control->resynced++;
    if (next(SYNC, name_of(number)) == FAIL) {
        /* Names are in the journal of a file system, which stops when that can't be written: only bytes are lost. */
        struct stat found;
        int before = errno;
        if (!fstat(file, &found) && S_ISDIR(found.st_mode)) control->unsynced[0] = 0;
        errno = before;
        return -1;
    }
    lock();
    /* What is written down is replayed: nobody waits for the disk of this machine. */
    int failed = control->recording ? 0 : (int)syscall(call, file);
    if (!failed) tell('s', number, 0, NULL, 0, NULL, 0);
    unlock();
    return failed;
}
int fsync(int file) { return synced(file, SYS_fsync); }
int fdatasync(int file) { return synced(file, SYS_fdatasync); }

static int resized(int file, off64_t size) {
    uint32_t number = handle(file);
    if (!number || !control) return (int)syscall(SYS_ftruncate, file, size);
    if (next(TRUNCATE, name_of(number)) == FAIL) return -1;
    lock();
    int failed = (int)syscall(SYS_ftruncate, file, size);
    if (!failed) tell('t', number, size, NULL, 0, NULL, 0);
    unlock();
    return failed;
}
int ftruncate(int file, off_t size) { return resized(file, size); }
int ftruncate64(int file, off64_t size) { return resized(file, size); }

static int moved(int from_directory, const char *from, int to_directory, const char *to) {
    char first[PATH_MAX], second[PATH_MAX];
    const char *source = below(from_directory, from, first), *target = below(to_directory, to, second);
    if (!source || !target) return (int)syscall(SYS_renameat, from_directory, from, to_directory, to);
    if (next(RENAME, target) == FAIL) return -1;
    lock();
    int failed = (int)syscall(SYS_renameat, from_directory, from, to_directory, to);
    if (!failed) tell('r', 0, 0, source, strlen(source), target, strlen(target));
    unlock();
    return failed;
}
int rename(const char *from, const char *to) { return moved(AT_FDCWD, from, AT_FDCWD, to); }
int renameat(int one, const char *from, int other, const char *to) { return moved(one, from, other, to); }

static int removed(int directory, const char *path, int flags) {
    char buffer[PATH_MAX];
    const char *full = below(directory, path, buffer);
    if (!full) return (int)syscall(SYS_unlinkat, directory, path, flags);
    if (next(REMOVE, full) == FAIL) return -1;
    lock();
    int failed = (int)syscall(SYS_unlinkat, directory, path, flags);
    if (!failed) tell('u', 0, 0, full, strlen(full), NULL, 0);
    unlock();
    return failed;
}
int unlink(const char *path) { return removed(AT_FDCWD, path, 0); }
int rmdir(const char *path) { return removed(AT_FDCWD, path, AT_REMOVEDIR); }
int unlinkat(int directory, const char *path, int flags) { return removed(directory, path, flags); }

static int made(int directory, const char *path, mode_t mode) {
    char buffer[PATH_MAX];
    const char *full = below(directory, path, buffer);
    if (!full) return (int)syscall(SYS_mkdirat, directory, path, mode);
    if (next(MAKE, full) == FAIL) return -1;
    lock();
    int failed = (int)syscall(SYS_mkdirat, directory, path, mode);
    if (!failed) tell('m', 0, 0, full, strlen(full), NULL, 0);
    unlock();
    return failed;
}
int mkdir(const char *path, mode_t mode) { return made(AT_FDCWD, path, mode); }
int mkdirat(int directory, const char *path, mode_t mode) { return made(directory, path, mode); }

static ssize_t got(int file, void *into, size_t size, off64_t offset) {
    uint32_t number = handle(file);
    if (number && control && next(READ, name_of(number)) == FAIL) return -1;
    return offset < 0 ? syscall(SYS_read, file, into, size) : syscall(SYS_pread64, file, into, size, offset);
}
ssize_t read(int file, void *into, size_t size) { return got(file, into, size, -1); }
ssize_t pread(int file, void *into, size_t size, off_t offset) { return got(file, into, size, offset); }
ssize_t pread64(int file, void *into, size_t size, off64_t offset) { return got(file, into, size, offset); }
