/* What the thread sanitizer has to be told of Swift's Mutex.
 *
 * Its fast path is compiled into our code, where the sanitizer sees it. A lock that somebody else has, and one that others
 * wait for, go through Swift's own library, which was not built for a sanitizer: so that whoever gets such a lock seems to
 * come from nowhere, and everything that it protects is reported. These two stand before the library's and say that one
 * comes after the other. Loaded with LD_PRELOAD, by Tests/run --sanitize thread.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

typedef SWIFT void lock_function(uint32_t, SELF);
typedef SWIFT void unlock_function(SELF);

__attribute__((weak)) void __tsan_acquire(void *);
__attribute__((weak)) void __tsan_release(void *);

static lock_function *lock_of_swift;
static unlock_function *unlock_of_swift;

__attribute__((constructor)) static void find(void) {
    lock_of_swift = (lock_function *)dlsym(RTLD_NEXT, LOCK);
    unlock_of_swift = (unlock_function *)dlsym(RTLD_NEXT, UNLOCK);
}

SWIFT void mutex_lock(uint32_t owner, SELF mutex) __asm__(LOCK);
SWIFT void mutex_unlock(SELF mutex) __asm__(UNLOCK);

SWIFT void mutex_lock(uint32_t owner, SELF mutex) {
    lock_of_swift(owner, mutex);
    if (__tsan_acquire) __tsan_acquire(mutex);
}

SWIFT void mutex_unlock(SELF mutex) {
    if (__tsan_release) __tsan_release(mutex);
    unlock_of_swift(mutex);
}
