// Loaded before a program (LD_PRELOAD), gives it a machine whose wall clock is set, or that sleeps, while it runs. STEPPING_CLOCK says when
// and by how much, in seconds since the process began: "utc 3 7200,utc 6 -10800,sleep 9 600".
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static long long began;

static int real(clockid_t clock, struct timespec* now) {
  return (int)syscall(SYS_clock_gettime, clock, now);
}

static long long monotonic(void) {
  struct timespec now;
  real(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

__attribute__((constructor)) static void begin(void) {
  began = monotonic();
}

// What has been added to the wall clock, or to the clock that goes on in a sleep, until now.
static long long added(int wall) {
  const char* text = getenv("STEPPING_CLOCK");
  const double gone = began == 0 ? 0 : (double)(monotonic() - began) / 1e9;
  double sum = 0;
  while (text != NULL && *text != 0) {
    char what[8];
    double at, by;
    if (sscanf(text, "%7s %lf %lf", what, &at, &by) == 3 && gone >= at && (wall || strcmp(what, "sleep") == 0)) sum += by;
    text = strchr(text, ',');
    if (text != NULL) ++text;
  }
  return (long long)(sum * 1e9);
}

int clock_gettime(clockid_t clock, struct timespec* now) {
  const int outcome = real(clock, now);
  if (outcome != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE && clock != CLOCK_BOOTTIME)) return outcome;
  const long long ns = now->tv_sec * 1000000000LL + now->tv_nsec + added(clock != CLOCK_BOOTTIME);
  now->tv_sec = ns / 1000000000LL;
  now->tv_nsec = ns % 1000000000LL;
  return 0;
}

int gettimeofday(struct timeval* restrict now, void* restrict zone) {
  struct timespec fine;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &fine);
  now->tv_sec = fine.tv_sec;
  now->tv_usec = fine.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
