// Loaded before the C library into a program under test. From the moment in which the file $REFUSE_WHEN exists, the system refuses it
//   with $REFUSE=writes  every change of what lies below $REFUSE_BELOW, as a file system does that has become read-only,
//   with $REFUSE=memory  every byte of memory.
// The guard of a run, which is a program of its own, is spared: it is what must work then.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

extern void* __libc_malloc(size_t);
extern void* __libc_calloc(size_t, size_t);
extern void* __libc_realloc(void*, size_t);

static const char* below = "";
static const char* when = NULL;
static int refuses_writes, refuses_memory;

__attribute__((constructor)) static void begin(void) {
  char line[4096] = {0};
  const int fd = open("/proc/self/cmdline", O_RDONLY | O_CLOEXEC);
  const ssize_t got = fd < 0 ? 0 : read(fd, line, sizeof line - 1);
  if (fd >= 0) close(fd);
  const char* what = getenv("REFUSE");
  const size_t first = strlen(line) + 1;
  if (what == NULL || ((ssize_t)first < got && strcmp(line + first, "guard") == 0)) return;
  if (getenv("REFUSE_BELOW") != NULL) below = getenv("REFUSE_BELOW");
  refuses_writes = strcmp(what, "writes") == 0;
  refuses_memory = strcmp(what, "memory") == 0;
  when = getenv("REFUSE_WHEN");
}

static int begun(void) {
  static int yes;
  if (!yes && when != NULL) {
    const int before = errno;
    yes = access(when, F_OK) == 0;
    errno = before;
  }
  return yes;
}

static int refused_path(const char* path) {
  return refuses_writes && begun() && strncmp(path, below, strlen(below)) == 0;
}

static int refused_file(int fd) {
  if (!refuses_writes || !begun()) return 0;
  char name[64], path[4096];
  snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
  const ssize_t size = readlink(name, path, sizeof path - 1);
  if (size < 0) return 0;
  path[size] = 0;
  return refused_path(path);
}

#define NEXT(name, type) ((type)dlsym(RTLD_NEXT, #name))
#define REFUSE_IF(condition, value) \
  if (condition) {                  \
    errno = EROFS;                  \
    return value;                   \
  }

ssize_t write(int fd, const void* data, size_t size) {
  REFUSE_IF(refused_file(fd), -1)
  return NEXT(write, ssize_t(*)(int, const void*, size_t))(fd, data, size);
}
ssize_t pwrite(int fd, const void* data, size_t size, off_t at) {
  REFUSE_IF(refused_file(fd), -1)
  return NEXT(pwrite, ssize_t(*)(int, const void*, size_t, off_t))(fd, data, size, at);
}
ssize_t pwrite64(int fd, const void* data, size_t size, off64_t at) {
  REFUSE_IF(refused_file(fd), -1)
  return NEXT(pwrite64, ssize_t(*)(int, const void*, size_t, off64_t))(fd, data, size, at);
}
int ftruncate(int fd, off_t size) {
  REFUSE_IF(refused_file(fd), -1)
  return NEXT(ftruncate, int (*)(int, off_t))(fd, size);
}
int ftruncate64(int fd, off64_t size) {
  REFUSE_IF(refused_file(fd), -1)
  return NEXT(ftruncate64, int (*)(int, off64_t))(fd, size);
}
int unlink(const char* path) {
  REFUSE_IF(refused_path(path), -1)
  return NEXT(unlink, int (*)(const char*))(path);
}
static int open_as(int (*next)(const char*, int, ...), const char* path, int flags, mode_t mode) {
  REFUSE_IF((flags & O_ACCMODE) != O_RDONLY && refused_path(path), -1)
  return next(path, flags, mode);
}
int open(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_as(NEXT(open, int (*)(const char*, int, ...)), path, flags, mode);
}
int open64(const char* path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(rest, mode_t) : 0;
  va_end(rest);
  return open_as(NEXT(open64, int (*)(const char*, int, ...)), path, flags, mode);
}

static int no_memory(void) {
  if (!refuses_memory || !begun()) return 0;
  errno = ENOMEM;
  return 1;
}
void* malloc(size_t size) {
  return no_memory() ? NULL : __libc_malloc(size);
}
void* calloc(size_t count, size_t size) {
  return no_memory() ? NULL : __libc_calloc(count, size);
}
void* realloc(void* block, size_t size) {
  return no_memory() ? NULL : __libc_realloc(block, size);
}
